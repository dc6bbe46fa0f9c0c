"""Sections of the report that know one system, found by its name: `section(facts, log)` of a module or folder called like it."""
