"""What stands in the city: one file for each system, or a folder with one file for each family."""

from devices.buses.system import Buses

__all__ = ["SYSTEMS", "Buses"]

# One line for each system; order is the order of work inside a slice, so a system may read what an earlier one left.
SYSTEMS = (Buses,)
