"""Bounds of promises as people write them: `90s`, `95%`, `20/s`, `5 kWh`, or a plain number in the measure's unit.

Owns the reading of one bound. Which measure it is held against, `sim.scenario` checks.
"""

import math
import re
from typing import SupportsFloat

from sim.errors import UsageError
from sim.units import SECOND_US, duration_us, rate_per_s, share

PLAIN = ""  # a number without a unit of its own fits every measure
_OWN = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*([^\s\d/.,+-].*)")  # a number and whatever its unit may be
UNITS = {"s": "a duration such as 90s", "share": "a share such as 95%", "/s": "a rate such as 20/s"}


def read_bound(written: object) -> tuple[float, str]:
    """Return a bound as number and unit: durations in `s`, shares in `share`, rates in `/s`, plain numbers in PLAIN.

    Another unit stays as it is written: whether it is the measure's own, `Objective.unfit` says. Raises UsageError for what is no number.
    """
    if isinstance(written, str):
        value, unit = _from_text(written.strip())
    else:
        value, unit = float(written) if isinstance(written, SupportsFloat) and not isinstance(written, bool) else math.nan, PLAIN
    if not math.isfinite(value):
        raise UsageError(_no_bound(written))
    return value, unit


def _from_text(text: str) -> tuple[float, str]:
    if text.endswith("%"):
        return share(text), "share"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value, PLAIN
    try:
        return (rate_per_s(text), "/s") if "/" in text else (duration_us(text) / SECOND_US, "s")
    except UsageError as error:
        number, unit = in_unit(text)
        if unit:
            return number, unit
        raise UsageError(str(error) if text[:1].isdigit() else _no_bound(text)) from error  # else the reader of durations knows best


def in_unit(text: str) -> tuple[float, str]:
    """Return a text as a number and the unit behind it, unconverted; without a unit when it is no such text."""
    match = _OWN.fullmatch(text.strip())
    return (float(match.group(1)), match.group(2)) if match else (math.nan, PLAIN)


def other_unit(given: str, written: object, unit: str) -> tuple[str, str]:
    """Return what a bound is that carries another unit than its values, and the remedy."""
    number, own = in_unit(str(written))
    what = UNITS.get(given, f"in {given!r}")
    if unit == "s":
        return what, "write a duration such as 90s"
    return what, f"write the number {number:g}" if own == unit else "write a number"


def fits(unit: str, values: str) -> bool:
    """Return whether a bound in a unit can be held against values in another: nothing is converted behind anybody's back."""
    return unit in (PLAIN, values) or (unit == "/s" and values.endswith("/s")) or (unit == "share" and values == "ratio")


def _no_bound(written: object) -> str:
    return f"{written!r} is no bound: write a number, {', '.join(UNITS.values())}"
