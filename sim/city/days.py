"""Days: when the people of a district wake, leave, come back, cook and sleep on a date, the same for every system that asks.

Owns the door and the columns. How a day is drawn is `sim.city.day_drawing`'s business, who the people are `sim.city.people`'s. One
outing a day is modelled, and no work by night.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Int, Real
from sim.city.calendar import Calendar, DayKind
from sim.city.day_drawing import DayDrawing
from sim.city.demand_figures import DAY_CV
from sim.city.people import People
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US, MS_US, NEVER_US

HOUR_MS = HOUR_US // MS_US
NEVER_MS = np.iinfo(np.int32).max
AT_ONCE = timedelta(days=1)  # a night lies on two dates: that many are kept beside the latest


class Kept(NamedTuple):
    """A day's columns in whole ms since its midnight, NEVER_MS for what does not happen: half of what instants would need."""

    wake: NDArray[np.int32]
    leave: NDArray[np.int32]
    back: NDArray[np.int32]
    sleep: NDArray[np.int32]
    home_left: NDArray[np.int32]
    home_back: NDArray[np.int32]
    cook: NDArray[np.int32]
    cooked: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Day:
    """One date in one district: instants in µs since 1970, NEVER_US for what does not happen; each is worked out when asked for.

    Of persons, shape (persons,): `wake_us` < `leave_us` < `return_us` < `sleep_us`, the last two perhaps after midnight. Of homes: nobody
    is in from `left_us` to `back_us`, shape (homes,), both NEVER_US where somebody always is; a meal is cooked from `cook_us` to
    `cooked_us`, shape (homes, 3), columns by `sim.city.day_drawing.Meal`.
    """

    midnight_us: int
    kept: Kept

    @property
    def wake_us(self) -> Int:
        """Return when each person wakes."""
        return self._instants(self.kept.wake)

    @property
    def leave_us(self) -> Int:
        """Return when each person leaves the home."""
        return self._instants(self.kept.leave)

    @property
    def return_us(self) -> Int:
        """Return when each person comes back."""
        return self._instants(self.kept.back)

    @property
    def sleep_us(self) -> Int:
        """Return when each person goes to sleep."""
        return self._instants(self.kept.sleep)

    @property
    def left_us(self) -> Int:
        """Return from when on nobody is in each home."""
        return self._instants(self.kept.home_left)

    @property
    def back_us(self) -> Int:
        """Return when somebody is in each home again."""
        return self._instants(self.kept.home_back)

    @property
    def cook_us(self) -> Int:
        """Return when each meal of each home is begun."""
        return self._instants(self.kept.cook)

    @property
    def cooked_us(self) -> Int:
        """Return when each meal of each home is ready."""
        return self._instants(self.kept.cooked)

    def _instants(self, since_ms: NDArray[np.int32]) -> Int:
        return np.where(since_ms == NEVER_MS, NEVER_US, self.midnight_us + since_ms.astype(np.int64) * MS_US)


@dataclass(slots=True)
class Days:
    """The days of all who live in a city. A day is drawn at the first question and kept until the one after the next is asked for."""

    people: People
    calendar: Calendar
    streams: Streams
    _kept: dict[tuple[str, date], Day] = field(default_factory=dict)

    def of(self, district: str, day: date) -> Day:
        """Return a date in a district. Raises UsageError where nobody is known to live."""
        key = (district, day)
        if key not in self._kept:
            for old in [each for each in self._kept if abs(each[1] - day) > AT_ONCE]:
                del self._kept[old]
            self._kept[key] = self._drawn(district, day)
        return self._kept[key]

    def away(self, district: str, at_us: int) -> Flags:
        """Return who is out at an instant: shape (persons,)."""
        before, today = self._around(district, at_us)
        return _within(before.leave_us, before.return_us, at_us) | _within(today.leave_us, today.return_us, at_us)

    def asleep(self, district: str, at_us: int) -> Flags:
        """Return who is asleep at an instant: shape (persons,)."""
        before, today = self._around(district, at_us)
        return _within(before.sleep_us, today.wake_us, at_us) | (today.sleep_us <= at_us)

    def empty(self, district: str, at_us: int) -> Flags:
        """Return in which homes nobody is at an instant: shape (homes,)."""
        before, today = self._around(district, at_us)
        return _within(before.left_us, before.back_us, at_us) | _within(today.left_us, today.back_us, at_us)

    def _around(self, district: str, at_us: int) -> tuple[Day, Day]:
        """Return the day before and the day of an instant: what began on the one may end on the other."""
        today = self.calendar.local(at_us).date()
        return self.of(district, today - AT_ONCE), self.of(district, today)

    def _drawn(self, district: str, day: date) -> Day:
        midnight_us = self.calendar.instant_us(day)
        free_day = self.calendar.day_kind(midnight_us + DAY_US // 2) is DayKind.FREE_DAY
        drawing = DayDrawing(self.people.of(district), free_day, self.streams.under(district, "days"), f"{day}", self._factor(day))
        persons = drawing.persons()
        homes = drawing.homes(persons)
        meals = drawing.meals(homes)

        def since_ms(hours: Real, happens: Flags) -> NDArray[np.int32]:
            return np.where(happens, np.rint(np.where(happens, hours, 0.0) * HOUR_MS), NEVER_MS).astype(np.int32)

        always, empty = np.ones_like(persons.goes), np.isfinite(homes.left)
        kept = Kept(
            wake=since_ms(persons.wake, always),
            leave=since_ms(persons.leave, persons.goes),
            back=since_ms(persons.back, persons.goes),
            sleep=since_ms(persons.sleep, always),
            home_left=since_ms(homes.left, empty),
            home_back=since_ms(homes.back, empty),
            cook=since_ms(meals.begin, meals.cooked),
            cooked=since_ms(meals.end, meals.cooked),
        )
        return Day(midnight_us, kept)

    def _factor(self, day: date) -> float:
        """Return how much more than usual the whole city cooks on a day: a gamma factor of mean 1, as measured for calls."""
        variance = float(DAY_CV) ** 2
        return float(self.streams.child("days", f"{day}").gamma(1.0 / variance, variance))


def _within(from_us: Int, until_us: Int, at_us: int) -> Flags:
    return (from_us <= at_us) & (at_us < until_us)
