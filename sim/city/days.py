"""Days: when the people of a district wake, leave, come back, cook and sleep on a date, the same for every system that asks.

Owns the door, the columns and whose are kept. How a day is drawn is `sim.city.day_drawing`'s business, who the people are
`sim.city.people`'s. One outing a day is modelled, and no work by night.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Flags, Int, Places, Real
from sim.city.calendar import Calendar, DayKind
from sim.city.day_drawing import DayDrawing
from sim.city.demand_figures import DAY_CV
from sim.city.households import Households
from sim.city.people import People
from sim.city.residents import Homes
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US, MS_US, NEVER_US

HOUR_MS = HOUR_US // MS_US
NEVER_MS = np.iinfo(np.int32).max
AT_ONCE = timedelta(days=1)  # a night lies on two dates: that many are kept beside the latest


class OfPersons(NamedTuple):
    """Columns of persons in whole ms since midnight, NEVER_MS for what does not happen: half of what instants would need."""

    wake: NDArray[np.int32]
    leave: NDArray[np.int32]
    back: NDArray[np.int32]
    sleep: NDArray[np.int32]


class OfHomes(NamedTuple):
    """Columns of homes, likewise."""

    left: NDArray[np.int32]
    back: NDArray[np.int32]
    cook: NDArray[np.int32]
    cooked: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Day:
    """One date of `households`, as a rule all of a district: instants in µs since 1970, NEVER_US for what does not happen.

    Each is worked out when asked for. Of persons, shape (persons,): `wake_us` < `leave_us` < `return_us` < `sleep_us`, the last two perhaps
    after midnight. Of homes: the first is up from `up_us`, the last asleep from `asleep_us`, and nobody is in from `left_us` to `back_us`,
    shape (homes,), both NEVER_US where somebody always is; a meal is cooked from `cook_us` to `cooked_us`, shape (homes, 3), columns by
    `sim.city.day_drawing.Meal`.
    """

    midnight_us: int
    households: Households
    persons: OfPersons
    homes: OfHomes

    def of(self, homes: Homes, home: Places) -> "Day":
        """Return that of some of its homes, by their numbers in the district."""
        chosen, row = Households.of(homes, home), np.searchsorted(self.households.home, home)
        person = np.searchsorted(self.households.person, chosen.person)
        persons, of_homes = OfPersons(*(each[person] for each in self.persons)), OfHomes(*(each[row] for each in self.homes))
        return Day(self.midnight_us, chosen, persons, of_homes)

    @property
    def wake_us(self) -> Int:
        """Return when each person wakes."""
        return self._instants(self.persons.wake)

    @property
    def leave_us(self) -> Int:
        """Return when each person leaves the home."""
        return self._instants(self.persons.leave)

    @property
    def return_us(self) -> Int:
        """Return when each person comes back."""
        return self._instants(self.persons.back)

    @property
    def sleep_us(self) -> Int:
        """Return when each person goes to sleep."""
        return self._instants(self.persons.sleep)

    @property
    def up_us(self) -> Int:
        """Return when the first in each home wakes."""
        return self._instants(_by_home(np.minimum, self.persons.wake, self.households))

    @property
    def asleep_us(self) -> Int:
        """Return when the last in each home goes to sleep."""
        return self._instants(_by_home(np.maximum, self.persons.sleep, self.households))

    @property
    def left_us(self) -> Int:
        """Return from when on nobody is in each home."""
        return self._instants(self.homes.left)

    @property
    def back_us(self) -> Int:
        """Return when somebody is in each home again."""
        return self._instants(self.homes.back)

    @property
    def cook_us(self) -> Int:
        """Return when each meal of each home is begun."""
        return self._instants(self.homes.cook)

    @property
    def cooked_us(self) -> Int:
        """Return when each meal of each home is ready."""
        return self._instants(self.homes.cooked)

    def _instants(self, since_ms: NDArray[np.int32]) -> Int:
        return np.where(since_ms == NEVER_MS, NEVER_US, self.midnight_us + since_ms.astype(np.int64) * MS_US)


@dataclass(slots=True)
class Days:
    """The days of all who live in a city. A day is drawn at the first question and kept until the one after the next is asked for.

    Kept are those of homes that somebody asked for: whoever asks for a few of a large city says which, at best before the first question.
    """

    people: People
    calendar: Calendar
    streams: Streams
    _followed: dict[str, Flags] = field(default_factory=dict)
    _households: dict[str, Households] = field(default_factory=dict)  # of those who are followed
    _kept: dict[tuple[str, date], Day] = field(default_factory=dict)

    def follow(self, district: str, home: Places | None = None) -> None:
        """Say that some homes of a district (none named: all) will be asked for, so that a day is drawn once."""
        followed = self._followed.setdefault(district, np.zeros(len(self.people.of(district).homes), dtype=np.bool_))
        chosen = slice(None) if home is None else home
        if not followed[chosen].all():
            followed[chosen] = True
            self._households.pop(district, None)
            for old in [each for each in self._kept if each[0] == district]:
                del self._kept[old]

    def of(self, district: str, day: date, home: Places | None = None) -> Day:
        """Return a date of some homes of a district (none named: all). Raises UsageError where nobody is known to live."""
        self.follow(district, home)
        key = (district, day)
        if key not in self._kept:
            for old in [each for each in self._kept if abs(each[1] - day) > AT_ONCE]:
                del self._kept[old]
            self._kept[key] = self._drawn(district, day)
        return self._kept[key] if home is None else self._kept[key].of(self.people.of(district).homes, home)

    def away(self, district: str, at_us: int, home: Places | None = None) -> Flags:
        """Return who is out at an instant, of some homes of a district (none named: all): shape (persons,)."""
        before, today = self._around(district, at_us, home)
        return _within(before.leave_us, before.return_us, at_us) | _within(today.leave_us, today.return_us, at_us)

    def asleep(self, district: str, at_us: int, home: Places | None = None) -> Flags:
        """Return who is asleep at an instant, of some homes of a district (none named: all): shape (persons,)."""
        before, today = self._around(district, at_us, home)
        return _within(before.sleep_us, today.wake_us, at_us) | (today.sleep_us <= at_us)

    def empty(self, district: str, at_us: int, home: Places | None = None) -> Flags:
        """Return in which homes nobody is at an instant, of some of a district (none named: all): shape (homes,)."""
        before, today = self._around(district, at_us, home)
        return _within(before.left_us, before.back_us, at_us) | _within(today.left_us, today.back_us, at_us)

    def _around(self, district: str, at_us: int, home: Places | None) -> tuple[Day, Day]:
        """Return the day before and the day of an instant: what began on the one may end on the other."""
        today = self.calendar.local(at_us).date()
        return self.of(district, today - AT_ONCE, home), self.of(district, today, home)

    def _drawn(self, district: str, day: date) -> Day:
        midnight_us = self.calendar.instant_us(day)
        free_day = self.calendar.day_kind(midnight_us + DAY_US // 2) is DayKind.FREE_DAY
        residents, households = self.people.of(district), self._households_of(district)
        drawing = DayDrawing(residents, households, free_day, self.streams.under(district, "days"), f"{day}", self._factor(day))
        persons = drawing.persons()
        homes = drawing.homes(persons)
        meals = drawing.meals(homes)

        def since_ms(hours: Real, happens: Flags) -> NDArray[np.int32]:
            return np.where(happens, np.rint(np.where(happens, hours, 0.0) * HOUR_MS), NEVER_MS).astype(np.int32)

        always, empty = np.ones_like(persons.goes), np.isfinite(homes.left)
        of_persons = OfPersons(
            since_ms(persons.wake, always),
            since_ms(persons.leave, persons.goes),
            since_ms(persons.back, persons.goes),
            since_ms(persons.sleep, always),
        )
        of_homes = OfHomes(
            since_ms(homes.left, empty),
            since_ms(homes.back, empty),
            since_ms(meals.begin, meals.cooked),
            since_ms(meals.end, meals.cooked),
        )
        return Day(midnight_us, households, of_persons, of_homes)

    def _households_of(self, district: str) -> Households:
        """Return those who are followed, the same for every date."""
        if district not in self._households:
            self._households[district] = Households.of(self.people.of(district).homes, np.flatnonzero(self._followed[district]))
        return self._households[district]

    def _factor(self, day: date) -> float:
        """Return how much more than usual the whole city cooks on a day: a gamma factor of mean 1, as measured for calls."""
        variance = float(DAY_CV) ** 2
        return float(self.streams.child("days", f"{day}").gamma(1.0 / variance, variance))


def _by_home(least_or_most: np.ufunc, of_persons: NDArray[np.int32], households: Households) -> NDArray[np.int32]:
    if not len(households):
        return of_persons
    found: NDArray[np.int32] = least_or_most.reduceat(of_persons, households.first_person)
    return found


def _within(from_us: Int, until_us: Int, at_us: int) -> Flags:
    return (from_us <= at_us) & (at_us < until_us)
