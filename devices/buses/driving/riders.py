"""Riders: how many wait where, who gets on, who stays behind, and how long the doors are open.

Owns one line's waiting riders and the time they take. When a bus comes is the vehicles' process' business.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import exp, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.buses.driving.bus import Bus
from devices.buses.driving.demand import CumulativeDemand
from devices.buses.driving.stranded import Stranded
from devices.buses.network.pattern_stops import PatternStops
from devices.buses.parameters import RiderParameters
from sim.figures import Figure
from sim.toolkit.draws import lognormal_mean

POOL = 1024  # uniform draws made at a time: one call of numpy for many stops
MANY = 60.0  # above this mean inversion takes many steps, and the normal limit is close
NORMAL = NormalDist()
TINY = 1e-16  # the normal quantile is not defined at 0 and 1
M_PER_KM = 1_000

RIDE_SHAPE = Figure("gamma shape of the length of a ride", value=2, unit="", source="assumption: few very short ones, a long tail")
RIDER_FIGURES = (RIDE_SHAPE,)


def uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Return uniform draws for ever."""
    return chain.from_iterable(iter(lambda: rng.random(POOL).tolist(), None))


def poisson(mean: float, draw: float) -> int:
    """Return the Poisson number of a uniform draw, by inversion; above MANY the normal limit's, whose quantile is as quick."""
    if mean > MANY:
        return max(0, round(NORMAL.inv_cdf(min(max(draw, TINY), 1.0 - TINY)) * sqrt(mean) + mean))
    weight = total = exp(-mean)
    number: int = 0
    while draw > total and weight > 0.0:
        number += 1
        weight *= mean / number
        total += weight
    return number


def ride_shares(pattern: PatternStops, ride_km: float) -> list[float]:
    """Return the share of rides of at most 1, 2, ... stops, a gamma distribution over the pattern's mean spacing.

    Shape RIDE_SHAPE 2, for which the distribution is 1 - (1 + x) exp(-x) with x the length over half the mean.
    """
    spacing_m = pattern.distance_m[-1] / max(pattern.last, 1)
    reach = np.arange(1, pattern.last + 1) * spacing_m / (ride_km * M_PER_KM / float(RIDE_SHAPE))
    shares: list[float] = (1.0 - (1.0 + reach) * np.exp(-reach)).tolist()
    return shares


class Served(NamedTuple):
    """What a bus's call meant for riders: the dwell, µs, and the columns of a Visit of the same names."""

    dwell_us: int
    since_us: int
    came: int
    boarded: int
    cards: int
    alighted: int
    left: int


