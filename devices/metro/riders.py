"""Riders: who enters where and when, and where to.

Owns the pull of stations, gravity between them, and the riders of a slice, drawn district by district. How they get there is
`devices.metro.trips`'s business.
"""

from dataclasses import dataclass, field
from math import log1p, sqrt

import numpy as np

from devices.causes import STORM
from devices.metro import figures
from devices.metro.network import Network, network
from devices.metro.parameters import RiderParameters
from sim.arrays import Flags, Int, Real
from sim.city.calendar import DayKind
from sim.city.demand import HOURS, METRO, Demand
from sim.city.districts import BY_NAME, DISTRICTS
from sim.city.site import Site
from sim.events.batches import Span
from sim.geometry import distance_m
from sim.streams import Streams

OUTWARD = {DayKind.WORKDAY: figures.OUTWARD_WORKDAY.numbers, DayKind.FREE_DAY: figures.OUTWARD_FREE_DAY.numbers}
NUMBERS = 10**10  # journeys of one district are numbered below the next one's
ROUNDS = 30
DRAWS = 10  # numbers from 0 to 1 that a rider brings along for whatever befalls on the way


@dataclass(frozen=True, slots=True)
class Riders:
    """Riders by district: number of the journey, when they reach the gate (µs), from and to which station, and their own draws (n, k)."""

    journey: Int
    at_us: Int
    origin: Int
    target: Int
    draws: Real

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self.journey)

    def some(self, chosen: Flags) -> "Riders":
        """Return those chosen."""
        return Riders(self.journey[chosen], self.at_us[chosen], self.origin[chosen], self.target[chosen], self.draws[chosen])


@dataclass(slots=True)
class Pull:
    """What draws people: shares of all homes, and of all work and shops, at each station, and where one goes from each.

    `to_work` and `to_home` are shares of destinations by origin, shape (n, n). They come from one table of homes and work, a gravity by
    the time of the trip whose sums are the shares of both: who goes to work in the morning goes home in the evening.
    """

    network: Network
    homes: Real
    work: Real
    to_work: Real = field(init=False)
    to_home: Real = field(init=False)

    def __post_init__(self) -> None:
        """Balance the table."""
        near = np.exp(-self.network.trip_s / 60 / float(figures.TRIP_SCALE))
        table = balanced(near, self.homes, self.work)
        self.to_work, self.to_home = (flow / flow.sum(axis=1, keepdims=True) for flow in (table, table.T))

    @classmethod
    def of(cls, plan: Network, streams: Streams) -> "Pull":
        """Return the pull of the stations of a network: denser districts, the way to the centre, and each station's own luck."""
        kilometres = distance_m(plan.latitude, plan.longitude, plan.latitude[0], plan.longitude[0]) / 1_000
        density = np.array([BY_NAME[name].population / BY_NAME[name].area_km2 for name in plan.district])
        homes = density ** float(figures.HOME_POWER) * _luck(streams.child("homes"), len(density))
        work = np.exp(-kilometres / float(figures.WORK_REACH)) * plan.lines_at * _luck(streams.child("work"), len(density))
        return cls(plan, homes / homes.sum(), work / work.sum())

    def entries(self, outward: float) -> Real:
        """Return the shares of an hour's riders by the station where they enter, when a share of them leaves home."""
        return outward * self.homes + (1 - outward) * self.work

    def exits(self, outward: float) -> Real:
        """Return the shares of an hour's riders by the station for which they are bound."""
        return outward * self.work + (1 - outward) * self.homes

    def busiest(self) -> Real:
        """Return how many pass the gates of each station in its busiest hour, as a share of a mean workday's entries."""
        shares = [METRO.workday[hour] / HOURS * (self.entries(out) + self.exits(out)) for hour, out in enumerate(OUTWARD[DayKind.WORKDAY])]
        most: Real = np.max(shares, axis=0)
        return most


def balanced(near: Real, rows: Real, columns: Real) -> Real:
    """Return the table in proportion to `near` (n, n) by rows and columns that has the sums asked for (Furness 1965).

    After the last of ROUNDS turns the rows are off by less than a thousandth; the columns are right.
    """
    table = near.copy()
    for _ in range(ROUNDS):
        table *= (rows / table.sum(axis=1))[:, None]
        table *= columns / table.sum(axis=0)
    return table


def _luck(rng: np.random.Generator, count: int) -> Real:
    sigma = sqrt(log1p(float(figures.STATION_CV) ** 2))
    return rng.lognormal(-sigma * sigma / 2, sigma, count)


@dataclass(slots=True)
class Demanded:
    """Draws the riders of each slice: all of the city's districts ride, whichever of them are simulated, so none changes another."""

    site: Site
    parameters: RiderParameters
    pull: Pull
    _demand: Demand = field(init=False)
    _stations: dict[str, Int] = field(default_factory=dict)
    _numbered: dict[str, int] = field(default_factory=dict)
    _bounds: Real = field(init=False)

    def __post_init__(self) -> None:
        """Sort stations into districts, and lay shares of destinations end to end: those of row i from i to i + 1, homes before work."""
        self._demand = Demand.of(self.site.city, METRO, self.site.streams("demand"))
        places = np.array(network().district)
        for number, district in enumerate(each.name for each in DISTRICTS if each.name in places):
            self._stations[district] = np.flatnonzero(places == district)
            self._numbered[district] = number * NUMBERS
        self._bounds = _laid(np.concatenate([self.pull.to_home, self.pull.to_work]))

    def of(self, span: Span) -> Riders:
        """Return who reaches a gate in a slice."""
        rides = self._demand.expected(self.parameters.rides * self.site.scale, span.start_us, span.end_us)
        found = [self._from(district, rides, span) for district in self._stations]
        return Riders(*(np.concatenate(columns) for columns in zip(*found, strict=True)))

    def _from(self, district: str, rides: float, span: Span) -> tuple[Int, Int, Int, Int, Real]:
        """Return the riders of one district: shape (n,) each, and (n, DRAWS)."""
        rng, here = self.site.stream("riders", span.index, district=district), self._stations[district]
        outward = OUTWARD[self.site.calendar.day_kind(span.start_us)][self.site.calendar.local(span.start_us).hour]
        homes, all_here = outward * self.pull.homes[here], self.pull.entries(outward)[here]
        count = rng.poisson(rides * self._shifted(district, span) * all_here)
        origin = np.repeat(here, count)
        draws = rng.random((len(origin), DRAWS))
        leaves = draws[:, 0] < np.repeat(homes / all_here, count)
        at_us = span.start_us + (draws[:, 1] * (span.end_us - span.start_us)).astype(np.int64)
        first = self._numbered[district]
        self._numbered[district] += len(origin)
        return first + np.arange(len(origin)), at_us, origin, self._bound(origin, leaves, draws[:, 2]), draws[:, 3:]

    def _bound(self, origin: Int, leaves: Flags, draw: Real) -> Int:
        count = len(self.pull.homes)
        row = origin + count * leaves
        target: Int = np.clip(np.searchsorted(self._bounds, row + draw, side="right") - row * count, 0, count - 1)
        return target

    def _shifted(self, district: str, span: Span) -> float:
        """Return how many times as many as usual ride: a storm moves people from the bus to the metro."""
        storms = [each for each in self.site.incidents(STORM, district) if each.start_us <= span.start_us < each.end_us]
        return 1 + self.parameters.storm_shift * max((each.severity for each in storms), default=0.0)


def _laid(shares: Real) -> Real:
    upto = np.cumsum(shares, axis=1)
    laid: Real = (np.arange(len(shares))[:, None] + upto / upto[:, -1:]).ravel()
    return laid
