"""What stands in the city: one file for each system, or a folder with one file for each family.

A system is imported when it is first asked for: a command that only answers with its version needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.alarms.system import Alarms
    from devices.buses.system import Buses

    SYSTEMS = (Alarms, Buses)

__all__ = ["SYSTEMS", "Alarms", "Buses"]

# One line for each system; which works first in a slice follows from the causes that they tell and hear.
_HOMES = {
    "Alarms": "devices.alarms.system",
    "Buses": "devices.buses.system",
}


def __getattr__(name: str) -> object:
    if name == "SYSTEMS":
        return tuple(getattr(import_module(home), system) for system, home in _HOMES.items())
    if name in _HOMES:
        found: object = getattr(import_module(_HOMES[name]), name)
        return found
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
