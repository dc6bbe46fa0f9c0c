"""Which deliveries are of an event already received: told exactly from (topic, seq), however late one comes or far ahead.

Owns the stretches of seq that each device has brought. Where memory ends they are forgotten, which may count a repeat as new but
never a new event as a repeat.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from brokers.ingest.stretches import BEYOND, Stretches

MOST_DEVICES = 1_000_000  # some 200 bytes each; a stranger may invent more, and then all start anew
MOST_STRETCHES = 1_000_000  # of devices with more than one: 16 bytes each, and 400 for such a device


class Duplicates:
    """Remembers of each device which seqs came; a device is what counts for itself: its topic, for it counts each kind apart.

    A device that brings its events in order has one stretch, three numbers in columns. One with gaps has a list of stretches beside,
    and is looked at row by row until it goes on in order.
    """

    def __init__(self) -> None:
        """Start with no device known."""
        self._start()

    def _start(self) -> None:
        self._codes: dict[str, int] = {}
        self._first = np.zeros(0, dtype=np.int64)  # of a device with one stretch
        self._last = np.zeros(0, dtype=np.int64)  # where the stretch that grows ends; one before its start when it is empty
        self._ceiling = np.zeros(0, dtype=np.int64)  # where the next stretch begins
        self._gaps: dict[int, Stretches] = {}
        self._stretches = 0

    def __contains__(self, device: str) -> bool:
        """Return whether an event of a device has come."""
        return device in self._codes

    def mark(self, devices: Iterable[str], seq: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows are repeats of a row before, in this call or an earlier one; shape (n,), seq from 0 on."""
        self._forget_when_full()
        codes = self._codes
        device = np.fromiter((codes.setdefault(name, len(codes)) for name in devices), dtype=np.int64, count=len(seq))
        self._grow(len(codes))
        repeat = np.zeros(len(seq), dtype=np.bool_)
        if not len(seq):
            return repeat
        order = np.lexsort((seq, device))  # stable: the first delivery of the block comes first
        by_device, ordered = device[order], seq[order]
        starts = np.flatnonzero(np.diff(by_device, prepend=-1))
        ends = np.append(starts[1:], len(seq))
        plain = self._go_on(by_device, ordered, starts, ends)
        for first, end in zip(starts[~plain].tolist(), ends[~plain].tolist(), strict=True):
            repeat[order[first:end]] = self._one_by_one(int(by_device[first]), ordered[first:end].tolist())
        return repeat

    def _go_on(
        self, by_device: NDArray[np.int64], ordered: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Lengthen the stretches of devices that bring just what comes next; return which devices do: shape (len(starts),)."""
        before = np.empty_like(ordered)
        before[1:] = ordered[:-1]
        touched = by_device[starts]
        before[starts] = self._last[touched]
        plain = np.logical_and.reduceat(ordered == before + 1, starts) & (ordered[ends - 1] < self._ceiling[touched])
        self._last[touched[plain]] = ordered[ends[plain] - 1]
        return plain

    def _one_by_one(self, device: int, seqs: Sequence[int]) -> list[bool]:
        """Return which of a device's seqs, in rising order, are repeats."""
        last = int(self._last[device])
        stretches = self._gaps.pop(device, None)
        self._stretches -= len(stretches or ())
        stretches = stretches or Stretches(int(self._first[device]), last)
        stretches.grow_to(last)
        repeats = [not stretches.add(seq) for seq in seqs]
        self._last[device], self._ceiling[device] = stretches.room()
        if len(stretches) == 1:
            self._first[device] = stretches.begins
        else:
            self._gaps[device] = stretches
            self._stretches += len(stretches)
        return repeats

    def _grow(self, size: int) -> None:
        if size > len(self._last):
            more = max(size, 2 * len(self._last)) - len(self._last)
            self._first = np.concatenate([self._first, np.zeros(more, dtype=np.int64)])
            self._last = np.concatenate([self._last, np.full(more, -1, dtype=np.int64)])
            self._ceiling = np.concatenate([self._ceiling, np.full(more, BEYOND, dtype=np.int64)])

    def _forget_when_full(self) -> None:
        if len(self._codes) > MOST_DEVICES or self._stretches > MOST_STRETCHES:
            self._start()
