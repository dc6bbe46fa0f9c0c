"""Concentration: gas in a kitchen and what a sensor shows of it, in closed form between two changes of release or ventilation.

Owns the mathematics. V dC/dt = G - Q C for air that is well mixed, and T dS/dt = C - S for a sensor of first order: with u = C - G/Q,
C = G/Q + u exp(-Q/V t) and S = G/Q + a exp(-Q/V t) + b exp(-t/T), where a = u / (1 - T Q/V) and b = S(0) - G/Q - a.
When something changes is the business of those who change it. Concentrations are in percent of the lower explosive limit.
"""

from collections.abc import Callable
from math import exp, inf, log
from typing import NamedTuple

DIED_AWAY = 50.0  # time constants after which nothing is left of an exponential
HALVINGS = 80  # of an interval that holds a crossing: below 1 µs for any


class Air(NamedTuple):
    """What holds between two changes: release over volume (%LEL a second), air changes a second, and the sensor's time constant, s."""

    release: float
    air_changes: float
    lag_s: float


class Level(NamedTuple):
    """How much gas there is, and how much the sensor shows, %LEL."""

    gas: float
    shown: float


CLEAN = Level(0.0, 0.0)


def after(level: Level, air: Air, seconds: float) -> Level:
    """Return the level so many seconds later, while the air stays as it is."""
    limit, slow, fast = _parts(level, air)
    fades, follows = exp(-air.air_changes * seconds), exp(-seconds / air.lag_s)
    return Level(limit + (level.gas - limit) * fades, limit + slow * fades + fast * follows)


def reached_s(level: Level, air: Air, threshold: float) -> float:
    """Return after how many seconds the gas itself rises to a threshold; inf if it never does."""
    limit = air.release / air.air_changes
    if level.gas >= threshold:
        return 0.0
    if limit <= threshold:
        return inf
    return log((limit - level.gas) / (limit - threshold)) / air.air_changes


def crossing_s(level: Level, air: Air, threshold: float, *, rising: bool) -> float:
    """Return after how many seconds what is shown first comes to lie on the other side of a threshold; inf if it never does."""
    sign = 1.0 if rising else -1.0

    def beyond(seconds: float) -> bool:
        return sign * (after(level, air, seconds).shown - threshold) >= 0.0

    begin = 0.0
    for end in (*_turning(level, air), DIED_AWAY * max(1.0 / air.air_changes, air.lag_s)):
        if not beyond(begin) and beyond(end):
            return _bisected(begin, end, beyond)
        begin = end
    return inf


def percent_a_second(release_m3_h: float, volume_m3: float, lel_percent: float) -> float:
    """Return a release of gas into a volume in %LEL a second; `lel_percent` is the limit in percent of the volume."""
    return release_m3_h / 3_600 / volume_m3 * 100.0 / (lel_percent / 100.0)


def _parts(level: Level, air: Air) -> tuple[float, float, float]:
    """Return the limit, and the amplitudes of the slow and the fast exponential of what is shown."""
    limit = air.release / air.air_changes
    slow = (level.gas - limit) / (1.0 - air.lag_s * air.air_changes)
    return limit, slow, level.shown - limit - slow


def _turning(level: Level, air: Air) -> tuple[float, ...]:
    """Return when what is shown turns, once at most: where its derivative is 0."""
    _, slow, fast = _parts(level, air)
    falls, follows = -slow * air.air_changes, fast / air.lag_s
    if falls * follows <= 0.0:
        return ()
    turning = log(follows / falls) / (1.0 / air.lag_s - air.air_changes)
    return (turning,) if turning > 0.0 else ()


def _bisected(begin: float, end: float, beyond: Callable[[float], bool]) -> float:
    """Return where an interval goes beyond: its own end of the last halving, so that it is beyond there."""
    for _ in range(HALVINGS):
        middle = (begin + end) / 2.0
        begin, end = (begin, middle) if beyond(middle) else (middle, end)
    return end
