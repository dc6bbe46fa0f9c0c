"""Random draws for cohorts: one row for each device, one stream for each district.

Owns the layout that keeps a device's draws the same when another district, or a later device, is added.
"""

import numpy as np
from numpy.typing import NDArray

from sim.city import City


class Draws:
    """Arrays of draws whose row is the device number in a system's roster."""

    __slots__ = ("_city", "_members", "_purpose", "_seen", "_system")

    def __init__(self, city: City, system: str, purpose: str) -> None:
        """Bind to the roster of a system; `purpose` names the streams."""
        self._city = city
        self._system = system
        self._purpose = purpose
        self._seen = 0
        self._members: list[tuple[str, NDArray[np.intp]]] = []

    def uniform(self, what: str, number: int, width: int) -> NDArray[np.float64]:
        """Return uniform draws in [0, 1): shape (devices, width)."""
        filled = np.empty((self.count(), width))
        for name, rows in self._members:
            filled[rows] = self._stream(name, what, number).random((len(rows), width))
        return filled

    def words(self, what: str, number: int, width: int) -> NDArray[np.uint64]:
        """Return 64 random bits for each device and column: shape (devices, width)."""
        filled = np.empty((self.count(), width), dtype=np.uint64)
        for name, rows in self._members:
            generator = self._stream(name, what, number)
            filled[rows] = generator.bit_generator.random_raw(len(rows) * width).reshape(len(rows), width)
        return filled

    def _stream(self, district: str, what: str, number: int) -> np.random.Generator:
        return self._city.streams.child(district, self._system, self._purpose, what, number)

    def count(self) -> int:
        """Return the number of devices, after sorting new ones into their districts."""
        codes = self._city.roster(self._system).district_codes()
        if len(codes) != self._seen:
            self._seen = len(codes)
            names = self._city.districts
            self._members = [(names[int(code)], np.flatnonzero(codes == code)) for code in np.unique(codes)]
        return self._seen
