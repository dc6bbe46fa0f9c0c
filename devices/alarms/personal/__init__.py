"""Emergency calls (A4): presses, falls, inactivity, and those who cannot press."""
