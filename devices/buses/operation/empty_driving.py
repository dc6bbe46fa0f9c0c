"""Empty driving: a vehicle on its way to where it is needed next, without riders.

Owns the SimPy process of an empty run and the leg it leaves. How long one takes is `network.empty_runs`'s, when it begins the duties'.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from devices.buses.journal import Journal
from devices.buses.network.arrays import Network
from devices.buses.network.empty_runs import quickest_us, usual_us
from devices.buses.network.geometry import distance_m
from devices.buses.operation.bus import NO_STOP, Vehicle

Steps = Generator[simpy.Event, object, None]


@dataclass(frozen=True, slots=True)
class Way:
    """An empty run between two stops: metres as the crow flies, and its usual and least duration, µs."""

    apart_m: float
    usual_us: int
    quickest_us: int


HERE = Way(0.0, 0, 0)


@dataclass(slots=True)
class EmptyDriving:
    """Every vehicle's empty runs; ways are worked out once for each pair of stops."""

    env: simpy.Environment
    network: Network
    journal: Journal
    _ways: dict[tuple[int, int], Way] = field(default_factory=dict)

    def way(self, from_stop: int, to_stop: int) -> Way:
        """Return the way between two stops of the network; none is needed from NO_STOP, of which nobody knows where it is."""
        if from_stop in (NO_STOP, to_stop):
            return HERE
        if (from_stop, to_stop) not in self._ways:
            one, other = self.network.stops[from_stop], self.network.stops[to_stop]
            apart_m = distance_m(one.latitude, one.longitude, other.latitude, other.longitude)
            self._ways[from_stop, to_stop] = Way(float(apart_m), int(usual_us(apart_m)), int(quickest_us(apart_m)))
        return self._ways[from_stop, to_stop]

    def drive(self, vehicle: Vehicle, stop: int, pattern: int, until_us: int) -> Steps:
        """Bring a vehicle of a pattern's line to a stop: in the usual time, or in less to be there by an instant."""
        now_us, way = int(self.env.now), self.way(vehicle.stop, stop)
        if way.apart_m:
            lasting_us = min(way.usual_us, max(way.quickest_us, until_us - now_us))
            number = self.journal.ways.number(vehicle.stop, stop, pattern)
            self.journal.legs.add(vehicle.device, ~number, now_us, now_us + lasting_us, 0.0, way.apart_m, 0, 0)
            vehicle.state, vehicle.there_us = "running_empty", now_us + lasting_us
            yield self.env.timeout(lasting_us)
        vehicle.stop = stop
