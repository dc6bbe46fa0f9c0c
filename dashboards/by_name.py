"""What somebody made by hand for a system: the module or folder of a package that has the system's name.

Owns the search. A system without one gets what is generated from its declaration.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


def made_by_hand(package: str, system: str) -> ModuleType | None:
    """Return the module of a package that is called like a system, or none. A name that is no word finds nothing."""
    name = f"{package}.{system}"
    return import_module(name) if system.isidentifier() and find_spec(name) else None
