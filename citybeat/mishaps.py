"""Mishaps: an exception that nobody meant, as one message with its place.

Owns the choice between a fault of the scenario's own code (exit 2) and one of the house (exit 1).
"""

import traceback
from pathlib import Path

from citybeat.own_packages import PACKAGES, ROOT
from sim.errors import CitybeatError, UsageError

HOUSE = (*PACKAGES, "citybeat")


def mishap(error: BaseException) -> CitybeatError:
    """Return what an exception came from, in words: file and line outside the libraries, type and text."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _in_house(frame.filename) or not _in_library(frame.filename)]
    place = (ours or frames)[-1]
    words = f"{place.filename}, line {place.lineno}, raised {type(error).__name__}: {error}"
    if _in_house(place.filename):
        return CitybeatError(f"{words}. This is a fault of citybeat's own: please report it with the scenario and the seed")
    return UsageError(f"{words}; correct it and run again")


def _in_house(file: str) -> bool:
    path = Path(file).resolve()
    return path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in HOUSE


def _in_library(file: str) -> bool:
    return "site-packages" in file or file.startswith("<") or Path(file).is_relative_to(Path(traceback.__file__).parent)
