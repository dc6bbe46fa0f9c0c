"""Blocks: a vehicle's day of work as a chain of trips.

Owns chaining by terminal and layover, the splitting of blocks that overlap, and what counts as one terminal.
Which trips there are, and what a block is called, is the business of whoever made the network.
"""

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from devices.buses.geometry import distance_m
from sim.figures import Figure, Grade
from sim.units import SECOND_US

LAYOVER_SHARE = Figure("layover at the terminal", 0.11, "share of the run", Grade.C, "2 h 10 cycle of a 15 km line at 15.3 km/h", 0.05, 0.2)
LAYOVER_LEAST = Figure("least layover at the terminal", 180, "s", Grade.K, "assumption", 60, 600)
TERMINAL_REACH = Figure("end stops this near are one terminal", 250, "m", Grade.K, "assumption: both sides of a road or a small station")

FIGURES: tuple[Figure, ...] = (LAYOVER_SHARE, LAYOVER_LEAST, TERMINAL_REACH)


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
) -> NDArray[np.int32]:
    """Return the block of each trip, numbered from 0 in order of first departure: shape (n,).

    `start` and `end` are terminals by number, `free_us` when the vehicle may leave again after the trip. The vehicle that has been
    free longest goes first; one more begins its day when none is free. For trips of one line this needs the fewest vehicles.
    """
    blocks = np.empty(len(depart_us), dtype=np.int32)
    waiting: dict[int, list[tuple[int, int]]] = {}
    starts, ends, departs, frees = start.tolist(), end.tolist(), depart_us.tolist(), free_us.tolist()
    used = 0
    for trip in np.argsort(depart_us, kind="stable").tolist():
        here = waiting.get(starts[trip])
        if here and here[0][0] <= departs[trip]:
            _, block = heappop(here)
        else:
            block, used = used, used + 1
        blocks[trip] = block
        heappush(waiting.setdefault(ends[trip], []), (frees[trip], block))
    return blocks


def split(depart_us: NDArray[np.int64], arrive_us: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return which vehicle runs each trip of one declared block: 0 throughout when no trips overlap: shape (n,)."""
    vehicles = np.empty(len(depart_us), dtype=np.int32)
    busy_until: list[int] = []
    departs, arrives = depart_us.tolist(), arrive_us.tolist()
    for trip in np.lexsort((arrive_us, depart_us)).tolist():
        free = next((vehicle for vehicle, until in enumerate(busy_until) if until <= departs[trip]), len(busy_until))
        busy_until[free : free + 1] = [arrives[trip]]
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


def in_order(depart_us: NDArray[np.int64], names: list[str]) -> dict[str, tuple[int, ...]]:
    """Return trips by block name, each in order of departure; blocks in order of first appearance in `names`."""
    blocks: dict[str, list[int]] = {name: [] for name in dict.fromkeys(names)}
    for trip in np.argsort(depart_us, kind="stable").tolist():
        blocks[names[trip]].append(trip)
    return {name: tuple(trips) for name, trips in blocks.items()}
