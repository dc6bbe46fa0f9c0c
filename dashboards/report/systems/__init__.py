"""Sections of single systems, found by name: `sections(system, facts, record)` of a module or folder called like the system."""
