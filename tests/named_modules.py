"""Files and modules of the code as words name them: `sim/units.py`, `sim.units`, and beside them the last part alone."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("sim", "devices", "scenarios", "brokers", "dashboards", "citybeat", "tests", "benchmarks")

_PATH = re.compile(rf"(?:{'|'.join(PACKAGES)})/[\w/]*(?:\.\w+)?")
_DOTTED = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.(?!py$)\w+)+")


def is_of_the_code(name: str) -> bool:
    """Return whether a name begins in one of the packages, as a path or with dots."""
    return bool(_PATH.fullmatch(name) or _DOTTED.fullmatch(name))


@cache
def exists(name: str, folder: Path) -> bool:
    """Return whether a path, a module or what a module holds exists: seen from a folder, or from one that it lies in."""
    if "/" in name or name.endswith(".py"):
        return any((above / name).exists() for above in _upwards(folder))
    return any(_holds([*above.relative_to(ROOT).parts, *name.split(".")]) for above in _upwards(folder))


def _upwards(folder: Path) -> list[Path]:
    return [above for above in (folder, *folder.parents) if above.is_relative_to(ROOT)]


def _holds(parts: list[str]) -> bool:
    for known in range(len(parts), 0, -1):
        place = ROOT.joinpath(*parts[:known])
        if place.with_suffix(".py").is_file() or place.is_dir():
            held, *rest = [import_module(".".join(parts[:known])), *parts[known:]]
            for name in rest:
                held = getattr(held, name, None)
            return held is not None
    return False
