"""When to try an absent store again.

Owns the delays. What is tried is the caller's.
"""

import random
import time

FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 5.0


class Retry:
    """When to try an absent store again: after a quarter of a second, then twice as long each time, with jitter."""

    def __init__(self) -> None:
        """Start with a store that is up."""
        self._jitter = random.Random(id(self))
        self._delay_s = FIRST_DELAY_S
        self._not_before = 0.0

    def due(self) -> bool:
        """Return whether the store may be tried now."""
        return time.monotonic() >= self._not_before

    def put_off(self) -> None:
        """Note a failure."""
        self._not_before = time.monotonic() + self._delay_s * self._jitter.uniform(0.5, 1.0)
        self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)

    def reset(self) -> None:
        """Note a success."""
        self._delay_s = FIRST_DELAY_S
        self._not_before = 0.0
