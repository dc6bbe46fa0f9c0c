"""Integer microseconds and the units people write: `4h`, `250ms`, `2000/s`, `5%`.

Owns conversion in both directions. Which calendar the microseconds lie on is `sim.city.calendar`'s.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from sim.errors import UsageError

MS_US = 1_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
LONG_AGO_US = -(1 << 61)  # before every city, for instants count from 1970 and may be below 0: what has not happened yet was last then
NEVER_US = 1 << 62  # after every city: what does not happen will happen then

UNITS_US = {"us": 1, "ms": MS_US, "s": SECOND_US, "m": MINUTE_US, "min": MINUTE_US, "h": HOUR_US, "d": DAY_US}

_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zµ]+)")
_RATE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*/\s*([a-z]+)\s*")


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the nearest valid name, or an empty string."""
    close = get_close_matches(name, list(valid), n=1, cutoff=0.5)
    return f" (did you mean {close[0]!r}?)" if close else ""


def duration_us(text: str) -> int:
    """Read `90s`, `2h30m`, `250ms` or `1.5h` as microseconds.

    Raises UsageError when a unit is missing or unknown.
    """
    parts = [(match.group(1), match.group(2).replace("µ", "u")) for match in _PART.finditer(text)]
    if not parts or _PART.sub("", text).strip():
        msg = f"{text!r} is not a duration: write a number with a unit, such as 90s, 250ms, 2h30m, 1d"
        raise UsageError(msg)
    for _, unit in parts:
        if unit not in UNITS_US:
            msg = f"{text!r} has the unknown unit {unit!r}{nearest(unit, UNITS_US)}: use us, ms, s, m, h or d"
            raise UsageError(msg)
    return round(sum(float(number) * UNITS_US[unit] for number, unit in parts))


def micros(text: str) -> int:
    """Read a parameter that has µs in its name: `60ms` as `duration_us` does, `60` as microseconds. Raises UsageError."""
    return int(text) if text.strip().isdecimal() else duration_us(text)


def share(text: str) -> float:
    """Read `5%` or `0.05`; the reader holds it against 0 and 1.

    Raises UsageError otherwise, and for a bare 1, which is 100 % and was often meant as 1 %.
    """
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number)
    except ValueError:
        msg = f"{text!r} is not a share: write 5% or 0.05"
        raise UsageError(msg) from None
    if value == 1 and not percent:
        msg = f"{text!r} may mean the whole or one in a hundred: write 100% or 1%"
        raise UsageError(msg)
    return value / 100 if percent else value


def rate_per_s(text: str) -> float:
    """Read `2000/s`, `90/m` or `5/h` as events a second. Raises UsageError otherwise."""
    match = _RATE.fullmatch(text)
    if match is None or match.group(2) not in UNITS_US:
        msg = f"{text!r} is not a rate: write a number per unit, such as 2000/s, 90/m or 5/h"
        raise UsageError(msg)
    return float(match.group(1)) * SECOND_US / UNITS_US[match.group(2)]


def duration_text(span_us: float) -> str:
    """Write microseconds for people: `2h30m`, `45s`, `1.5s`, `250ms`, `80us`."""
    span = round(span_us)
    if span < 0:
        return "-" + duration_text(-span)
    if not span:
        return "0s"
    if span < SECOND_US:
        return f"{span / MS_US:g}ms" if span >= MS_US else f"{span}us"
    if span < MINUTE_US:
        shown = f"{span / SECOND_US:.3g}"
        return "1m" if shown == "60" else f"{shown}s"  # 59.96 s rounds up to a minute
    if span >= DAY_US and span % HOUR_US == 0:
        hours = span % DAY_US // HOUR_US
        return f"{span // DAY_US}d" + (f"{hours}h" if hours else "")
    hours, rest = divmod(span // SECOND_US, 3600)
    minutes, seconds = divmod(rest, 60)
    texts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{seconds}s" if seconds else ""]
    return "".join(texts)
