"""Wire time: the one shift between a run's city time and what messages and rows carry.

Owns the words of `--origin`. City time itself never moves.
"""

from datetime import UTC, datetime, timedelta

from sim.city.calendar import EPOCH
from sim.errors import UsageError
from sim.play.pace import Pace
from sim.units import DAY_US, nearest

NOW = "now"
SAME_HOUR = "same-hour"


def check_origin(origin: str) -> None:
    """Raise UsageError for an origin that is neither `now`, `same-hour` nor an instant with a time zone."""
    if origin not in (NOW, SAME_HOUR):
        _instant_us(origin)


def shift_us(origin: str, pace: Pace) -> int:
    """Return wire time minus city time in µs, once the pace has begun.

    `now`: no event is later than now (`Pace.now_shift_us`); `same-hour`: the same, in whole days; an instant: the run
    starts there.
    """
    if origin == NOW:
        return pace.now_shift_us()
    if origin == SAME_HOUR:
        return pace.now_shift_us() // DAY_US * DAY_US
    return _instant_us(origin) - pace.start_us


def _instant_us(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        hint = nearest(text, [NOW, SAME_HOUR])
        msg = f"{text!r} is no origin{hint}: write now, same-hour or an instant such as 2015-03-02T00:00+08:00"
        raise UsageError(msg) from error
    if moment.tzinfo is None:
        written = moment.isoformat(timespec="minutes" if not moment.second else "auto")
        msg = f"origin {text!r} has no time zone: write it as {written}+08:00 or {written}Z"
        raise UsageError(msg)
    try:
        return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)
    except OverflowError as error:
        msg = f"origin {text!r} lies outside the years 1 to 9999 in UTC: choose another"
        raise UsageError(msg) from error
