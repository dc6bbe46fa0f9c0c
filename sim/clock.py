"""Clocks: the machine's wall clock, which anybody may set, and one that never steps.

Owns the notice of a step. What a step spoils is the judge's business.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.units import SECOND_US

# Below this a difference is taken for the two clocks' own; NTP steps from an eighth of a second on.
STEP_US = SECOND_US


def wall_us() -> int:
    """Return the machine's wall clock as µs since 1970."""
    return time.time_ns() // 1_000


def monotonic_us() -> int:
    """Return µs since some moment; never goes back, and nobody sets it."""
    return time.monotonic_ns() // 1_000


@dataclass(slots=True)
class Clock:
    """Call it for wall time that does not step: the wall clock as it was at first plus what has passed since, µs since 1970.

    `step_us` is the furthest that the machine's own wall clock was found apart from it, 0 while that is less than a second: it was
    set, or the machine slept.
    """

    wall: Callable[[], int] = wall_us
    monotonic: Callable[[], int] = monotonic_us
    step_us: int = 0
    _origin_us: int = field(init=False)

    def __post_init__(self) -> None:
        """Read both clocks."""
        self._origin_us = self.wall() - self.monotonic()

    def __call__(self) -> int:
        """Return the wall time."""
        return self._origin_us + self.monotonic()

    def look(self) -> None:
        """Compare the two clocks; call it a few times a second."""
        apart_us = self.wall() - self()
        if abs(apart_us) >= STEP_US and abs(apart_us) > abs(self.step_us):
            self.step_us = apart_us
