"""Running times: from the timetable to how long the next trip really takes between its stops.

Owns the random factors of legs, trips and hours, storms, and the irregularity of departures. Dwell is the riders'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray

from devices.buses.parameters import RunningParameters
from sim.incidents import Occurrence
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US

Real = NDArray[np.float64]

# Timetables give little time to some legs; no bus drives one in less than this share of it.
LEAST_SHARE = 0.4
# Departures scatter as a gamma of this shape: rarely much too early, sometimes much too late (assumption).
DEPARTURE_SHAPE = 2.5
EARLIEST = 1.4  # the gamma's origin lies so many of its scales before the planned time: about one in twenty leaves a minute early
HOURS_OF_DAY = DAY_US // HOUR_US


@dataclass(slots=True)
class Running:
    """The running times of one line.

    Paces of hours come from streams named by day, so a day's paces never depend on what ran before.
    """

    parameters: RunningParameters
    streams: Streams
    rng: np.random.Generator
    storms: Sequence[Occurrence]
    _day: int = -1
    _paces: Real = field(default_factory=lambda: np.ones(HOURS_OF_DAY + 1))

    def drive_us(self, planned_us: Real, depart_us: int) -> list[int]:
        """Return how long a trip that starts now takes from each place to the next, given what the timetable leaves for driving."""
        parameters = self.parameters
        draws = self.rng.standard_normal(len(planned_us) + 1)
        pace = self._pace(depart_us) * exp(parameters.trip_cv * float(draws[-1]) - parameters.trip_cv**2 / 2)
        factors = pace * np.exp(parameters.leg_cv * draws[:-1] - parameters.leg_cv**2 / 2)
        times: list[int] = (planned_us * factors).astype(np.int64).tolist()
        return times

    def departure_us(self, headway_us: int) -> int:
        """Return how much later than planned a driver leaves the terminal of his own accord; negative is early.

        Two consecutive departures differ by two such draws, so each has 1/√2 of the headway's deviation.
        """
        spread_us = self.parameters.departure_cv * min(headway_us, self.parameters.departure_reach) / sqrt(2)
        draw = self.rng.gamma(DEPARTURE_SHAPE) - EARLIEST
        return int(draw * spread_us / sqrt(DEPARTURE_SHAPE))

    def slowdown(self, at_us: int) -> float:
        """Return the factor by which a storm stretches running times now (1 for none)."""
        worst = max((storm.severity for storm in self.storms if storm.start_us <= at_us < storm.end_us), default=0.0)
        return 1.0 + worst * (self.parameters.storm_slowdown - 1.0)

    def _pace(self, at_us: int) -> float:
        """Return the pace of the hour, changing gradually so that consecutive trips share it."""
        day, within_us = divmod(at_us, DAY_US)
        if day != self._day:
            self._day = day
            cv = self.parameters.hour_cv
            today, tomorrow = (self.streams.child("hours", number).standard_normal(HOURS_OF_DAY) for number in (day, day + 1))
            self._paces = np.exp(cv * np.append(today, tomorrow[0]) - cv * cv / 2)
        hour, rest_us = divmod(within_us, HOUR_US)
        share = rest_us / HOUR_US
        return float(self._paces[hour] * (1 - share) + self._paces[hour + 1] * share)


def planned_drive_us(arrive_us: NDArray[np.int64], dwell_us: Real) -> Real:
    """Return what a timetable leaves for driving each leg, µs: arrivals less the dwell expected before: shape (stops - 1,)."""
    legs = np.diff(arrive_us).astype(np.float64)
    dwell = dwell_us[: len(legs)].copy()
    dwell[0] = 0.0  # the terminal's dwell ends with the departure that the timetable names
    result: Real = np.maximum(legs - dwell, LEAST_SHARE * legs)
    return result
