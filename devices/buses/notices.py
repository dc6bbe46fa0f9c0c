"""Notices: what the centre comes to know and the public should hear of, left for publication.

Owns the columns. Whom it reaches, how and when is `publication`'s business.
"""

from array import array

import numpy as np
from numpy.typing import NDArray

WIDTH = 3


class Notices:
    """The notices of the slice under way.

    `add` leaves when the centre knew (µs), the SourceKind, and the line's number in the network.
    """

    __slots__ = ("_flat",)

    def __init__(self) -> None:
        """Start empty."""
        self._flat = array("q")

    def add(self, known_us: int, source_kind: int, line: int) -> None:
        """Leave one notice."""
        self._flat.extend((known_us, source_kind, line))

    def between(self, start_us: int, end_us: int) -> NDArray[np.int64]:
        """Return the notices known in a slice, each once, in order of time: shape (n, 3); forget what is older."""
        rows = np.array(self._flat, dtype=np.int64).reshape(-1, WIDTH)
        rows = rows[rows[:, 0] >= start_us]
        self._flat = array("q", rows.tobytes())
        return np.unique(rows[rows[:, 0] < end_us], axis=0)
