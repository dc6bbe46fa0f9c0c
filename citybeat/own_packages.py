"""Keeping citybeat's packages its own: scripts run from folders that hold a `scenarios/` or `devices/` of theirs.

Owns nothing but this check. The top-level names were chosen by the user; this is their price.
"""

import importlib.util
import sys
from importlib.machinery import PathFinder
from pathlib import Path

PACKAGES = ("sim", "devices", "scenarios", "brokers", "dashboards")
ROOT = Path(__file__).resolve().parent.parent


def load() -> None:
    """Import each package from beside this one. Raises ImportError naming a file that hides one of them."""
    for name in PACKAGES:
        _refuse_hiding_file(name)
        if name in sys.modules:
            _refuse_stranger(name)
            continue
        spec = PathFinder.find_spec(name, [str(ROOT)])
        if spec is None or spec.loader is None:
            msg = f"citybeat is not installed whole: its package {name!r} is missing beside {ROOT}"
            raise ImportError(msg)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)


def _refuse_hiding_file(name: str) -> None:
    beside = Path(sys.path[0] or ".") / f"{name}.py"
    if beside.is_file():
        msg = f"{beside} hides citybeat's own package {name!r}: rename it, for example to my_{name}.py"
        raise ImportError(msg)


def _refuse_stranger(name: str) -> None:
    found = getattr(sys.modules[name], "__file__", None)
    if found is None or Path(found).resolve().parent.parent != ROOT:
        msg = f"another {name!r} ({found}) was imported before citybeat: import citybeat first, or rename it"
        raise ImportError(msg)
