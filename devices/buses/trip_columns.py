"""The operated trips as columns, read once from the journal.

Owns a window of the journal's trips that moves with the run, so memory does not grow with it.
"""

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import GONE, Journal

ROOM = 1024


class TripColumns:
    """Columns of operated trips, addressed by their number in Journal.trips."""

    __slots__ = ("_base", "_codes", "_count", "_journal")

    def __init__(self, journal: Journal) -> None:
        """Start empty."""
        self._journal = journal
        self._base = 0
        self._count = 0
        self._codes = np.zeros((3, ROOM), dtype=np.int32)

    def of(self, trips: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return pattern, trip code and start date code of each number: shape (3, n)."""
        return self._codes[:, trips - self._base]

    def forget_gone(self) -> None:
        """Drop the oldest trips that have left the journal."""
        gone = self._base
        while gone < self._count and self._journal.trips[gone] is GONE:
            gone += 1
        if gone - self._base > ROOM:
            self._codes = self._codes[:, gone - self._base :].copy()
            self._base = gone

    def read(self) -> None:
        """Take in the trips that are new in the journal."""
        known = self._count
        fresh = len(self._journal.trips) - known
        if not fresh:
            return
        used = known - self._base
        while used + fresh > self._codes.shape[1]:
            self._codes = np.concatenate([self._codes, np.zeros_like(self._codes)], axis=1)
        for place in range(fresh):
            trip = self._journal.trips[known + place]
            self._codes[:, used + place] = trip.pattern, trip.trip_code, trip.start_date_code
        self._count = known + fresh
