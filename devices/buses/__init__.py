"""Buses (B1-B6): network, vehicles, riders, sensors, signs and dispatchers, one file for each family."""
