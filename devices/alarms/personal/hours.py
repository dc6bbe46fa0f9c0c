"""Hours: when the users of a district wake, leave, come back and sleep on a day, and what that makes of a stretch of time.

Owns the columns of a few persons, taken out of the days of all.
"""

from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Int, Places
from sim.city.days import Day


class Hours(NamedTuple):
    """When some users wake, leave, come back and sleep on a day: shape (rows,) each, µs; NEVER_US for who does not leave."""

    wake_us: Int
    leave_us: Int
    return_us: Int
    sleep_us: Int

    @classmethod
    def of(cls, day: Day, person: Int) -> "Hours":
        """Return those of some persons of a day's households."""
        row = np.searchsorted(day.households.person, person)
        return cls(day.wake_us[row], day.leave_us[row], day.return_us[row], day.sleep_us[row])

    def at(self, place: Places) -> "Hours":
        """Return those of some of the rows."""
        return Hours(*(each[place] for each in self))

    def away(self, at_us: int) -> Flags:
        """Return who is out at an instant."""
        return (self.leave_us <= at_us) & (at_us < self.return_us)

    def awake_us(self, from_us: int, to_us: Int) -> Int:
        """Return how long each is awake at home within a stretch."""
        return _shared(self.wake_us, np.minimum(self.leave_us, self.sleep_us), from_us, to_us) + _shared(
            self.return_us, self.sleep_us, from_us, to_us
        )

    def out_us(self, from_us: int, to_us: Int) -> Int:
        """Return how long each is out within a stretch."""
        return _shared(self.leave_us, self.return_us, from_us, to_us)

    def passed(self, from_us: int, to_us: Int) -> Int:
        """Return how often each leaves or comes back within a stretch."""
        times: Int = np.sum([(from_us <= each) & (each < to_us) for each in (self.leave_us, self.return_us)], axis=0, dtype=np.int64)
        return times


def _shared(begin_us: Int, end_us: Int, from_us: int, to_us: Int) -> Int:
    """Return how much of each stretch lies within another; a stretch that never begins has none."""
    shared: Int = np.maximum(np.minimum(end_us, to_us) - np.maximum(begin_us, from_us), 0)
    return shared
