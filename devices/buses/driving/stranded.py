"""Stranded riders: those who still wait at a stop although a bus has been there.

Owns who has waited longest and who gives up. How many board is the riders' business.
"""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stranded:
    """Groups of (until when they wait, µs, how many), in the order in which they came."""

    groups: deque[tuple[int, int]] = field(default_factory=deque)

    def add(self, until_us: int, count: int) -> None:
        """Let a group wait behind the others."""
        if count:
            self.groups.append((until_us, count))

    def give_up(self, now_us: int) -> int:
        """Take away the groups whose patience is over; return how many riders that are."""
        gone = sum(count for until_us, count in self.groups if until_us <= now_us)
        if gone:
            self.groups = deque(group for group in self.groups if group[0] > now_us)
        return gone

    def take(self, count: int) -> int:
        """Let so many board, those first who came first; return how many of them were not among these."""
        while count and self.groups:
            until_us, waiting = self.groups.popleft()
            if waiting > count:
                self.groups.appendleft((until_us, waiting - count))
            count = max(count - waiting, 0)
        return count
