"""Times that no bus can keep: spread over the neighbouring legs of their trip.

Owns the repair of times whose legs are quicker than a bus. How quick a bus is, is `motion`'s.
"""

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.motion import passing_us
from sim.arrays import Int


def possible(arrive_us: Int, depart_us: Int, along_m: NDArray[np.float64], bounds: Int) -> tuple[Int, Int, Int]:
    """Return arrivals and departures, trip after trip, without legs above top speed, µs, and the rows from which such legs went.

    `along_m` is each row's distance along its trip, `bounds` cut rows into trips: shape (trips + 1,).
    """
    least_us = np.append(passing_us(np.maximum(np.diff(along_m), 0.0)), 0)
    lack_us = least_us - np.append(arrive_us[1:] - depart_us[:-1], 0)
    lack_us[bounds[1:] - 1] = 0
    quick = np.flatnonzero(lack_us > 0)
    arrive_us, depart_us = arrive_us.copy(), depart_us.copy()
    for trip in np.unique(np.searchsorted(bounds, quick, side="right") - 1).tolist():
        rows = slice(int(bounds[trip]), int(bounds[trip + 1]))
        arrive_us[rows], depart_us[rows] = spread(arrive_us[rows], depart_us[rows], least_us[rows][:-1])
    return arrive_us, depart_us, quick


def spread(arrive_us: Int, depart_us: Int, least_us: Int) -> tuple[Int, Int]:
    """Return one trip's times with no leg shorter than its least: shapes (stops,), `least_us` (stops - 1,).

    Half of what a leg lacks is taken from the legs and stays before it and half from those after, as far as they have it. The trip keeps
    its first departure, and its last arrival unless it is too quick as a whole.
    """
    clock_us = np.stack([arrive_us, depart_us], axis=1).ravel()
    passed_us = np.zeros(len(clock_us), dtype=np.int64)
    passed_us[2::2] = least_us
    passed_us = np.cumsum(passed_us)
    # Less the least time so far, a possible timetable never falls: the mean of its envelopes from both sides is the nearest that does not.
    spare_us = clock_us - passed_us
    ahead, behind = np.maximum.accumulate(spare_us), np.minimum.accumulate(spare_us[::-1])[::-1]
    clock_us = np.clip((ahead + behind) // 2, spare_us[1], max(spare_us[1], spare_us[-2])) + passed_us
    return clock_us[::2], clock_us[1::2]
