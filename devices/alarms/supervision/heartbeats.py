"""Heartbeats: when every path says that it is there, in order of phase, so that a slice costs what beats in it and not what stands by.

Owns the rhythm and the tries of a beat. Which paths are cut is `receiver`'s business.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from devices.alarms.supervision.paths import Paths, drawn
from sim.arrays import Int, Places
from sim.events.batches import Span

TRIES = 0x54524945


class Beats(NamedTuple):
    """Beats in order of time: columns of equal length. `attempts` is 0 for one whose tries were all lost."""

    row: Places
    at_us: Int
    attempts: Int


@dataclass(slots=True)
class Heartbeats:
    """The heartbeats of paths with one period, `rows` of them."""

    paths: Paths
    rows: Places
    attempts: int
    loss: float
    _phase_us: Int = field(init=False)
    _period_us: int = field(init=False)

    def __post_init__(self) -> None:
        """Sort the paths by phase."""
        self.rows = self.rows[np.argsort(self.paths.phase_us[self.rows], kind="stable")]
        self._phase_us = self.paths.phase_us[self.rows]
        self._period_us = int(self.paths.period_us[self.rows[0]])

    def during(self, span: Span) -> Beats:
        """Return the beats that are due in a slice."""
        parts = [self._turn(number, span) for number in range(span.start_us // self._period_us, (span.end_us - 1) // self._period_us + 1)]
        row, at_us, attempts = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Beats(row, at_us, attempts)

    def _turn(self, number: int, span: Span) -> Beats:
        """Return the beats of one turn of the period, counted from 1970, that lie in a slice."""
        begin_us = number * self._period_us
        first, last = np.searchsorted(self._phase_us, [span.start_us - begin_us, span.end_us - begin_us])
        row = self.rows[first:last]
        return Beats(row, begin_us + self._phase_us[first:last], self._tries(row, number))

    def _tries(self, row: Places, number: int) -> Int:
        """Return how many tries each beat took, 0 where all were lost."""
        luck = drawn(self.paths.key[row], TRIES, number)
        tries = np.ones(len(row), dtype=np.int64)
        for lost in range(1, self.attempts):
            tries += luck < self.loss**lost
        tries[luck < self.loss**self.attempts] = 0
        return tries


def by_class(paths: Paths, attempts: int, loss: float) -> list[Heartbeats]:
    """Return the heartbeats of each class of supervision that has paths."""
    return [Heartbeats(paths, np.flatnonzero(paths.supervision == code), attempts, loss) for code in np.unique(paths.supervision)]
