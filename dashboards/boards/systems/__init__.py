"""Boards of single systems, found by name: `board()` of a module or folder called like the system."""
