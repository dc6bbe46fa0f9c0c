"""Which deliveries are of an event already received: told from (device, seq) in memory bounded by the number of devices.

Owns one window for each device, as in the anti-replay window of RFC 4303, section 3.4.3.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# A device's messages come in order unless a fault or a reconnect moved them; a repeat is never so far ahead, and an
# event that comes first this far behind its device's newest would be taken for a repeat.
WINDOW = 64


class Duplicates:
    """Remembers of each device the highest seq and which of the 63 before it came. Older ones count as repeats.

    Memory: 16 bytes and one dictionary entry a device.
    """

    def __init__(self) -> None:
        """Start with no device known."""
        self._codes: dict[str, int] = {}
        self._highest = np.zeros(0, dtype=np.int64)
        self._came = np.zeros(0, dtype=np.uint64)  # bit i: highest - i came

    def mark(self, devices: Iterable[str], seq: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which rows are repeats of a row before, in this call or an earlier one; shape (n,)."""
        codes = self._codes
        device = np.fromiter((codes.setdefault(name, len(codes)) for name in devices), dtype=np.int64, count=len(seq))
        self._grow(len(codes))
        order = np.lexsort((seq, device))
        same = (np.diff(device[order]) == 0) & (np.diff(seq[order]) == 0)
        repeat = np.zeros(len(seq), dtype=np.bool_)
        repeat[order[1:][same]] = True  # lexsort is stable: the first delivery of the block comes first
        behind = self._highest[device] - seq
        within = (behind >= 0) & (behind < WINDOW)
        repeat |= behind >= WINDOW
        repeat[within] |= (self._came[device[within]] >> behind[within].astype(np.uint64)) & np.uint64(1) == 1
        self._note(device, seq)
        return repeat

    def _grow(self, size: int) -> None:
        if size > len(self._highest):
            room = max(size, 2 * len(self._highest))
            highest = np.full(room, -1, dtype=np.int64)
            came = np.zeros(room, dtype=np.uint64)
            highest[: len(self._highest)], came[: len(self._came)] = self._highest, self._came
            self._highest, self._came = highest, came

    def _note(self, device: NDArray[np.int64], seq: NDArray[np.int64]) -> None:
        touched = np.unique(device)
        before = self._highest[touched]
        np.maximum.at(self._highest, device, seq)
        shift = self._highest[touched] - before
        kept = self._came[touched] << np.minimum(shift, WINDOW - 1).astype(np.uint64)
        self._came[touched] = np.where(shift < WINDOW, kept, np.uint64(0))
        behind = self._highest[device] - seq
        near = behind < WINDOW
        np.bitwise_or.at(self._came, device[near], np.uint64(1) << behind[near].astype(np.uint64))
