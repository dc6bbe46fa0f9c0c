"""Visits: one row for each call of a bus at a stop, left by the vehicles' processes at the moment of arrival.

Owns the columns and the part that has not happened yet at the end of a slice. Sensors, counters and measures read them.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.units import MS_US

Rows = NDArray[np.int64]
MOVED_US = MS_US  # a tie at the closing moves a row by microseconds; a report counts as sent so much later


class Visit(IntEnum):
    """The columns of a visit, all integers; NEVER_US in an instant stands for what did not happen.

    OPERATED index into Journal.trips; TRIP and PATTERN index the network; PLACE in the pattern; NEXT_US arrival at the next
    place; SEEN_US when a sensor says the bus departed, KNOWN_US when the centre hears it; CAME riders who came since SINCE_US;
    CARDS those of BOARDED who pay by card; LEFT behind by a full bus; LOAD after the stop; STOPPED 0 for a stop passed by.
    """

    OPERATED = 0
    TRIP = 1
    VEHICLE = 2
    PATTERN = 3
    PLACE = 4
    ARRIVE_US = 5
    DEPART_US = 6
    NEXT_US = 7
    SEEN_US = 8
    KNOWN_US = 9
    SINCE_US = 10
    CAME = 11
    BOARDED = 12
    CARDS = 13
    ALIGHTED = 14
    LEFT = 15
    LOAD = 16
    STOPPED = 17


WIDTH = len(Visit)


@dataclass(slots=True)
class Split:
    """Rows that wait for the slice in which an instant of theirs falls: `take` returns those whose time has come."""

    column: int
    waiting: Rows

    @classmethod
    def by(cls, column: int, width: int) -> "Split":
        """Return an empty one for rows of a width, by the column that holds the instant."""
        return cls(column, np.zeros((0, width), dtype=np.int64))

    def take(self, fresh: Rows, end_us: int) -> Rows:
        """Add rows; return those before `end_us` in order of the instant and keep the others."""
        rows = np.concatenate([self.waiting, fresh]) if len(self.waiting) else fresh
        due = rows[:, self.column] < end_us
        self.waiting = rows[~due]
        ready = rows[due]
        return ready[np.argsort(ready[:, self.column], kind="stable")]


class Visits:
    """The visits of the slice under way: `add` takes one row of WIDTH integers, `take` returns and forgets them all."""

    __slots__ = ("_flat", "add")

    def __init__(self) -> None:
        """Start empty."""
        self._flat: list[int] = []
        self.add = self._flat.extend

    def take(self) -> Rows:
        """Return all rows left since the last call, in order of arrival: shape (n, WIDTH)."""
        rows = np.array(self._flat, dtype=np.int64).reshape(-1, WIDTH)
        self._flat.clear()
        return rows
