"""Sections of the report that know one system."""
