"""Blocks: a vehicle's day of work as a chain of trips.

Owns chaining by terminal and layover, the splitting of blocks that one vehicle cannot run, and what counts as one terminal.
Which trips there are, and what a block is called, is the business of whoever made the network.
"""

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.empty_runs import EMPTY_FIGURES, quickest_us, usual_us
from sim.figures import Figure, Grade
from sim.geometry import distance_m
from sim.units import SECOND_US

LAYOVER_SHARE = Figure(
    "layover at the terminal",
    value=0.11,
    unit="share of the run",
    grade=Grade.C,
    source="2 h 10 cycle of a 15 km line at 15.3 km/h",
    low=0.05,
    high=0.2,
)
LAYOVER_LEAST = Figure("least layover at the terminal", value=180, unit="s", low=60, high=600)
TERMINAL_REACH = Figure(
    "end stops this near are one terminal", value=250, unit="m", source="assumption: both sides of a road or a small station"
)

FIGURES: tuple[Figure, ...] = (LAYOVER_SHARE, LAYOVER_LEAST, TERMINAL_REACH, *EMPTY_FIGURES)


def layover_us(run_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the least time at the terminal after runs of the given length, µs: shape of `run_us`."""
    least = round(float(LAYOVER_LEAST) * SECOND_US)
    share: NDArray[np.int64] = np.rint(run_us * float(LAYOVER_SHARE)).astype(np.int64)
    return np.where(share < least, least, share)


def chain(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    depart_us: NDArray[np.int64],
    free_us: NDArray[np.int64],
    empty_us: NDArray[np.int64] | None = None,
) -> NDArray[np.int32]:
    """Return the block of each trip, numbered from 0 in order of first departure: shape (n,).

    `start` and `end` are terminals by number, `free_us` when the vehicle may leave again after the trip. The vehicle that has
    waited longest at the terminal goes first; if none waits, one may come empty from another, which takes `empty_us[from, to]`;
    else one more begins its day. Without empty runs no two blocks could be joined.
    """
    blocks = np.empty(len(depart_us), dtype=np.int32)
    waiting: dict[int, list[tuple[int, int]]] = {}
    empty = None if empty_us is None else empty_us.tolist()
    starts, ends, departs, frees = start.tolist(), end.tolist(), depart_us.tolist(), free_us.tolist()
    used = 0
    for trip in np.argsort(depart_us, kind="stable").tolist():
        block = _vehicle(waiting, starts[trip], departs[trip], empty)
        if block is None:
            block, used = used, used + 1
        blocks[trip] = block
        heappush(waiting.setdefault(ends[trip], []), (frees[trip], block))
    return blocks


def _vehicle(waiting: dict[int, list[tuple[int, int]]], terminal: int, depart_us: int, empty: list[list[int]] | None) -> int | None:
    """Take the vehicle for a departure out of those that wait, heaps by terminal of (free from, block); None if there is none."""
    here = waiting.get(terminal)
    if here and here[0][0] <= depart_us:
        return heappop(here)[1]
    if empty is None:
        return None
    arrivals = ((vehicles[0][0] + empty[other][terminal], other) for other, vehicles in waiting.items() if vehicles)
    arrive_us, other = min(arrivals, default=(depart_us + 1, terminal))
    return heappop(waiting[other])[1] if arrive_us <= depart_us else None


def split(depart_us: NDArray[np.int64], arrive_us: NDArray[np.int64], apart_m: NDArray[np.float64] | None = None) -> NDArray[np.int32]:
    """Return which vehicle runs each trip of one declared block: 0 throughout when one can run them all: shape (n,).

    One vehicle cannot when trips overlap or, with `apart_m[a, b]` from the end of trip a to the start of trip b, when there is less time
    between them than an empty run takes at the quickest. Stops within TERMINAL_REACH are one terminal.
    """
    vehicles = np.empty(len(depart_us), dtype=np.int32)
    busy: list[tuple[int, int]] = []  # until when, and with which trip
    away_us = None if apart_m is None else np.where(apart_m <= float(TERMINAL_REACH), 0, quickest_us(apart_m))
    departs, arrives = depart_us.tolist(), arrive_us.tolist()
    for trip in np.lexsort((arrive_us, depart_us)).tolist():
        there = (until + (0 if away_us is None else int(away_us[last, trip])) for until, last in busy)
        free = next((vehicle for vehicle, there_us in enumerate(there) if there_us <= departs[trip]), len(busy))
        busy[free : free + 1] = [(arrives[trip], trip)]
        vehicles[trip] = free
    return vehicles


def terminals(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the terminal of each end stop: the first stop within reach gives the number: shape (n,)."""
    codes = np.full(len(latitude), -1, dtype=np.int64)
    for place in range(len(latitude)):
        if codes[place] < 0:
            near = distance_m(latitude[place], longitude[place], latitude, longitude) <= float(TERMINAL_REACH)
            codes[near & (codes < 0)] = place
    return codes


def apart_m(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each place is from each other, m: shape (n, n)."""
    return distance_m(latitude[:, None], longitude[:, None], latitude, longitude)


def empty_us(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how long an empty run usually takes from each end stop to each other, µs: shape (n, n)."""
    return usual_us(apart_m(latitude, longitude))


def in_order(depart_us: NDArray[np.int64], names: list[str]) -> dict[str, tuple[int, ...]]:
    """Return trips by block name, each in order of departure; blocks in order of first appearance in `names`."""
    blocks: dict[str, list[int]] = {name: [] for name in dict.fromkeys(names)}
    for trip in np.argsort(depart_us, kind="stable").tolist():
        blocks[names[trip]].append(trip)
    return {name: tuple(trips) for name, trips in blocks.items()}
