"""Sensors: what beacons, doors, GPS fences and counters say of buses at stops."""
