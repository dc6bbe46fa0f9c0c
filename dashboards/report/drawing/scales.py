"""Scales: values to pixels, and where the ticks stand.

Owns arithmetic of axes. Drawing is `charts`' business.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.city.calendar import Calendar
from sim.units import DAY_US, HOUR_US, MINUTE_US

STEPS_US = tuple(
    step * unit for unit, steps in ((MINUTE_US, (1, 2, 5, 10, 15, 30)), (HOUR_US, (1, 2, 3, 6, 12)), (DAY_US, (1, 2, 7))) for step in steps
)
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Linear:
    """Maps low..high to pixels first..last."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.first + (value - self.low) / ((self.high - self.low) or 1) * (self.last - self.first)


@dataclass(frozen=True, slots=True)
class Logarithmic:
    """Maps low..high (above 0) to pixels first..last by their logarithm; lower values stand at the edge."""

    low: float
    high: float
    first: float
    last: float

    def __call__(self, value: float) -> float:
        """Return the pixel of a value."""
        part = math.log(max(value, self.low) / self.low) / (math.log(self.high / self.low) or 1)
        return self.first + part * (self.last - self.first)


Scale = Linear | Logarithmic


def nice_ticks(high: float, most: int) -> list[float]:
    """Return at most `most` + 1 round values from 0 to the first one at or above `high`."""
    if high <= 0:
        return [0.0, 1.0]
    rough = high / most
    power = 10 ** math.floor(math.log10(rough))
    step = next(nice * power for nice in NICE if nice * power >= rough * 0.999)
    return [number * step for number in range(math.ceil(high / step - 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return the powers of ten that enclose low..high."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def clock_ticks(start_us: int, end_us: int, calendar: Calendar, most: int = 9) -> Iterator[tuple[int, str]]:
    """Yield instants on round local times with their labels; midnight carries its date."""
    step_us = next((step for step in STEPS_US if (end_us - start_us) / step <= most), STEPS_US[-1])
    midnight_us = calendar.day_start_us(start_us)
    at_us = midnight_us + -(-(start_us - midnight_us) // step_us) * step_us
    while at_us <= end_us:
        local = calendar.local(at_us)
        whole_day = not (local.hour or local.minute)
        yield at_us, f"{local:%a} {local.day} {local:%b}" if whole_day else f"{local:%H:%M}"
        at_us += step_us
