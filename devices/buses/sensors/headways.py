"""Headways: how long after the last bus of its line each one left a stop.

Owns the last departure at each slot, true or as seen. Which departures count is the caller's business.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Int
from sim.units import LONG_AGO_US


@dataclass(slots=True)
class LastAtSlot:
    """The last instant given for each of so many slots."""

    slot_count: int
    _last_us: Int = field(init=False)

    def __post_init__(self) -> None:
        """Know none yet."""
        self._last_us = np.full(self.slot_count, LONG_AGO_US, dtype=np.int64)

    def replaced_us(self, slot: Int, at_us: Int) -> Int:
        """Return the instant before each row's at its slot, LONG_AGO_US for the first; rows are in order of time: shape (n,)."""
        order = np.argsort(slot, kind="stable")
        grouped, sorted_us = slot[order], at_us[order]
        first = np.diff(grouped, prepend=-1) != 0
        before_us = np.empty_like(at_us)
        before_us[order] = np.where(first, self._last_us[grouped], np.roll(sorted_us, 1))
        self._last_us[slot] = at_us  # the last row of a slot stays
        return before_us
