"""Where a bus is, given how far along its pattern it has come: the shapes of all patterns as one table.

Owns the regular grid that makes a lookup one gather. How far a bus has come is the legs' business.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Pattern

# A bus turns on a radius of about 10 m, so a grid of 10 m rounds corners no more than the vehicle does.
GRID_M = 10.0
MOST_CELLS = 8_000_000  # 160 MB; a feed with longer routes in all gets a coarser grid

METRES_PER_DEGREE = 111_195.0  # of latitude: mean earth radius 6,371,009 m

Real32 = NDArray[np.float32]


class Shapes:
    """Every pattern cut into cells of `grid_m`; `first[p]` is the number of the first cell of pattern p."""

    __slots__ = ("_bearing", "_cells", "first", "grid_m", "latitude", "longitude")

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Lay the grid over all patterns."""
        lengths = np.array([max(each.shape_m[-1], each.distance_m[-1]) for each in patterns])
        self.grid_m = max(GRID_M, float(lengths.sum()) / MOST_CELLS)
        counts = (lengths / self.grid_m).astype(np.int64) + 2
        self.first = np.concatenate([[0], np.cumsum(counts)])
        # Single precision holds centimetres only near zero, so cells are kept relative to a point among them.
        self.latitude = float(np.mean([each.shape_latitude[0] for each in patterns]))
        self.longitude = float(np.mean([each.shape_longitude[0] for each in patterns]))
        cells = np.empty((self.first[-1], 4), dtype=np.float32)
        self._bearing = np.empty(self.first[-1], dtype=np.float32)
        for place, pattern in enumerate(patterns):
            self._lay(pattern, cells[self.first[place] : self.first[place + 1]], self._bearing[self.first[place] : self.first[place + 1]])
        self._cells = cells.view(np.complex128)[:, 0]

    def _lay(self, pattern: Pattern, cells: Real32, bearing: Real32) -> None:
        along = np.arange(len(cells)) * self.grid_m
        latitude = np.interp(along, pattern.shape_m, pattern.shape_latitude) - self.latitude
        longitude = np.interp(along, pattern.shape_m, pattern.shape_longitude) - self.longitude
        north, east = np.diff(latitude, append=latitude[-1]), np.diff(longitude, append=longitude[-1])
        cells[:, 0], cells[:, 1], cells[:, 2], cells[:, 3] = latitude, longitude, north, east
        squeeze = np.cos(np.radians(self.latitude + latitude))
        moves = (north != 0) | (east != 0)
        last_move = np.maximum.accumulate(np.where(moves, np.arange(len(cells)), int(np.argmax(moves))))
        bearing[:] = (np.rint(np.degrees(np.arctan2(east * squeeze, north))) % 360)[last_move]

    def locate(self, first: NDArray[np.int64], along_m: NDArray[np.float64]) -> tuple[Real32, Real32, Real32]:
        """Return latitude and longitude relative to `latitude`, `longitude`, and whole bearings, in degrees: shape (n,).

        `first` is the first cell of each row's pattern, `along_m` the distance from its first stop.
        """
        place = along_m * (1 / self.grid_m)
        cell = place.astype(np.int64)
        share = (place - cell).astype(np.float32)
        cell += first
        four = self._cells.take(cell).view(np.float32).reshape(-1, 4)
        return four[:, 0] + share * four[:, 2], four[:, 1] + share * four[:, 3], self._bearing.take(cell)
