"""The board of buses."""
