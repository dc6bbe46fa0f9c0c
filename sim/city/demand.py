"""Demand: how many people want something, by hour and kind of day, never twice the same.

Owns hour profiles, the random factors of days and of five-minute slots, and arrivals drawn from them. What the people
want, and how many of them a place has, is the systems' business.
"""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from math import fsum

import numpy as np
from numpy.typing import NDArray

from sim.city.calendar import Calendar, DayKind
from sim.city.city import City
from sim.city.demand_figures import BROADENING, DAY_CV, FREE_DAY_ENTRIES, SLOT_CV, WORKDAY_ENTRIES
from sim.city.profile import STEADY, Profile
from sim.streams import Streams
from sim.units import DAY_US, MINUTE_US

SLOT_US = 5 * MINUTE_US  # the grain at which overdispersion was measured
HOURS = 24
PAGES_KEPT = 32  # a month of tables, so that a long run does not grow; a page that was dropped is drawn again the same


@dataclass(frozen=True, slots=True)
class HourProfile:
    """Relative weights of the 24 hours on the two kinds of day, kept normalised to a mean of 1 over the day.

    Constant within an hour, because the figures are counts by hour: a line through the middles of the hours would not give
    them back. `free_day_level` is a free day's total relative to a workday's.
    """

    workday: tuple[float, ...]
    free_day: tuple[float, ...]
    free_day_level: float = 1.0

    def __post_init__(self) -> None:
        """Normalise. Raises ValueError unless both days have 24 weights ≥ 0 with something in them."""
        for name in ("workday", "free_day"):
            weights = getattr(self, name)
            total = fsum(weights)
            if len(weights) != HOURS or min(weights) < 0 or not total > 0:
                msg = f"hour profile, {name}: give 24 weights of at least 0, not all 0"
                raise ValueError(msg)
            object.__setattr__(self, name, tuple(weight * HOURS / total for weight in weights))
        if self.free_day_level < 0:
            msg = f"hour profile: free_day_level {self.free_day_level} is below 0"
            raise ValueError(msg)

    def intensity(self, calendar: Calendar, at_us: int) -> float:
        """Return the demand at an instant relative to the mean of a workday, by the local clock."""
        hour = calendar.local(at_us).hour
        if calendar.day_kind(at_us) is DayKind.WORKDAY:
            return self.workday[hour]
        return self.free_day[hour] * self.free_day_level


def broadened(profile: HourProfile, hours: int = 1) -> HourProfile:
    """Return the profile with every hour spread evenly over itself and `hours` neighbours on either side, around midnight."""

    def spread(weights: tuple[float, ...]) -> tuple[float, ...]:
        reach = range(-hours, hours + 1)
        return tuple(fsum(weights[(hour + step) % HOURS] for step in reach) / len(reach) for hour in range(HOURS))

    return HourProfile(spread(profile.workday), spread(profile.free_day), profile.free_day_level)


METRO = HourProfile(WORKDAY_ENTRIES, FREE_DAY_ENTRIES, fsum(FREE_DAY_ENTRIES) / fsum(WORKDAY_ENTRIES))
BUS_BOARDINGS = broadened(METRO, round(float(BROADENING)))


