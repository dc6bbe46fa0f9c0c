"""City time: microseconds since 1970 (UTC) read as dates and hours of one time zone.

Owns the scenario's calendar. Wall clocks and pacing are `sim.play.pace`'s.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sim.errors import UsageError
from sim.units import DAY_US, SECOND_US

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SATURDAY = 5
EARLIEST_DAY, LATEST_DAY = date(1700, 1, 1), date(2261, 12, 31)  # a store counts ns from 1970 in 64 bits


class DayKind(StrEnum):
    """The two kinds of day that hour profiles distinguish."""

    WORKDAY = "workday"
    FREE_DAY = "free_day"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A time zone by IANA name. Instants are integer microseconds since 1970, UTC."""

    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        """Raise UsageError for a time zone nobody knows."""
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: `Asia` is a folder of the database
            msg = f"unknown time zone {self.zone!r}: use an IANA name such as Asia/Shanghai"
            raise UsageError(msg) from error

    def instant_us(self, day: date, after_midnight_us: int = 0) -> int:
        """Return the instant `after_midnight_us` on the local clock of `day` (may pass 24 h, as in GTFS).

        Counted from noon minus 12 h, so days with a clock change keep GTFS's meaning of a time.
        """
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(self.zone))
        return (noon.astimezone(UTC) - EPOCH) // timedelta(microseconds=1) - DAY_US // 2 + after_midnight_us

    def on_clock_us(self, day: date, after_midnight_us: int) -> int:
        """Return the instant at which the local clock shows a time of day, less than 24 h; of two, the first.

        A time that the clock leaps over comes as long after the leap as it would have after midnight.
        """
        clock = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)) + timedelta(microseconds=after_midnight_us)
        return (clock.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)

    def local(self, at_us: int) -> datetime:
        """Return the local date and time of an instant."""
        return (EPOCH + timedelta(microseconds=int(at_us))).astimezone(ZoneInfo(self.zone))

    def day_start_us(self, at_us: int) -> int:
        """Return the instant at which the local day of `at_us` began."""
        midnight = self.local(at_us).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return (midnight.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)

    def day_kind(self, at_us: int) -> DayKind:
        """Return whether the local day is a workday; public holidays are not known here."""
        return DayKind.FREE_DAY if self.local(at_us).weekday() >= SATURDAY else DayKind.WORKDAY

    def clock(self, at_us: int) -> str:
        """Return the local time as `HH:MM:SS`."""
        return self.local(at_us).strftime("%H:%M:%S")


def parse_date(text: str) -> date:
    """Read `2015-03-02`. Raises UsageError otherwise."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is not a date: write it as 2015-03-02"
        raise UsageError(msg) from error


def parse_clock_us(text: str) -> int:
    """Read `07:00` or `07:00:30` as microseconds after midnight. Raises UsageError otherwise."""
    parts = text.split(":")
    if len(parts) in (2, 3) and all(part.isdecimal() and len(part) <= 2 for part in parts):  # noqa: PLR2004 - HH:MM or HH:MM:SS
        hour, minute, second = ([int(part) for part in parts] + [0])[:3]
        if hour < 24 and minute < 60 and second < 60:  # noqa: PLR2004 - the clock face
            return ((hour * 60 + minute) * 60 + second) * SECOND_US
    msg = f"{text!r} is not a time of day: write it as 07:00"
    raise UsageError(msg)


def clock_text(after_midnight_us: int) -> str:
    """Return a time of day as `parse_clock_us` reads it, without seconds where there are none."""
    minutes, second = divmod(after_midnight_us // SECOND_US, 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if second else text
