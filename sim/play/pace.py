"""Pace: when an event that has its release should leave this process.

Owns the times of a run's sending side, by a clock that never steps, and the one shift between city time and wire time.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.clock import Clock
from sim.errors import UsageError
from sim.events.batches import WITHHELD
from sim.units import SECOND_US, nearest

MAX = math.inf


SLOWEST = 1e-6  # a city second in eleven days; what is slower was not meant, and its end is beyond any clock


def parse_speed(text: str) -> float:
    """Read `60`, `0.5` or `max` (infinity). Raises UsageError otherwise."""
    if text == "max":
        return MAX
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not (speed >= SLOWEST and math.isfinite(speed)):
        msg = f"{text!r} is not a speed{nearest(text, ['max'])}: write a number above 0, such as 60, or max"
        raise UsageError(msg)
    return speed


@dataclass(slots=True)
class Pace:
    """City time times `speed`, from a fixed moment on, so that lateness never accumulates; `max` waits for nothing.

    `start_us`, `end_us` bound the run in city time. `wall` is the clock (µs since 1970), an argument so that tests own time.
    """

    speed: float
    start_us: int
    end_us: int
    wall: Callable[[], int] = field(default_factory=Clock)
    began_us: int = field(default=0)

    def begin(self, lead_us: int = SECOND_US // 5) -> None:
        """Fix the moment at which the run starts: `lead_us` from now."""
        self.began_us = self.wall() + (0 if self.unpaced else lead_us)

    @property
    def unpaced(self) -> bool:
        """Return whether there is no due at all."""
        return math.isinf(self.speed)

    def due_us(self, release_us: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the wall clock at which events should leave: run start + (release - start) / speed, µs since 1970.

        Withheld events, which never leave, have WITHHELD. Raises ValueError at `max`, where nothing has a due.
        """
        if self.unpaced:
            msg = "at speed max there is no due"
            raise ValueError(msg)
        elapsed_us = np.where(release_us == WITHHELD, 0, release_us - self.start_us) / self.speed
        due_us = self.began_us + np.rint(elapsed_us).astype(np.int64)
        return np.where(release_us == WITHHELD, WITHHELD, due_us)

    def elapsed_s(self) -> float:
        """Return wall seconds since the run started, 0 before."""
        return (self.wall() - self.began_us) / SECOND_US if self.began_us else 0.0

    def city_now_us(self) -> int:
        """Return which city time has come, far away at `max`."""
        if self.unpaced:
            return np.iinfo(np.int64).max - 1
        return self.start_us + math.floor((self.wall() - self.began_us) * self.speed)

    def expected_end_us(self) -> int:
        """Return the wall clock at which the last event should leave."""
        return self.began_us + (0 if self.unpaced else round((self.end_us - self.start_us) / self.speed))

    def now_shift_us(self) -> int:
        """Return the shift that puts no event later than now, µs.

        At speed 1 and above the span ends at the expected end of the run, below it starts at the start; at `max` it ends
        at the moment of the start.
        """
        if self.speed >= 1:
            return self.expected_end_us() - self.end_us
        return self.began_us - self.start_us
