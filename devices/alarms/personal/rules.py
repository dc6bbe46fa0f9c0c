"""Rules: whether a home has been quiet for too long, from what was seen in each hour of the last day.

Owns the windows of the three rules, as columns. What was seen is `activity.py`'s business, what follows `inactivity.py`'s.
"""

import numpy as np

from devices.alarms.personal import figures
from devices.alarms.personal.activity import Seen
from devices.alarms.personal.choices import Rule
from sim.arrays import Flags, Int

HOURS = tuple(round(each) for each in figures.RULE_HOURS.numbers)  # by rule
LONGEST = max(HOURS)


class Rules:
    """What was seen in the last hours, and which rules are broken: `broken` has the shape (rules, homes)."""

    def __init__(self, homes: int) -> None:
        """Begin as if all had been busy for as long as any rule looks back."""
        self._seen = np.full((len(Rule), LONGEST, homes), np.inf)  # by hour, around
        self._hour = 0
        self.broken: Flags = np.zeros((len(Rule), homes), dtype=np.bool_)

    def add(self, seen: Seen) -> Flags:
        """Take one more hour and return which rules it broke: shape (rules, homes)."""
        columns = np.array([seen.water_m3, seen.doors, seen.motions], dtype=np.float64)
        self._seen[:, self._hour % LONGEST] = columns
        self._hour += 1
        before, self.broken = self.broken, np.array([self._total(each) < _least(each) for each in Rule])
        return self.broken & ~before

    def quiet_h(self, rule: Int, home: Int) -> Int:
        """Return for how many hours back there has been less than a rule asks for, at most `LONGEST`: shape of both."""
        hours = (self._hour - 1 - np.arange(LONGEST)) % LONGEST
        less = np.cumsum(self._seen[:, hours], axis=1) < np.array([_least(each) for each in Rule])[:, None, None]
        count: Int = less.sum(axis=1)[rule, home]
        return count

    def _total(self, rule: Rule) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        hours = (self._hour - 1 - np.arange(HOURS[rule])) % LONGEST
        total: np.ndarray[tuple[int], np.dtype[np.float64]] = self._seen[rule, hours].sum(axis=0)
        return total


def _least(rule: Rule) -> float:
    """Return the least that a rule asks for in its time."""
    return float(figures.WATER_LEAST) if rule is Rule.WATER else 1.0
