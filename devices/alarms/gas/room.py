"""A room: the air of one kitchen and its sensor as they go on, from one change to the next.

Owns what holds now and the highest concentration so far. How both go on is `concentration`'s business, who changes them `episode`'s.
"""

from dataclasses import dataclass
from math import ceil, isinf

from devices.alarms.gas.concentration import CLEAN, Air, Level, after, crossing_s, reached_s
from sim.units import NEVER_US, SECOND_US


@dataclass(slots=True)
class Room:
    """One kitchen: the level at an instant, city time, µs, and the air that has held since. Concentrations in %LEL."""

    air: Air
    since_us: int
    level: Level = CLEAN
    peak: float = 0.0

    def at(self, at_us: int) -> Level:
        """Return the level at an instant, if nothing changes until then."""
        return after(self.level, self.air, (at_us - self.since_us) / SECOND_US)

    def change(self, at_us: int, *, release: float | None = None, air_changes: float | None = None) -> None:
        """Let other air hold from an instant on: release in %LEL a second, air changes a second; what is not given stays."""
        self._settle(at_us)
        self.air = Air(
            self.air.release if release is None else release,
            self.air.air_changes if air_changes is None else air_changes,
            self.air.lag_s,
        )

    def hold(self, at_us: int, gas: float) -> None:
        """Let the sensor see so much from an instant on, whatever the air: what a fault looks like."""
        self._settle(at_us)
        self.level = Level(gas, self.level.shown)
        self.air = self.air._replace(release=gas * self.air.air_changes)

    def crosses_us(self, threshold: float, *, rising: bool) -> int:
        """Return when what is shown first comes to lie on the other side of a threshold; NEVER_US if it never does."""
        return self._later_us(crossing_s(self.level, self.air, threshold, rising=rising))

    def reaches_us(self, threshold: float) -> int:
        """Return when the gas itself rises to a threshold; NEVER_US if it never does."""
        return self._later_us(reached_s(self.level, self.air, threshold))

    def _settle(self, at_us: int) -> None:
        """Take what holds at an instant for the beginning. Between two changes gas only rises or only falls, so the peak is at one."""
        self.level, self.since_us = self.at(at_us), at_us
        self.peak = max(self.peak, self.level.gas)

    def _later_us(self, seconds: float) -> int:
        return NEVER_US if isinf(seconds) else self.since_us + ceil(seconds * SECOND_US)
