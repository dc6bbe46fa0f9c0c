"""The stretches of numbers that came from one device, where it did not bring them all in order.

Owns joining and bounding them. Devices without gaps need none of it: see `brokers.ingest.duplicates`.
"""

from array import array
from bisect import bisect_right

import numpy as np

BEYOND = int(np.iinfo(np.int64).max)
MOST_OF_ONE = 16_384  # of one device: inserting moves what follows, and a stranger may leave gaps on purpose


class Stretches:
    """Stretches of whole numbers from 0 on, first and last of each, in rising order; the one that took the newest number grows."""

    __slots__ = ("_firsts", "_growing", "_lasts")

    def __init__(self, first: int, last: int) -> None:
        """Start with first..last, or with none where last is before first."""
        self._firsts = array("q", [first] if last >= first else [])
        self._lasts = array("q", [last] if last >= first else [])
        self._growing = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._firsts)

    @property
    def begins(self) -> int:
        """Return where the first one begins."""
        return self._firsts[0]

    def grow_to(self, last: int) -> None:
        """Note that the growing stretch has come to end there."""
        if self._lasts:
            self._lasts[self._growing] = last

    def room(self) -> tuple[int, int]:
        """Return where the growing stretch ends and the next one begins."""
        after = self._growing + 1
        return self._lasts[self._growing], self._firsts[after] if after < len(self._firsts) else BEYOND

    def add(self, number: int) -> bool:
        """Take a number; return whether it is new."""
        firsts, lasts = self._firsts, self._lasts
        place = bisect_right(firsts, number)  # the stretch before it, if any, is the one at place - 1
        if place and number <= lasts[place - 1]:
            return False
        joins_before = place > 0 and lasts[place - 1] == number - 1
        joins_after = place < len(firsts) and firsts[place] == number + 1
        if joins_before and joins_after:
            lasts[place - 1] = lasts.pop(place)
            firsts.pop(place)
        elif joins_before:
            lasts[place - 1] = number
        elif joins_after:
            firsts[place] = number
        else:
            firsts.insert(place, number)
            lasts.insert(place, number)
        self._growing = place - joins_before
        self._bound()
        return True

    def _bound(self) -> None:
        """Forget the lowest half where there are too many: what comes again from there counts as new."""
        if len(self._firsts) > MOST_OF_ONE:
            half = MOST_OF_ONE // 2
            del self._firsts[:half], self._lasts[:half]
            self._growing = max(self._growing - half, 0)
