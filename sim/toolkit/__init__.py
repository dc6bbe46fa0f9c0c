"""What systems are made of: desks and draws."""
