"""News: what the centre comes to know and the public should hear of, left for publication.

Owns the columns. Whom it reaches, how and when is `publication`'s business.
"""

from array import array

import numpy as np
from numpy.typing import NDArray

WIDTH = 3


class News:
    """News not yet published: `add` leaves when the centre knew (µs), an index into SOURCE_KIND, and the line's number in the network."""

    __slots__ = ("_flat",)

    def __init__(self) -> None:
        """Start empty."""
        self._flat = array("q")

    def add(self, known_us: int, source_kind: int, line: int) -> None:
        """Leave one piece of news."""
        self._flat.extend((known_us, source_kind, line))

    def take(self, end_us: int) -> NDArray[np.int64]:
        """Return and forget the news known before an instant, in order of that: shape (n, 3)."""
        rows = np.array(self._flat, dtype=np.int64).reshape(-1, WIDTH)
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        due = rows[:, 0] < end_us
        self._flat = array("q", rows[~due].tobytes())
        return rows[due]
