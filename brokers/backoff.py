"""When to try again what has failed: later each time, with jitter.

Owns the delays. The clock is an argument; what is tried, and when to stop trying, is the caller's.
"""

import random
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backoff:
    """Delays that begin at `first_s` and double up to `longest_s`; every `now_s` is the monotonic clock.

    Each is drawn from half to all of its length: clients that lost one server at one moment shall not return at one moment.
    """

    first_s: float
    longest_s: float
    rng: random.Random = field(default_factory=random.Random)
    _delay_s: float = 0.0
    _due_s: float = 0.0

    def failed(self, now_s: float) -> None:
        """Note a failure: the next try is due after twice the last delay."""
        self._due_s = now_s + self.next_s()

    def next_s(self) -> float:
        """Draw the next delay, for those who sleep it."""
        self._delay_s = min(self._delay_s * 2, self.longest_s) or self.first_s
        return self._delay_s * self.rng.uniform(0.5, 1.0)

    def wait_s(self, now_s: float) -> float:
        """Return how long to wait before the next try (0: it is due)."""
        return max(self._due_s - now_s, 0.0)

    def reset(self) -> None:
        """Note a success: the next try is due at once, and the next delay is the first again."""
        self._delay_s = self._due_s = 0.0
