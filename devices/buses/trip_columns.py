"""The operated trips as columns, read once from the journal.

Owns a window of the journal's trips that moves with the run, so memory does not grow with it.
"""

from typing import NamedTuple

import numpy as np

from devices.buses.journal import GONE, Journal
from sim.arrays import Int

ROOM = 1024


class Operated(NamedTuple):
    """Columns of some operated trips, fields as in the journal's OperatedTrip; `added` is 0 or 1."""

    trip: Int
    pattern: Int
    trip_code: Int
    start_date_code: Int
    day_us: Int
    added: Int


class TripColumns:
    """Columns of operated trips, addressed by their number in Journal.trips."""

    __slots__ = ("_base", "_columns", "_count", "_journal")

    def __init__(self, journal: Journal) -> None:
        """Start empty."""
        self._journal = journal
        self._base = self._count = 0
        self._columns = np.zeros((len(Operated._fields), ROOM), dtype=np.int64)

    @property
    def floor(self) -> int:
        """Return the oldest number that may still be asked for."""
        return self._base

    def of(self, numbers: Int) -> Operated:
        """Return the columns of trips by number: each of shape (n,)."""
        return Operated(*self._columns[:, numbers - self._base])

    def read(self) -> range:
        """Take in the trips that are new in the journal, and drop the oldest that left it; return the new numbers."""
        trips = self._journal.trips
        fresh = range(self._count, len(trips))
        while len(trips) - self._base > self._columns.shape[1]:
            self._columns = np.concatenate([self._columns, np.zeros_like(self._columns)], axis=1)
        for number in fresh:
            each = trips[number]
            row = (each.trip, each.pattern, each.trip_code, each.start_date_code, each.day_us, each.added)
            self._columns[:, number - self._base] = row
        self._count = len(trips)
        self._forget()
        return fresh

    def _forget(self) -> None:
        gone = self._base
        while gone < self._count and self._journal.trips[gone] is GONE:
            gone += 1
        if gone - self._base > ROOM:
            self._columns = self._columns[:, gone - self._base :].copy()
            self._base = gone
