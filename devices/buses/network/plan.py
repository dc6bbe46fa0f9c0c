"""The plan of the drivers: the timetable as far as a bus that stops everywhere can keep it.

Owns the seconds by which timetables in whole minutes are smoothed. What was published stays as it is and is what delays are measured by.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from devices.buses.network.arrays import Network
from devices.buses.network.pattern_stops import PatternStops
from devices.buses.network.possible_times import spread
from sim.arrays import Int


@dataclass(frozen=True, slots=True)
class Plan:
    """Times by trip where they are not the published ones; `depart_us` of all trips one after the other: shape (rows,)."""

    network: Network
    smoothed: dict[int, tuple[Int, Int]]
    depart_us: Int

    @classmethod
    def of(cls, network: Network, patterns: Sequence[PatternStops], first_of: Int, depart_us: Int) -> "Plan":
        """Smooth the trips that have a leg too quick for a bus that stands at both of its ends."""
        smoothed: dict[int, tuple[Int, Int]] = {}
        for number, trip in enumerate(network.trips):
            least_us = patterns[trip.pattern].least_us
            if (trip.arrive_us[1:] - trip.depart_us[:-1] < least_us).any():
                smoothed[number] = spread(trip.arrive_us, trip.depart_us, least_us)
        if smoothed:
            depart_us = depart_us.copy()
            for number, (_, departs_us) in smoothed.items():
                depart_us[first_of[number] : first_of[number] + len(departs_us)] = departs_us
        return cls(network, smoothed, depart_us)

    def times_us(self, trip: int) -> tuple[Int, Int]:
        """Return the arrivals and departures that drivers of a trip aim at, µs of the service day: shapes (stops,)."""
        published = self.network.trips[trip]
        return self.smoothed.get(trip, (published.arrive_us, published.depart_us))
