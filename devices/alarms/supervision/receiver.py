"""The receiver: what it makes of heartbeats that do not come. A path is lost when its class's time has passed since the last one.

Owns which paths are cut, which the receiver holds for lost, and since when. What is said of a device is `cohort`'s business.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import TroubleCause
from devices.alarms.supervision.heartbeats import Beats
from devices.alarms.supervision.paths import Paths, drawn
from sim.arrays import Flags, Int, Places, Records
from sim.events.batches import Span
from sim.units import LONG_AGO_US, NEVER_US

RETURN = 0x52455455


class Finding(NamedTuple):
    """Paths lost, or heard again, in a slice: columns of equal length; `silent_us` since the last heartbeat, `began_us` the truth."""

    row: Places
    at_us: Int
    silent_us: Int
    began_us: Int
    cause: Int


class Receiver:
    """The paths as they are and as the receiver sees them: a row each, `NEVER_US` for what is not.

    In each slice `cut` what begins, `miss` the beats, then take what was `lost` and what is `back`.
    """

    def __init__(self, paths: Paths, reconnect_us: int) -> None:
        """Begin with every path up."""
        count = len(paths)
        self._paths = paths
        self._reconnect_us = reconnect_us
        self._since_us = np.full(count, NEVER_US)
        self._was_us = np.full(count, NEVER_US)  # since when it was cut of which it came back in the slice that closes, or before
        self._until_us = np.full(count, LONG_AGO_US)
        self._back_us = np.full(count, LONG_AGO_US)
        self._heard_us = np.full(count, LONG_AGO_US)
        self._cause = np.zeros(count, dtype=np.int64)
        self._true_us = np.full(count, LONG_AGO_US)  # the latest end of what truly cut it
        self.lost_us = np.full(count, NEVER_US)
        self._cut = np.zeros(0, dtype=np.intp)

    def cut(self, troubles: Records) -> None:
        """Let troubles begin, in order of time; one that meets another lengthens it, and a lost beat is nothing beside a true cause."""
        row = troubles["row"]
        false = (self._cause[row] == TroubleCause.LOST_BEAT) & (troubles["time_us"] < self._heard_us[row] + self._paths.window_us[row])
        idle = (self._since_us[row] == NEVER_US) | false
        fresh, first = np.unique(row[idle], return_index=True)
        begun = troubles[np.flatnonzero(idle)[first]]
        self._begin(fresh, begun["time_us"], begun["cause"])
        np.maximum.at(self._until_us, row, troubles["end_us"])
        np.maximum.at(self._true_us, row, troubles["end_us"])
        rows = np.unique(row)
        self._back_us[rows] = self._until_us[rows] + self._delay_us(rows, self._until_us[rows])

    def reached_us(self, row: Places, at_us: Int) -> Int:
        """Return from when on a path is up at or after an instant, as far as is known: shape of `row`."""
        since_us = np.minimum(self._since_us[row], self._was_us[row])
        cut = (since_us <= at_us) & (at_us < self._back_us[row]) & (self._cause[row] != TroubleCause.LOST_BEAT)
        return np.where(cut, self._back_us[row], at_us)

    def cut_until(self, row: int) -> tuple[int, int]:
        """Return until when a path is truly cut as far as is known, and by what: a lost beat cuts nothing."""
        return int(self._true_us[row]), int(self._cause[row])

    def back_us(self, row: int, until_us: int) -> int:
        """Return when a path that is cut until an instant is heard again."""
        return until_us + int(self._delay_us(np.array([row]), np.array([until_us]))[0])

    def passes(self, beats: Beats) -> Flags:
        """Return which beats come through."""
        row, at_us = beats.row, beats.at_us
        cut = (self._since_us[row] <= at_us) & (at_us < self._back_us[row])
        return ~cut & (beats.attempts > 0)

    def miss(self, beats: Beats) -> None:
        """Hold paths for silent whose beat, with all its repeats, was lost though nothing is cut: until the next."""
        lost = np.flatnonzero((beats.attempts == 0) & (self._since_us[beats.row] == NEVER_US))
        row, at_us = beats.row[lost], beats.at_us[lost]
        self._begin(row, at_us, np.full(len(row), TroubleCause.LOST_BEAT))
        self._until_us[row] = self._back_us[row] = at_us + self._paths.period_us[row]

    def lost(self, span: Span) -> Finding:
        """Return the paths that the receiver holds for lost in a slice."""
        row = self._cut
        due_us = self._heard_us[row] + self._paths.window_us[row]
        found = (self.lost_us[row] == NEVER_US) & (due_us < span.end_us) & (due_us < self._back_us[row])
        row, due_us = row[found], due_us[found]
        self.lost_us[row] = due_us
        return Finding(row, due_us, self._paths.window_us[row], self._since_us[row], self._cause[row])

    def back(self, span: Span) -> tuple[Finding, Flags]:
        """Return the paths that are heard again in a slice, and which of them were held for lost."""
        here = self._back_us[self._cut] < span.end_us
        row = self._cut[here]
        at_us, known = self._back_us[row], self.lost_us[row] != NEVER_US
        finding = Finding(row, at_us, at_us - self._heard_us[row], self._since_us[row], self._cause[row])
        self._cut = self._cut[~here]
        self._was_us[row] = self._since_us[row]
        self._since_us[row] = self.lost_us[row] = NEVER_US
        return finding, known

    def waited_us(self, finding: Finding) -> Int:
        """Return how long after the end of their trouble paths are heard again: shape of the finding."""
        waited_us: Int = finding.at_us - self._until_us[finding.row]
        return waited_us

    def _begin(self, row: Places, at_us: Int, cause: Int) -> None:
        phase_us, period_us = self._paths.phase_us[row], self._paths.period_us[row]
        beat_us = at_us - 1 - (at_us - 1 - phase_us) % period_us
        up = self._since_us[row] == NEVER_US  # else a lost beat, before which it was heard
        self._heard_us[row] = np.where(up, np.maximum(beat_us, self._back_us[row]), self._heard_us[row])
        self._since_us[row], self._cause[row], self._until_us[row] = at_us, cause, at_us
        self._was_us[row] = NEVER_US
        self._cut = np.concatenate([self._cut, row[up]])

    def _delay_us(self, row: Places, until_us: Int) -> Int:
        """Return how long after its end a trouble is over for the receiver: at least 1 µs."""
        luck = drawn(self._paths.key[row], RETURN, until_us)
        return 1 + (-np.log1p(-luck) * self._reconnect_us).astype(np.int64)
