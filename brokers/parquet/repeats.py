"""Repeats: rows that a broker delivers again are stored once.

Owns the memory of what was stored last. An MQTT session has at most 65,535 messages unacknowledged, for that is how many packet
numbers there are; only they are delivered again, so no repeat lies further back than so many rows.
"""

from collections import deque
from collections.abc import Iterable, Sequence

import polars as pl

KEY = ("run", "district", "t")  # with the kind, what tells an event from every other
UNACKNOWLEDGED = 65_535


class Recent:
    """The keys of the rows of one kind that were stored last."""

    def __init__(self, stored: Iterable[pl.DataFrame] = ()) -> None:
        """Remember what is stored already, oldest first."""
        self._keys: deque[pl.DataFrame] = deque()
        self._rows = 0
        for frame in stored:
            self.add(frame)

    def unseen(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows that are not stored yet, each once, in their order."""
        distinct = frame.unique(KEY, keep="first", maintain_order=True)
        since = distinct.get_column("t").min()
        near = [near for keys in self._keys if (near := keys.filter(pl.col("t") >= since)).height]
        return distinct.join(pl.concat(near), on=KEY, how="anti", maintain_order="left") if near else distinct

    def add(self, frame: pl.DataFrame) -> None:
        """Remember rows that are stored now, and forget those that lie too far back."""
        self._keys.append(frame.select(KEY))
        self._rows += frame.height
        while self._rows - self._keys[0].height >= UNACKNOWLEDGED:
            self._rows -= self._keys.popleft().height


def last_rows(heights: Sequence[int]) -> int:
    """Return how many of the last parts, given their rows in order, a memory needs."""
    total = 0
    for count, height in enumerate(reversed(heights)):
        if total >= UNACKNOWLEDGED:
            return count
        total += height
    return len(heights)
