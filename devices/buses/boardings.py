"""Boardings: who got on which bus when, kept as causes of what other systems see (a tap is caused by each).

Owns the columns. Riders are numbers, nobody is a person here.
"""

import numpy as np
from numpy.typing import NDArray

NAMES = ("time_us", "vehicle", "trip", "stop", "alights_at", "card")


class Boardings:
    """Boardings of the recent past as growing columns; true, and left at the moment the bus arrives at the stop.

    `time_us` when the rider pays, in the seconds after the arrival (so it may reach past the slice); `vehicle` device
    number; `trip` index into Journal.trips; `stop` and `alights_at` places in its pattern; `card` 1 for a card, 0 for cash.
    """

    __slots__ = ("_flat", "_kept", "add")

    def __init__(self) -> None:
        """Start empty."""
        self._flat: list[int] = []
        self._kept = np.zeros((0, len(NAMES)), dtype=np.int64)
        self.add = self._flat.extend  # six whole numbers a boarding, in the order of NAMES

    def __len__(self) -> int:
        """Return how many boardings are kept."""
        return len(self._kept) + len(self._flat) // len(NAMES)

    def columns(self) -> dict[str, NDArray[np.int64]]:
        """Return the columns, each of shape (len,); they must not be written to."""
        table = self._table()
        return {name: table[:, place] for place, name in enumerate(NAMES)}

    def between(self, start_us: int, end_us: int) -> dict[str, NDArray[np.int64]]:
        """Return the columns of the boardings of a stretch, in order of time."""
        table = self._table()
        chosen = np.flatnonzero((table[:, 0] >= start_us) & (table[:, 0] < end_us))
        chosen = chosen[np.argsort(table[chosen, 0], kind="stable")]
        return {name: table[chosen, place] for place, name in enumerate(NAMES)}

    def forget_before(self, at_us: int) -> None:
        """Drop boardings before an instant."""
        table = self._table()
        self._kept = table[table[:, 0] >= at_us]

    def _table(self) -> NDArray[np.int64]:
        if self._flat:
            fresh = np.array(self._flat, dtype=np.int64).reshape(-1, len(NAMES))
            self._kept = np.concatenate([self._kept, fresh])
            self._flat.clear()
        return self._kept
