"""Days: when the people of a district wake, leave, come back, cook and sleep on a date, the same for every system that asks.

Owns the door and the columns. How a day is drawn is `sim.city.day_drawing`'s business, who the people are `sim.city.people`'s. One
outing a day is modelled, and no work by night.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sim.arrays import Flags, Int, Real
from sim.city.calendar import Calendar, DayKind
from sim.city.day_drawing import DayDrawing
from sim.city.demand_figures import DAY_CV
from sim.city.people import People
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US, NEVER_US

AT_ONCE = timedelta(days=1)  # a night lies on two dates: that many are kept beside the latest


@dataclass(frozen=True, slots=True)
class Day:
    """One date in one district: instants in µs since 1970, NEVER_US for what does not happen.

    Of persons, shape (persons,): `wake_us` < `leave_us` < `return_us` < `sleep_us`, the last two perhaps after midnight. Of homes: nobody
    is in from `left_us` to `back_us`, shape (homes,), both NEVER_US where somebody always is; a meal is cooked from `cook_us` to
    `cooked_us`, shape (homes, 3), columns by `sim.city.day_drawing.Meal`.
    """

    wake_us: Int
    leave_us: Int
    return_us: Int
    sleep_us: Int
    left_us: Int
    back_us: Int
    cook_us: Int
    cooked_us: Int


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

        def instants(hours: Real, happens: Flags) -> Int:
            since_us = np.rint(np.where(happens, hours, 0.0) * HOUR_US).astype(np.int64)
            return np.where(happens, midnight_us + since_us, NEVER_US)

        always, empty = np.ones_like(persons.goes), np.isfinite(homes.left)
        return Day(
            wake_us=instants(persons.wake, always),
            leave_us=instants(persons.leave, persons.goes),
            return_us=instants(persons.back, persons.goes),
            sleep_us=instants(persons.sleep, always),
            left_us=instants(homes.left, empty),
            back_us=instants(homes.back, empty),
            cook_us=instants(meals.begin, meals.cooked),
            cooked_us=instants(meals.end, meals.cooked),
        )

    def _factor(self, day: date) -> float:
        """Return how much more than usual the whole city cooks on a day: a gamma factor of mean 1, as measured for calls."""
        variance = float(DAY_CV) ** 2
        return float(self.streams.child("days", f"{day}").gamma(1.0 / variance, variance))


def _within(from_us: Int, until_us: Int, at_us: int) -> Flags:
    return (from_us <= at_us) & (at_us < until_us)
