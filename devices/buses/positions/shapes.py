"""Where a bus is, given how far along its pattern it has come: the shapes of all patterns as one table.

Owns the regular grid that makes a lookup one gather. How far a bus has come is the legs' business.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Pattern
from sim.arrays import Real32

# A bus turns on a radius of about 10 m, so a grid of 10 m rounds corners no more than the vehicle does.
GRID_M = 10.0
MOST_CELLS = 8_000_000  # 160 MB; a feed with longer routes in all gets a coarser grid

ANTIMERIDIAN = 180  # degrees
FULL_TURN = 360_000_000  # millionths of a degree
ROOM = 256  # cells for ways beside a part of all: a feed's worth of cells is not copied for every way

MILLION = 1_000_000  # positions are kept in millionths of a degree

METRES_PER_DEGREE = 111_195.0  # of latitude: mean earth radius 6,371,009 m


class Shapes:
    """Every pattern cut into cells of `grid_m`; `first[p]` is the number of the first cell of pattern p. Ways of any length are added.

    Places are relative to `latitude`, `longitude`, whole millionths of a degree. `crosses` says whether longitudes may pass 180 degrees.
    """

    __slots__ = ("_bearing", "_cells", "_used", "crosses", "first", "grid_m", "latitude", "longitude")

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Lay the grid over all patterns."""
        lengths = np.array([max(each.shape_m[-1], each.distance_m[-1]) for each in patterns])
        self.grid_m = max(GRID_M, float(lengths.sum()) / MOST_CELLS)
        counts = (lengths / self.grid_m).astype(np.int64) + 2
        self.first = np.concatenate([[0], np.cumsum(counts)])
        self.crosses = any(np.abs(each.shape_longitude).max() > ANTIMERIDIAN - 1 for each in patterns)
        # Single precision holds centimetres only near zero, so cells are kept relative to a point among them. It is of whole
        # degrees, so that another district does not move it.
        self.latitude = round(float(np.mean([each.shape_latitude[0] for each in patterns]))) * MILLION
        self.longitude = round(float(np.mean([each.shape_longitude[0] for each in patterns]))) * MILLION
        cells = np.empty((self.first[-1], 4), dtype=np.float32)
        self._bearing = np.empty(self.first[-1], dtype=np.float32)
        for place, pattern in enumerate(patterns):
            self._lay(pattern, cells[self.first[place] : self.first[place + 1]], self._bearing[self.first[place] : self.first[place + 1]])
        self._cells = cells.view(np.complex128)[:, 0]
        self._used = len(cells)

    def add(self, from_place: tuple[float, float], to_place: tuple[float, float]) -> int:
        """Append a straight way between two places, latitude and longitude in degrees, as one cell; return its number."""
        number, end = self._used, self._used + 2
        if end > len(self._bearing):
            self._cells, self._bearing = (
                np.concatenate([kept, np.zeros(len(kept) // 8 + ROOM, kept.dtype)]) for kept in (self._cells, self._bearing)
            )
        (latitude, longitude), (to_latitude, to_longitude) = (
            (place[0] * MILLION - self.latitude, place[1] * MILLION - self.longitude) for place in (from_place, to_place)
        )
        north, east = to_latitude - latitude, to_longitude - longitude
        rows = np.array([[latitude, longitude, north, east], [to_latitude, to_longitude, 0.0, 0.0]], dtype=np.float32)
        self._cells[number:end] = rows.view(np.complex128)[:, 0]
        self._bearing[number:end] = round(float(np.degrees(np.arctan2(east * np.cos(np.radians(from_place[0])), north)))) % 360
        self._used = end
        return number

    def _lay(self, pattern: Pattern, cells: Real32, bearing: Real32) -> None:
        along = np.arange(len(cells)) * self.grid_m
        latitude = np.interp(along, pattern.shape_m, pattern.shape_latitude) * MILLION - self.latitude
        longitude = np.interp(along, pattern.shape_m, pattern.shape_longitude) * MILLION - self.longitude
        north, east = np.diff(latitude, append=latitude[-1]), np.diff(longitude, append=longitude[-1])
        cells[:, 0], cells[:, 1], cells[:, 2], cells[:, 3] = latitude, longitude, north, east
        squeeze = np.cos(np.radians((self.latitude + latitude) / MILLION))
        moves = (north != 0) | (east != 0)
        last_move = np.maximum.accumulate(np.where(moves, np.arange(len(cells)), int(np.argmax(moves))))
        bearing[:] = (np.rint(np.degrees(np.arctan2(east * squeeze, north))) % 360)[last_move]

    def locate(self, place: NDArray[np.float64]) -> tuple[Real32, Real32]:
        """Return places in millionths of a degree, shape (n, 2), and whole bearings in degrees, shape (n,).

        `place` is where on the grid, in cells: the first cell of a pattern plus the distance from its first stop.
        """
        cell = place.astype(np.int64)
        share = (place - cell).astype(np.float32)
        four = self._cells.take(cell, mode="clip").view(np.complex64)
        found = four[1::2] * share
        found += four[::2]
        return found.view(np.float32).reshape(-1, 2), self._bearing.take(cell, mode="clip")
