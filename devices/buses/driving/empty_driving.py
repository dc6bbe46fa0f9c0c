"""Empty driving: a vehicle on its way to where it is needed next, without riders.

Owns the SimPy process of an empty run and the leg it leaves. How long one takes is `network.empty_runs`'s, when it begins the blocks'.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.buses.choices import VehicleState
from devices.buses.driving.bus import NO_POINT, Vehicle
from devices.buses.journal import Journal, Leg
from devices.buses.network.arrays import Network
from devices.buses.network.empty_runs import quickest_us, usual_us
from devices.buses.network.pattern_stops import PatternStops
from sim.geometry import distance_m

Steps = Generator[simpy.Event, object, None]


@dataclass(frozen=True, slots=True)
class Way:
    """An empty run between two points: metres as the crow flies, and its usual and least duration, µs."""

    apart_m: float
    usual_us: int
    quickest_us: int


HERE = Way(0.0, 0, 0)


@dataclass(slots=True)
class EmptyDriving:
    """Every vehicle's empty runs; ways are worked out once for each pair of points.

    A point is a place of a pattern as it lies on its road: shapes of two lines may pass the same stop some way apart.
    """

    env: simpy.Environment
    network: Network
    journal: Journal
    _first: list[int] = field(init=False)
    _places: list[tuple[float, float]] = field(init=False)
    _ways: dict[tuple[int, int], Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lay out the points of all patterns."""
        patterns = self.network.patterns
        self._first = np.cumsum([0, *map(len, patterns)]).tolist()
        latitude, longitude = (
            np.concatenate([np.interp(each.distance_m, each.shape_m, getattr(each, axis)) for each in patterns]).tolist()
            for axis in ("shape_latitude", "shape_longitude")
        )
        self._places = list(zip(latitude, longitude, strict=True))

    def point(self, pattern: PatternStops, place: int) -> int:
        """Return the number of a place of a pattern."""
        return self._first[pattern.number] + place

    def way(self, from_point: int, to_point: int) -> Way:
        """Return the way between two points; none is needed from NO_POINT, of which nobody knows where it is."""
        if from_point in (NO_POINT, to_point):
            return HERE
        if (from_point, to_point) not in self._ways:
            apart_m = distance_m(*self._places[from_point], *self._places[to_point])
            self._ways[from_point, to_point] = Way(float(apart_m), int(usual_us(apart_m)), int(quickest_us(apart_m)))
        return self._ways[from_point, to_point]

    def drive(self, vehicle: Vehicle, point: int, pattern: int, until_us: int) -> Steps:
        """Bring a vehicle of a pattern's line to a point: in the usual time, or in less to be there by an instant."""
        now_us, way = int(self.env.now), self.way(vehicle.point, point)
        if way.apart_m:
            lasting_us = min(way.usual_us, max(way.quickest_us, until_us - now_us))
            number = self.journal.ways.number(self._places[vehicle.point], self._places[point], pattern)
            leg = Leg(
                vehicle=vehicle.device,
                trip=~number,
                start_us=now_us,
                end_us=now_us + lasting_us,
                from_m=0.0,
                to_m=way.apart_m,
                stop=0,
                load=0,
            )
            self.journal.legs.add(leg)
            vehicle.state, vehicle.there_us = VehicleState.RUNNING_EMPTY, now_us + lasting_us
            yield self.env.timeout(lasting_us)
        vehicle.point = point
