"""Gates: who passes when, as columns. A station's gates take riders in turn, either way; each needs its time between two of them.

Owns queues at gates. Who comes is the business of those who call.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Int

_APART_US = 10**13  # more than the gates of one slice are apart in time: keeps the queue of each gate to itself


@dataclass(slots=True)
class Gates:
    """The gates of all stations, `count` (n,) at each, numbered station by station."""

    count: Int
    _first: Int = field(init=False)
    _turn: Int = field(init=False)
    _free_us: Int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nobody at any gate."""
        self._first = np.cumsum(self.count) - self.count
        self._turn = np.zeros(len(self.count), dtype=np.int64)
        self._free_us = np.zeros(int(self.count.sum()), dtype=np.int64)

    def take(self, station: Int, at_us: Int, gap_us: Int) -> tuple[Int, Int]:
        """Return when riders who reach the gates of a station pass, and by which gate: shape (k,) each.

        After a passage a gate is busy for the rider's own gap. Call with later and later riders: who came first, passes first.
        """
        order = np.lexsort((at_us, station))
        gate = np.empty(len(station), dtype=np.int64)
        gate[order] = self._in_turn(station[order])
        order = np.lexsort((at_us, gate))
        passed_us = np.empty(len(station), dtype=np.int64)
        passed_us[order] = self._queued(gate[order], at_us[order], gap_us[order])
        return passed_us, gate

    def _in_turn(self, station: Int) -> Int:
        """Return the gate of riders sorted by station and time."""
        came = np.bincount(station, minlength=len(self.count))
        rank = np.arange(len(station)) - np.repeat(np.cumsum(came) - came, came)
        gate: Int = self._first[station] + (self._turn[station] + rank) % self.count[station]
        self._turn = (self._turn + came) % self.count
        return gate

    def _queued(self, gate: Int, at_us: Int, gap_us: Int) -> Int:
        """Return the passages of riders sorted by gate and time: at the latest of the arrivals so far plus the gaps since (Lindley)."""
        if not len(gate):
            return at_us
        starts = np.flatnonzero(np.diff(gate, prepend=-1))
        queue = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(gate)))
        before_us = np.cumsum(gap_us) - gap_us
        before_us -= before_us[starts][queue]
        ready_us = at_us - before_us
        ready_us[starts] = np.maximum(ready_us[starts], self._free_us[gate[starts]])
        apart_us = queue * _APART_US
        passed_us: Int = before_us + np.maximum.accumulate(ready_us + apart_us) - apart_us
        ends = np.append(starts[1:], len(gate)) - 1
        self._free_us[gate[ends]] = passed_us[ends] + gap_us[ends]
        return passed_us
