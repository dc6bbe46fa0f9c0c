"""What patterns and the ways of empty runs say of a vehicle on them: route, direction, and where they begin in the shapes.

Owns these columns, patterns first and ways after them in the order of their numbers. A trip's own are the journal's.
"""

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import OperatedTrip
from devices.buses.network.arrays import Network
from devices.buses.positions.shapes import Shapes
from devices.buses.ways import Ways
from sim.arrays import Int, Records
from sim.city.site import Site
from sim.names import NO_NAME
from sim.toolkit.table import Table


class WayColumns:
    """`route` and `direction` codes and the first `cell` of the shapes, by pattern or pattern count plus way."""

    __slots__ = ("_patterns", "_shapes", "_ways", "cell", "direction", "route")

    def __init__(self, site: Site, network: Network, shapes: Shapes, ways: Ways) -> None:
        """Begin with the patterns."""
        self._shapes, self._ways = shapes, ways
        self._patterns = len(network.patterns)
        self.route: NDArray[np.int32] = site.names("route").codes(pattern.route for pattern in network.patterns)
        self.direction = np.array([pattern.direction for pattern in network.patterns], dtype=np.int32)
        self.cell: NDArray[np.int64] = shapes.first[:-1]

    def read(self) -> None:
        """Take in the ways that are new."""
        fresh = self._ways.every[len(self.cell) - self._patterns :]
        if not fresh:
            return
        pattern = [way.pattern for way in fresh]
        cells = [self._shapes.add(way.from_place, way.to_place) for way in fresh]
        self.route, self.direction = (np.append(codes, codes[pattern]) for codes in (self.route, self.direction))
        self.cell = np.append(self.cell, cells)

    def of(self, trip: Int, trips: Table[OperatedTrip]) -> Records:
        """Return the operated trip of legs, put right for empty runs, whose `trip` is negative: a way as pattern, no trip, no date."""
        empty = trip < 0
        if not empty.any():
            return trips.at(trip)
        found = np.empty(len(trip), dtype=trips.dtype)
        found[~empty] = trips.at(trip[~empty])
        found["pattern"][empty] = self._patterns + ~trip[empty]
        found["trip_code"][empty] = found["start_date_code"][empty] = NO_NAME
        return found
