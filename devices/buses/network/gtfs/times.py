"""The times of a GTFS feed's trips, repaired so that arrivals strictly increase.

Owns what becomes of calls without a time of their own. Which calls there are is `calls`' business.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from devices.buses.network.gtfs.calls import UNTIMED
from devices.buses.network.gtfs.feed import LINE
from devices.buses.network.synthetic_lines import SPEED
from sim.units import SECOND_US


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of some trips, trip after trip: those of trip t (0, 1, ...) from `bounds[t]` on.

    `stop` are numbers of stops, `arrive_us` and `depart_us` µs after midnight or UNTIMED: shape (calls,). `bounds`: shape (trips + 1,);
    `line` where each stands in the file.
    """

    line: NDArray[np.int64]
    stop: NDArray[np.int32]
    arrive_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, calls: pl.DataFrame) -> "Calls":
        """Return the calls of a frame whose trips are numbered from 0 without gaps, in order."""
        trip = calls["trip"].to_numpy()
        bounds = np.searchsorted(trip, np.arange(int(trip[-1]) + 2))
        line, stop = calls[LINE].cast(pl.Int64).to_numpy(), calls["stop"].cast(pl.Int32).to_numpy()
        return cls(line, stop, calls["arrive_us"].to_numpy(), calls["depart_us"].to_numpy(), bounds)


def repaired(calls: Calls, along_m: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return arrivals and departures, µs: every stop timed, and each arrival later than the departure before it.

    `along_m` is each row's distance along its trip, strictly increasing. A stop without a time, or with that of the stop before,
    is passed at even speed between the nearest stops that do differ: feeds round to minutes. At the end of a trip the last stop
    keeps its time and those before it give way; where there is no room, the bus goes on at the mean speed of the city.
    """
    arrive, depart = calls.arrive_us.copy(), calls.depart_us.copy()
    first, last = calls.bounds[:-1], calls.bounds[1:] - 1
    before = _departure_before(calls)
    # A stop with a stay, reached at the moment the stop before is left: half of the stay is given to the ride.
    rushed = (arrive != UNTIMED) & (arrive <= before) & (depart > arrive)
    arrive[rushed] += (depart[rushed] - arrive[rushed]) // 2
    fixed = arrive > before
    fixed[first] = True
    final = _last_fixed(fixed)[last]
    loose = final != last
    gives_way = loose & (final != first) & (arrive[final] == depart[final])
    fixed[final[gives_way]] = False
    prolonged = loose & ~gives_way
    ride_m = along_m[last[prolonged]] - along_m[final[prolonged]]
    ride_us = np.ceil(ride_m / (float(SPEED) / 3.6) * SECOND_US).astype(np.int64)
    arrive[last[prolonged]] = depart[last[prolonged]] = depart[final[prolonged]] + ride_us
    fixed[last] = True
    return _between(arrive, depart, fixed, along_m)


def _departure_before(calls: Calls) -> NDArray[np.int64]:
    """Return the departure from the last timed stop before each row in its trip; UNTIMED for the first stop."""
    timed = np.where(calls.arrive_us != UNTIMED, np.arange(len(calls.arrive_us)), 0)
    row = np.concatenate([[0], np.maximum.accumulate(timed)[:-1]])
    before: NDArray[np.int64] = calls.depart_us[row]
    before[calls.bounds[:-1]] = UNTIMED
    return before


def _last_fixed(fixed: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.asarray(np.maximum.accumulate(np.where(fixed, np.arange(len(fixed)), 0)), dtype=np.int64)


def _between(
    arrive: NDArray[np.int64], depart: NDArray[np.int64], fixed: NDArray[np.bool_], along_m: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return times with the stops that are not fixed passed at even speed between those that are."""
    loose = np.flatnonzero(~fixed)
    start = _last_fixed(fixed)[loose]
    end = len(fixed) - 1 - _last_fixed(fixed[::-1])[::-1][loose]
    share = (along_m[loose] - along_m[start]) / (along_m[end] - along_m[start])
    arrive[loose] = depart[start] + ((arrive[end] - depart[start]) * share).astype(np.int64)
    depart[loose] = arrive[loose]  # one with a stay of its own is fixed
    return arrive, depart
