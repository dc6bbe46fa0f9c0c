"""Patience: how long a count may stand still before nothing more is expected of it.

Owns the waiting's end, not the waiting.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class Patience:
    """Tells when a count has not changed for so many seconds."""

    quiet_s: float
    _count: int = -1
    _since_s: float = 0.0

    def over(self, count: int, now_s: float) -> bool:
        """Return whether the count has been the same for so long, once for each such time."""
        if count != self._count:
            self._count, self._since_s = count, now_s
        ended = now_s - self._since_s > self.quiet_s
        self._since_s = now_s if ended else self._since_s
        return ended
