"""The scene of episodes: their homes and who is in them, what a detector and its valve say there, and to whom alarms are reported.

Owns the rows of a detector with a case. When something is said is `episode`'s business; clean air is sampled by `detectors`.
"""

from dataclasses import dataclass

import numpy as np

from devices.alarms.gas import figures
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.concentration import Level
from devices.alarms.gas.detectors import Detectors
from devices.alarms.gas.kinds import GAS_SAMPLE, VALVE_STATE
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Reach
from sim.city.site import Site

NOT_CLOSED = float("nan")


@dataclass(frozen=True, slots=True)
class Scene:
    """Where episodes happen; a `row` is that of a detector."""

    site: Site
    register: Register
    detectors: Detectors
    parameters: GasParameters

    def unit(self, row: int) -> int:
        """Return the number of a detector among all units."""
        return int(self.detectors.unit[row])

    def home(self, row: int) -> str:
        """Return the id of the home in which a detector hangs."""
        return self.register.home(self.unit(row))

    def district(self, row: int) -> str:
        """Return the district of a detector."""
        return self.register.district(self.unit(row))

    def reach(self, row: int) -> Reach:
        """Return how a detector reaches the receiver now, or what keeps it."""
        return self.detectors.supervision.reach(self.unit(row))

    def sample(self, row: int, shown: GasLevel, level: Level, *, gas_percent: float) -> None:
        """Leave a sample now, unless the detector is cut off."""
        unit, now_us = self.unit(row), self.site.now_us
        _, way_us = self.detectors.supervision.way(np.array([unit]), np.array([now_us]))
        if int(way_us[0]) > now_us:
            return
        self.site.record(
            GAS_SAMPLE,
            self.detectors.supervision.device(unit),
            gas_level=shown,
            home=self.home(row),
            lel_percent=level.shown,
            valve_open=bool(self.detectors.valve[row] == Valve.OPEN),
            gas_percent=gas_percent,
        )

    def turn(self, row: int, valve: Valve, alarm_id: str, after_s: float = NOT_CLOSED) -> None:
        """Let a valve do something else from now on, and say so."""
        self.detectors.turn(row, valve)
        device = self.detectors.supervision.device(self.unit(row))
        self.site.record(VALVE_STATE, device, valve=valve, home=self.home(row), alarm_id=alarm_id, closed_after_s=after_s)

    def reaction_us(self, row: int) -> int | None:
        """Return how long those at home take to react in the median, awake or asleep; None where nobody is at home."""
        days, district, home = self.site.days, self.district(row), self.detectors.home[[row]]
        if days.empty(district, self.site.now_us, home)[0]:
            return None
        asleep = bool(days.asleep(district, self.site.now_us, home).all())
        return (figures.REACTION_ASLEEP if asleep else figures.REACTION).us
