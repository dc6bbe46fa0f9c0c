"""The legs and stays of one slice as sorted columns.

Owns the cut from the growing journal to arrays by vehicle and time. What is made of them is the cohorts' business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import Leg
from sim.arrays import Int, Real
from sim.events.batches import Span
from sim.toolkit.table import Table
from sim.units import NEVER_US


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


def active_legs(legs: Table[Leg], span: Span) -> ActiveLegs:
    """Cut the journal's legs to those of a slice; legs without duration are left out."""
    rows = legs.rows
    rows = rows[(rows["start_us"] < span.end_us) & (rows["end_us"] > span.start_us) & (rows["end_us"] > rows["start_us"])]
    rows = rows[np.lexsort((rows["start_us"], rows["vehicle"]))]
    vehicle = rows["vehicle"]
    edge = np.flatnonzero(np.diff(vehicle)) + 1 if len(rows) else np.zeros(0, dtype=np.int64)
    first = np.concatenate([[0], edge]) if len(rows) else edge
    last = np.append(edge - 1, len(rows) - 1) if len(rows) else edge
    return ActiveLegs(
        vehicle=np.ascontiguousarray(vehicle),
        trip=np.ascontiguousarray(rows["trip"]),
        start_us=rows["start_us"] - span.start_us,
        end_us=rows["end_us"] - span.start_us,
        from_m=np.ascontiguousarray(rows["from_m"]),
        length_m=rows["to_m"] - rows["from_m"],
        stop=np.ascontiguousarray(rows["stop"]),
        load=np.ascontiguousarray(rows["load"]),
        vehicles=vehicle[first],
        first=first,
        last=last,
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
