"""Reporting: how an alarm of a home reaches the centre, and the register of what is open."""
