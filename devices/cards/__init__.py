"""Smart cards (C1-C7): money to the cent, the messages that move it, and the purses that are tapped."""
