"""Places: points on the map as columns, and what is near a point.

Owns the search alone. What stands at a place (a home, a stop, a pier) is the business of whoever has the columns.
"""

import numpy as np
from numpy.typing import NDArray

from sim.geometry import DEGREE_M, Degrees, distance_m

ROUNDING = 1e-9  # degrees, a tenth of a millimetre: sums of degrees fall short of what they mean


class Places:
    """Points in WGS-84 degrees, each of shape (n,); a place is its number there.

    stops = Places(latitude, longitude)
    stops.near(31.24, 121.49, 300)  # numbers of the stops within 300 m, the nearest first
    """

    __slots__ = ("_at", "_latitude", "_longitude", "_order")

    def __init__(self, latitude: Degrees, longitude: Degrees, at: NDArray[np.integer] | None = None) -> None:
        """Take the columns over; nothing is laid out or sorted before the first question. Raises ValueError when their lengths differ.

        With `at`, many places are at one point: the number of each place's point, shape (n,).
        """
        if len(latitude) != len(longitude):
            msg = f"{len(latitude)} latitudes for {len(longitude)} longitudes"
            raise ValueError(msg)
        self._latitude, self._longitude, self._at = latitude, longitude, at
        self._order: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self._latitude if self._at is None else self._at)

    @property
    def latitude(self) -> Degrees:
        """Return the latitude of each place: shape (n,)."""
        return self._laid_out()[0]

    @property
    def longitude(self) -> Degrees:
        """Return the longitude of each place: shape (n,)."""
        return self._laid_out()[1]

    def near(self, latitude: float, longitude: float, radius_m: float) -> NDArray[np.intp]:
        """Return the numbers of the places within a radius of a point, the nearest first, of two equally near the lower number."""
        if self._order is None:
            self._order = np.argsort(self.latitude, kind="stable")
        reach = radius_m / DEGREE_M + ROUNDING
        first, last = np.searchsorted(self.latitude, [latitude - reach, latitude + reach], sorter=self._order)
        rows = np.sort(self._order[first:last])
        away_m = distance_m(self.latitude[rows], self.longitude[rows], latitude, longitude)
        order = np.argsort(away_m, kind="stable")
        return rows[order[: np.count_nonzero(away_m <= radius_m)]]

    def _laid_out(self) -> tuple[Degrees, Degrees]:
        if self._at is not None:
            self._latitude, self._longitude, self._at = self._latitude[self._at], self._longitude[self._at], None
        return self._latitude, self._longitude