@dataclass(slots=True)
class Riders:
    """The riders of one line, at all its slots, and what serving them takes; `demand` by direction.

    `per_day` riders a workday by slot; `shares` by pattern (see `ride_shares`). Whoever came or was `moved` out of a bus short of his own
    stop has boarded, waits, or `gave_up`.
    """

    demand: tuple[CumulativeDemand, CumulativeDemand]
    parameters: RiderParameters
    rng: np.random.Generator
    per_day: dict[int, float]
    shares: dict[int, list[float]]
    since_us: dict[int, int]
    waiting: dict[int, int]
    moved: int = 0
    gave_up: int = 0
    _stranded: dict[int, Stranded] = field(default_factory=dict)
    _before: dict[int, float] = field(init=False)
    draws: Iterator[float] = field(init=False)

    def __post_init__(self) -> None:
        """Start drawing, with nobody at the stops."""
        self._before = dict.fromkeys(self.per_day, 0.0)
        self.draws = uniforms(self.rng)

    def noise(self, count: int) -> list[float]:
        """Return the unexplained part of dwells: log-normal factors of mean 1."""
        cv = self.parameters.dwell_cv
        factors: list[float] = lognormal_mean(self.rng, 1.0, cv, count).tolist() if cv else [1.0] * count
        return factors

    def serve(self, bus: Bus, place: int, at_us: int) -> Served:
        """Let riders alight and board at an instant.

        Riders came since the last bus of the line, but at most for as long as their patience; those whom a bus left behind wait on until
        it is over. Doors work side by side: boarding in front, alighting behind.
        """
        slot = bus.pattern.slots[place]
        came, since_us = self._come(bus.pattern.direction, slot, at_us)
        alighted = bus.alighting[place]
        load = bus.load - alighted
        before = self._still_there(slot, at_us) if self.waiting[slot] else 0
        waiting = before + came
        boarded = board_us = cards = left = 0
        if waiting and place < bus.last:
            boarded = min(waiting, self.parameters.capacity - load)
            left = waiting - boarded
            if boarded:
                board_us, cards = self._board(bus, place, boarded, load)
        bus.load = load + boarded
        self.waiting[slot] = waiting - boarded
        if before or waiting > boarded:
            self._strand(slot, boarded, came, (since_us + at_us) // 2)
        dwell_us = self._dwell(bus, place, board_us, alighted)
        return Served(
            dwell_us=dwell_us,
            since_us=since_us,
            came=came,
            boarded=boarded,
            cards=cards,
            alighted=alighted,
            left=left,
        )

    def _still_there(self, slot: int, now_us: int) -> int:
        """Return how many of those whom buses left behind still wait; the others have given up."""
        gone = self._stranded[slot].give_up(now_us)
        self.gave_up += gone
        self.waiting[slot] -= gone
        return self.waiting[slot]

    def _strand(self, slot: int, boarded: int, came: int, came_us: int) -> None:
        """Note who waits on at a slot: those who were there before board first, and the others came about `came_us`."""
        stranded = self._stranded.setdefault(slot, Stranded())
        stranded.add(came_us + self.parameters.patience, came - stranded.take(boarded))

    def _come(self, direction: int, slot: int, at_us: int) -> tuple[int, int]:
        """Return how many came since the last bus, or since their patience began, and since when that is, µs."""
        demand = self.demand[direction]
        since_us, before = self.since_us[slot], self._before[slot]
        self.since_us[slot] = at_us
        now = self._before[slot] = demand.at(at_us)
        mean = self.per_day[slot] * (now - before)
        if at_us - since_us > self.parameters.patience:
            since_us = at_us - self.parameters.patience
            mean = demand.rate.expected(self.per_day[slot], since_us, at_us)
        return poisson(mean, next(self.draws)), since_us

    def expected_waiting(self, now_us: int, direction_of: Sequence[int]) -> float:
        """Return how many wait at all slots: those left behind, and the mean number who came since the last bus, patience allowing."""
        now = [demand.at(now_us) for demand in self.demand]
        most = [demand.rate.expected(1.0, now_us - self.parameters.patience, now_us) for demand in self.demand]
        per_day, before = self.per_day, self._before
        came = sum(per_day[slot] * min(now[direction_of[slot]] - then, most[direction_of[slot]]) for slot, then in before.items())
        left = sum(count for stranded in self._stranded.values() for until_us, count in stranded.groups if until_us > now_us)
        return left + came

    def _board(self, bus: Bus, place: int, boarded: int, load: int) -> tuple[int, int]:
        """Give every rider a destination and a way to pay; return the time boarding takes, µs, and how many pay by card."""
        parameters, draws, shares = self.parameters, self.draws, self.shares[bus.pattern.number]
        alighting = bus.alighting
        upto = shares[bus.last - place - 1]
        slowdown = 1.0
        if load > parameters.seats:
            crowd = (load - parameters.seats) / max(parameters.capacity - parameters.seats, 1)
            slowdown += (parameters.crowding_slowdown - 1.0) * crowd
        card_us, cash_us = int(parameters.board_card * slowdown), int(parameters.board_cash * slowdown)
        board_us = cards = 0
        for _ in range(boarded):
            target = min(place + 1 + bisect_right(shares, next(draws) * upto), bus.last)
            alighting[target] += 1
            card = next(draws) < parameters.card_share
            cards += card
            board_us += card_us if card else cash_us
        return board_us, cards

    def _dwell(self, bus: Bus, place: int, board_us: int, alighted: int) -> int:
        parameters = self.parameters
        if board_us or alighted:
            return int((parameters.dead_time + max(board_us, alighted * parameters.alight)) * bus.dwell_noise[place])
        inside = (place > bus.first or bus.comes_through) and (place < bus.last or bus.goes_through)
        if parameters.skip_empty_stops and inside:
            return 0
        return int(parameters.dead_time * bus.dwell_noise[place])

    def unload(self, bus: Bus, place: int, now_us: int) -> int:
        """Put everybody out at a place short of their own: they wait there for the next bus, with fresh patience. Return how many."""
        moved, slot = bus.load, bus.pattern.slots[place]
        self.waiting[slot] += moved
        self._stranded.setdefault(slot, Stranded()).add(now_us + self.parameters.patience, moved)
        self.moved += moved
        bus.load = 0
        bus.alighting = [0] * len(bus.alighting)
        return moved


def boarding_weights(pattern: PatternStops, shares: list[float], attraction: dict[int, float]) -> NDArray[np.float64]:
    """Return how many riders board at each place relative to each other: shape (stops,).

    A stop's own attraction times the share of rides that still fit before the end of the pattern.
    """
    fitting = np.array([*shares[::-1], 0.0])
    weights: NDArray[np.float64] = np.array([attraction[slot] for slot in pattern.slots]) * fitting
    return weights


def alighting_shares(pattern: PatternStops, weights: NDArray[np.float64], shares: list[float]) -> NDArray[np.float64]:
    """Return the expected share of a trip's riders that alights at each place: shape (stops,)."""
    alight = np.zeros(pattern.last + 1)
    steps = np.diff(np.array([0.0, *shares]))
    for place in range(pattern.last):
        reach = pattern.last - place
        alight[place + 1 :] += weights[place] * steps[:reach] / max(shares[reach - 1], 1e-12)
    total = weights.sum()
    result: NDArray[np.float64] = alight / total if total else alight
    return result