@dataclass(frozen=True, slots=True)
class Table:
    """Integrated intensity: `edges` (n + 1,) in µs, `cumulative` at them (n + 1,) in days of demand, and the pieces between (n,).

    A piece begins with `density`, in days of demand a µs, which grows by twice `bend` a µs; 0 where the load is level.
    """

    edges: NDArray[np.int64]
    density: NDArray[np.float64]
    bend: NDArray[np.float64]
    cumulative: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        """Integrate."""
        length = np.diff(self.edges)
        object.__setattr__(self, "cumulative", np.concatenate([[0.0], np.cumsum(length * (self.density + length * self.bend))]))

    def upto(self, at_us: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the integral from the first edge to instants before the last: shape (k,)."""
        piece = np.searchsorted(self.edges, at_us, side="right") - 1
        since = at_us - self.edges[piece]
        integral: NDArray[np.float64] = self.cumulative[piece] + since * (self.density[piece] + since * self.bend[piece])
        return integral

    def at(self, marks: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return where the integral reaches values in it, µs: shape (k,); the root of a quadratic, without cancellation."""
        piece = np.searchsorted(self.cumulative, marks, side="right") - 1
        left, density = marks - self.cumulative[piece], self.density[piece]
        root = np.sqrt(np.maximum(density * density + 4.0 * self.bend[piece] * left, 0.0))
        return self.edges[piece] + (2.0 * left / (density + root)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Page:
    """One UTC day of a table, also as lists."""

    edges: list[int]
    density: list[float]
    bend: list[float]
    cumulative: list[float]
    table: Table

    def upto(self, at_us: int) -> float:
        """Return the integral from the page's start; lists, because one element of an array is slower to reach."""
        piece = bisect_right(self.edges, at_us) - 1
        since = at_us - self.edges[piece]
        return self.cumulative[piece] + since * (self.density[piece] + since * self.bend[piece])

    def bend_at(self, at_us: int) -> float:
        return self.bend[bisect_right(self.edges, at_us) - 1]


@dataclass(slots=True)
class Demand:
    """Demand of one profile with a gamma factor for each local day and each slot of 5 minutes, both of mean 1.

    The factors come from streams named by day and slot, so what was asked before never matters. They are common to everything that
    shares this object (share it: its tables cost about 40 kB a day): a slot of many expected events is overdispersed, one
    of few is nearly Poisson. The load profile multiplies.
    """

    calendar: Calendar
    profile: HourProfile
    streams: Streams
    day_cv: float = float(DAY_CV)
    slot_cv: float = float(SLOT_CV)
    load_profile: Profile = STEADY
    _pages: dict[int, _Page] = field(default_factory=dict, repr=False)
    _kept: deque[int] = field(default_factory=deque, repr=False)

    @classmethod
    def of(cls, city: City, profile: HourProfile, streams: Streams) -> "Demand":
        """Return the demand of a city under its load profile."""
        return cls(city.calendar, profile, streams, load_profile=city.profile)

    def expected(self, per_day: float, start_us: int, end_us: int) -> float:
        """Return the mean number in a stretch, given the factors of its days and slots; `per_day` is a mean workday's total."""
        if end_us <= start_us:
            return 0.0
        first, last = start_us // DAY_US, end_us // DAY_US
        between = sum(self._page(number).cumulative[-1] for number in range(first, last))
        return per_day * (between + self._page(last).upto(end_us) - self._page(first).upto(start_us))

    def bend(self, at_us: int) -> float:
        """Return half of how fast the density of demand grows just after an instant, in days of demand a µs²: 0 outside ramps."""
        return self._page(at_us // DAY_US).bend_at(at_us)

    def arrivals(self, per_day: float, start_us: int, end_us: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the arrivals of a stretch, sorted, µs: a non-stationary Poisson process by inversion.

        Given their number, arrivals are uniform on the scale of integrated intensity (Çinlar 1975).
        """
        if end_us <= start_us:
            return np.zeros(0, dtype=np.int64)
        table = self._table(start_us, end_us)
        low, high = table.upto(np.array([start_us, end_us]))
        marks = np.sort(rng.uniform(low, high, rng.poisson(per_day * (high - low))))
        marks = np.minimum(marks, np.nextafter(high, low))  # uniform may round up to `high`, where density may be 0
        return np.clip(table.at(marks), start_us, end_us - 1)

    def _table(self, start_us: int, end_us: int) -> Table:
        """Return the table of whole UTC days that covers the stretch."""
        tables = [self._page(number).table for number in range(start_us // DAY_US, end_us // DAY_US + 1)]
        if len(tables) == 1:
            return tables[0]
        edges = np.concatenate([tables[0].edges[:1], *(table.edges[1:] for table in tables)])
        return Table(edges, np.concatenate([table.density for table in tables]), np.concatenate([table.bend for table in tables]))

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = self._draw(number)
            self._kept.append(number)
            if len(self._kept) > PAGES_KEPT:
                del self._pages[self._kept.popleft()]
        return page

    def _draw(self, number: int) -> _Page:
        start_us = number * DAY_US
        changes = self.load_profile.edges_within(start_us, start_us + DAY_US)
        edges = sorted({*range(start_us, start_us + DAY_US + 1, SLOT_US), *changes})
        slots = _factors(self.streams.child("slots", number), self.slot_cv, DAY_US // SLOT_US)
        days: dict[str, float] = {}
        density, bend = [], []
        for at_us in edges[:-1]:
            day = self.calendar.local(at_us).date().isoformat()
            if day not in days:
                days[day] = float(_factors(self.streams.child("day", day), self.day_cv, 1)[0])
            shape = self.profile.intensity(self.calendar, at_us)
            slot = float(slots[(at_us - start_us) // SLOT_US])
            density.append(shape * self.load_profile.load(at_us) * days[day] * slot / DAY_US)
            bend.append(shape * self.load_profile.slope(at_us) * days[day] * slot / DAY_US / 2)
        table = Table(np.array(edges, dtype=np.int64), np.array(density), np.array(bend))
        return _Page(edges, density, bend, table.cumulative.tolist(), table)


def _factors(rng: np.random.Generator, cv: float, count: int) -> NDArray[np.float64]:
    """Return gamma factors of mean 1 and the coefficient of variation asked for (all 1 for 0)."""
    return rng.gamma(cv**-2, cv**2, count) if cv else np.ones(count)
