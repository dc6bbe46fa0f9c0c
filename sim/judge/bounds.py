"""Bounds of promises as people write them: `90s`, `95%`, `20/s`, or a plain number in the measure's unit.

Owns the reading of one bound. Which measure it is held against, `sim.scenario` checks.
"""

import math
from typing import SupportsFloat

from sim.errors import UsageError
from sim.units import SECOND_US, duration_us, rate_per_s, share

PLAIN = ""  # a number without a unit of its own fits every measure
UNITS = {"s": "a duration such as 90s", "share": "a share such as 95%", "/s": "a rate such as 20/s"}


def read_bound(written: object) -> tuple[float, str]:
    """Return a bound as number and unit: durations in `s`, shares in `share`, rates in `/s`, plain numbers in PLAIN.

    Raises UsageError for what is none of these.
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
    if "/" in text:
        return rate_per_s(text), "/s"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value, PLAIN
    try:
        return duration_us(text) / SECOND_US, "s"
    except UsageError as error:
        begun = text[:1].isdigit()  # then the reader of durations knows best what is wrong with it
        raise UsageError(str(error) if begun else _no_bound(text)) from error


def fits(unit: str, values: str) -> bool:
    """Return whether a bound in a unit can be held against values in another: nothing is converted behind anybody's back."""
    return unit in (PLAIN, values) or (unit == "/s" and values.endswith("/s")) or (unit == "share" and values == "ratio")


def _no_bound(written: object) -> str:
    return f"{written!r} is no bound: write a number, {', '.join(UNITS.values())}"
