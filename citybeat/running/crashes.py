"""Crashes: an exception that nobody meant, as one message with its place.

Owns the words for a fault of the house, and who is told the whole way there. What the systems of a script raise, `sim.blame`
has told before.
"""

import sys
import traceback

from sim.blame import is_ours, is_theirs, says
from sim.errors import CitybeatError, UsageError

TRACEBACK = "--traceback"


def crash_of(error: BaseException) -> CitybeatError:
    """Return what an exception came from, in words: the last line outside the libraries, type and text."""
    frames = traceback.extract_tb(error.__traceback__)
    near = [frame for frame in frames if is_ours(frame.filename) or is_theirs(frame.filename)]
    place = (near or frames)[-1]
    words = f"{place.filename}, line {place.lineno}, raised {says(error)}"
    found: CitybeatError = UsageError(f"{words}; correct it and run again")
    if is_ours(place.filename):
        found = CitybeatError(f"{words}. This is a fault of citybeat's own: please report it with the scenario and the seed")
    found.__cause__ = error
    return found


def show_traceback(error: BaseException) -> None:
    """Print the traceback of what went wrong on stderr, if this process was started with `--traceback`."""
    if TRACEBACK in sys.argv:
        traceback.print_exception(error)
