"""What systems are made of: tables, draws, beats, availability and desks."""
