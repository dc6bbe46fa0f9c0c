"""The outlook: which paths are cut at an instant of the slice that is not closed yet, asked by processes one path at a time.

Owns the truth of a moment, from what the receiver knew when the last slice closed and what is planned beyond. It costs nothing while
nobody asks, and two searches in a sorted column when somebody does.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.supervision.receiver import Receiver
from devices.alarms.supervision.troubles import Troubles
from sim.arrays import Records
from sim.units import MINUTE_US

AHEAD_US = 10 * MINUTE_US  # of the last slice's end: longer than any slice


class Cut(NamedTuple):
    """A path is cut: `back_us` when the device is heard again as far as troubles have begun, `cause` a code of `TroubleCause`."""

    back_us: int
    cause: int


class Outlook:
    """What is cut and will be, soon after the end of the last slice."""

    def __init__(self, receiver: Receiver, troubles: Troubles) -> None:
        """Look at nothing yet."""
        self._receiver, self._troubles = receiver, troubles
        self._from_us = 0
        self._ahead: Records | None = None

    def advance(self, end_us: int) -> None:
        """Go on from the end of a slice that is closed."""
        self._from_us, self._ahead = end_us, None

    def cut(self, row: int, at_us: int) -> Cut | None:
        """Return what cuts a path at an instant, None while it is up; troubles that begin later may still lengthen it.

        Raises ValueError for an instant that is further away than slices are long.
        """
        if not self._from_us <= at_us < self._from_us + AHEAD_US:
            msg = f"a path was asked for at {at_us}: troubles are known from {self._from_us} for {AHEAD_US} µs"
            raise ValueError(msg)
        until_us, cause = self._receiver.cut_until(row)
        for begin_us, end_us, why in self._planned(row):
            if begin_us <= at_us and end_us > until_us:
                until_us, cause = end_us, cause if begin_us < self._receiver.back_us(row, until_us) else why
        back_us = self._receiver.back_us(row, until_us)
        return Cut(back_us, cause) if at_us < back_us else None

    def _planned(self, row: int) -> list[tuple[int, int, int]]:
        """Return begin, end and cause of what is planned for a path, in order of begin."""
        if self._ahead is None:
            ahead = self._troubles.ahead(self._from_us + AHEAD_US)
            self._ahead = ahead[np.lexsort((ahead["time_us"], ahead["row"]))]
        first, last = np.searchsorted(self._ahead["row"], [row, row + 1])
        return [(int(each["time_us"]), int(each["end_us"]), int(each["cause"])) for each in self._ahead[first:last]]
