"""What is refused at the door of a site: values that no city has, and waits that let no time pass.

Owns the checks and their words. What a site is, says `sim.city.site`; what the rows of a kind may hold, `sim.events.row_checks`.
"""

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from types import GeneratorType

from sim.city.causes import Cause, check_fields
from sim.errors import UsageError
from sim.events.kinds import FieldType, Kind
from sim.events.row_checks import NUMBER, WHOLE, check_value
from sim.names import Names
from sim.units import SECOND_US, nearest

MOST_AT_ONCE = 100_000  # waits of one process at one instant: it does not yield them
MOST_SHORT = 1_000_000  # waits for no time within a second of city time: the run would never end


@dataclass(slots=True)
class Waits:
    """Counts the waits that let no time pass, so that a process which never ends is refused at its line."""

    _process: object = None
    _at_us: int = -1
    _at_once: int = 0
    _second: int = -1
    _short: int = 0

    def count(self, process: object, now_us: int) -> None:
        """Count a wait of a process (None: of none). Raises UsageError when it makes one after the other and yields none."""
        if process is not self._process or now_us != self._at_us:
            self._process, self._at_us, self._at_once = process, now_us, 0
            return
        self._at_once += 1
        if self._at_once >= MOST_AT_ONCE:
            msg = f"{MOST_AT_ONCE:,} waits one after the other at one instant: write `yield site.wait(...)`, else no time passes"
            raise UsageError(msg)

    def count_short(self, now_us: int) -> None:
        """Count a wait for no time. Raises UsageError when a second of city time has too many of them to go by."""
        if now_us // SECOND_US != self._second:
            self._second, self._short = now_us // SECOND_US, 0
        self._short += 1
        if self._short >= MOST_SHORT:
            msg = f"{MOST_SHORT:,} waits for no time within a second: time stands still here; wait for something, or longer"
            raise UsageError(msg)


def check_wait(lasting_us: object) -> None:
    """Raise UsageError for what is no length of time."""
    if not isinstance(lasting_us, NUMBER) or not 0 <= lasting_us < math.inf:
        hint = "; read a text with a DurationUs parameter, or write 20 * SECOND_US" if isinstance(lasting_us, str) else ""
        msg = f"site.wait takes a number of µs, at least 0, not {lasting_us!r}{hint}"
        raise UsageError(msg)


def check_steps(steps: object) -> None:
    """Raise UsageError for what is no process."""
    if not isinstance(steps, GeneratorType | Generator):
        msg = f"a process is a call of a function that yields what it waits for, not {steps!r:.80}: is a `yield` or a `()` missing?"
        raise UsageError(msg)


def check_count(of: str, number: object) -> None:
    """Raise UsageError for a number of things that is negative or not whole."""
    if not isinstance(number, NUMBER) or not number >= 0 or number % 1:
        msg = f"{of} takes whole things, at least 0: {number!r} cannot be"
        raise UsageError(msg)


def check_instant(at_us: object) -> None:
    """Raise UsageError for an instant that is not whole µs."""
    if not isinstance(at_us, WHOLE):
        msg = f"at_us is city time in whole µs, not {at_us!r}: write int(...)"
        raise UsageError(msg)


def check_told(cause: Cause, values: Mapping[str, object], names: Callable[[str], Names]) -> None:
    """Raise UsageError for values of a cause that its fields cannot hold; `names` gives the table of a TEXT field."""
    check_fields(cause, values)
    for each in cause.fields:
        value = values[each.name]
        if not (each.type is FieldType.TEXT and isinstance(value, str)):
            check_value(f"cause {cause.name}", each, value, names(each.name) if each.type is FieldType.TEXT else ())


def misnamed(kind: Kind, values: Mapping[str, object]) -> str:
    """Return what is wrong with the names of a row's values."""
    known = [each.name for each in kind.fields]
    if wrong := [name for name in values if name not in known]:
        return f"{kind.title} has no field {wrong[0]!r}{nearest(wrong[0], known)}; its fields are {', '.join(known)}"
    missing = [name for name in known if name not in values]
    return f"{kind.title}: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
