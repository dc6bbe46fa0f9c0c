"""What is known of slices to come: numbers by place, and riders who will reach a gate.

Owns two books of the future. What is written into them is the business of those who write.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike

from sim.arrays import Int, Records


@dataclass(slots=True)
class Tally:
    """How many come to each of so many places in each slice from the present one on; what lies beyond the horizon comes at it."""

    places: int
    horizon: int
    _rows: Int = field(init=False)  # a ring: the present slice is at `_now`
    _now: int = 0

    def __post_init__(self) -> None:
        """Begin empty."""
        self._rows = np.zeros((self.horizon, self.places), dtype=np.int64)

    def add(self, slot: Int, place: Int, number: int = 1) -> None:
        """Add a number for each pair of a slot (0 is now) and a place."""
        row = (self._now + np.clip(slot, 0, self.horizon - 1)) % self.horizon
        np.add.at(self._rows, (row, place), number)

    def turn(self) -> Int:
        """Return the numbers of the present slice, shape (places,), and go on to the next."""
        now: Int = self._rows[self._now].copy()
        self._rows[self._now] = 0
        self._now = (self._now + 1) % self.horizon
        return now


@dataclass(slots=True)
class Arrivals:
    """Records that are due in later slices, by the number of the slice."""

    dtype: DTypeLike
    _due: dict[int, list[Records]] = field(default_factory=dict)

    def add(self, number: Int, records: Records) -> None:
        """Keep records, each until its slice is taken."""
        if not len(records):
            return  # an empty array would be split into one piece
        order = np.argsort(number, kind="stable")
        slices, starts = np.unique(number[order], return_index=True)
        for each, part in zip(slices.tolist(), np.split(records[order], starts[1:]), strict=True):
            self._due.setdefault(each, []).append(part)

    def take(self, number: int) -> Records:
        """Return and forget the records of a slice, in the order in which they were kept."""
        due = self._due.pop(number, [])
        taken, upto = np.empty(sum(map(len, due)), dtype=self.dtype), 0
        for part in due:  # copied one by one: joining records has numpy compare their types again and again
            taken[upto : upto + len(part)] = part
            upto += len(part)
        return taken
