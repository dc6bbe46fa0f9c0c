"""The legs and stays of one slice as sorted columns.

Owns the cut from the growing journal to arrays by vehicle and time. What is made of them is the cohorts' business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import Legs
from sim.events.batches import Span

Int = NDArray[np.int64]
Real = NDArray[np.float64]

NEVER_US = np.iinfo(np.int64).max // 2


@dataclass(frozen=True, slots=True)
class ActiveLegs:
    """Legs that overlap a slice, by vehicle and start; times are µs after the start of the slice.

    `vehicles` are the vehicles in service, ascending; `first`, `last` the places of their first and last leg.
    """

    vehicle: Int
    trip: Int
    start_us: Int
    end_us: Int
    from_m: Real
    length_m: Real
    stop: Int
    load: Int
    vehicles: Int
    first: Int
    last: Int

    def __len__(self) -> int:
        """Return how many legs there are."""
        return len(self.vehicle)


def active_legs(legs: Legs, span: Span) -> ActiveLegs:
    """Cut the journal's legs to those of a slice; legs without duration are left out."""
    columns = legs.columns()
    start, end = columns["start_us"], columns["end_us"]
    rows = np.flatnonzero((start < span.end_us) & (end > span.start_us) & (end > start))
    rows = rows[np.lexsort((start[rows], columns["vehicle"][rows]))]
    vehicle = columns["vehicle"][rows].astype(np.int64)
    edge = np.flatnonzero(np.diff(vehicle)) + 1 if len(rows) else rows
    first = np.concatenate([[0], edge]).astype(np.int64) if len(rows) else rows
    last = np.append(edge - 1, len(rows) - 1).astype(np.int64) if len(rows) else rows
    return ActiveLegs(
        vehicle,
        columns["trip"][rows].astype(np.int64),
        start[rows].astype(np.int64) - span.start_us,
        end[rows].astype(np.int64) - span.start_us,
        columns["from_m"][rows].astype(np.float64),
        (columns["to_m"][rows] - columns["from_m"][rows]).astype(np.float64),
        columns["stop"][rows].astype(np.int64),
        columns["load"][rows].astype(np.int64),
        vehicle[first],
        first,
        last,
    )


class LegCursor:
    """Which leg each vehicle is on as time goes by: columns in an order of the vehicles given once.

    `leg` is a place in the legs; a vehicle is on it only from `start_us` to `end_us`, both NEVER_US once its last leg is over.
    """

    __slots__ = ("_last", "_legs", "end_us", "leg", "start_us")

    def __init__(self, legs: ActiveLegs, order: NDArray[np.intp]) -> None:
        """Stand every vehicle on its first leg; `order` are places in `legs.vehicles`."""
        self._legs = legs
        self._last = legs.last[order]
        self.leg = legs.first[order]
        self.start_us = legs.start_us[self.leg]
        self.end_us = legs.end_us[self.leg]

    def advance(self, at_us: Int) -> NDArray[np.bool_]:
        """Move on to each vehicle's own instant, later than the last one, and return which vehicles are on a leg then."""
        while len(passed := np.flatnonzero(at_us >= self.end_us)):
            more = self.leg[passed] < self._last[passed]
            over, moved = passed[~more], passed[more]
            self.start_us[over] = self.end_us[over] = NEVER_US
            leg = self.leg[moved] + 1
            self.leg[moved], self.start_us[moved], self.end_us[moved] = leg, self._legs.start_us[leg], self._legs.end_us[leg]
        return at_us >= self.start_us
