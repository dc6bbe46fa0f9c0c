"""Purses: what a tap costs and whether it is let through, by the rules of the transit card and of e-cash."""
