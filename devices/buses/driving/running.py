"""Running times: from the timetable to how long the next trip really takes between its stops.

Owns the random factors of legs, trips and hours, storms, and the irregularity of departures. Dwell is the riders'.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, sqrt

import numpy as np

from devices.buses.parameters import RunningParameters
from sim.arrays import Int, Real
from sim.city.incidents import Occurrence
from sim.figures import Figure
from sim.streams import Streams
from sim.units import DAY_US, HOUR_US

EARLY_PART = Figure(
    "part of the stretch of ordinary departures that lies before the planned time",
    value=0.18,
    unit="share",
    source="assumption: they are spread evenly",
    low=0,
    high=0.5,
)
RUNNING_FIGURES = (EARLY_PART,)

UNIFORM_SIGMAS = sqrt(12)  # the width of an even spread over its standard deviation
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
    _day: int | None = None
    _paces: Real = field(default_factory=lambda: np.ones(HOURS_OF_DAY + 1))

    def drive_us(self, planned_us: Int, least_us: Int, depart_us: int, late_us: int) -> list[int]:
        """Return how long a trip that starts now takes from each place to the next, given what is planned and the least possible, µs.

        A driver who is late makes up as much of it as he can over the whole trip.
        """
        parameters = self.parameters
        draws = self.rng.standard_normal(len(planned_us) + 1)
        pace = self._pace(depart_us) * exp(parameters.trip_cv * float(draws[-1]) - parameters.trip_cv**2 / 2)
        pace *= 1.0 - min(parameters.recovery, max(late_us, 0) / max(int(planned_us.sum()), 1))
        factors = pace * np.exp(parameters.leg_cv * draws[:-1] - parameters.leg_cv**2 / 2)
        times: list[int] = np.maximum((planned_us * factors).astype(np.int64), least_us).tolist()
        return times

    def departure_us(self, headway_us: int) -> int:
        """Return how much later than planned a driver leaves the terminal of his own accord; negative is early.

        Two consecutive departures differ by two such draws, so each has 1/√2 of the headway's deviation. What of it is more than the widest
        spread of ordinary departures comes from a few that are held up, by times that are exponential.
        """
        parameters = self.parameters
        sigma_us = parameters.departure_sigma_us(headway_us)
        width_us = min(sigma_us * UNIFORM_SIGMAS, float(parameters.departure_window))
        even, held_up, wait = self.rng.random(), self.rng.random(), self.rng.exponential()
        late_us = (even - float(EARLY_PART)) * width_us
        share = parameters.held_up_share
        if held_up < share:
            # Exponential with a share p, nought otherwise: its variance is p (2 - p) times the square of the exponential's mean.
            late_us += wait * sqrt(max(0.0, sigma_us**2 - (width_us / UNIFORM_SIGMAS) ** 2) / (share * (2 - share)))
        return int(late_us)

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


def planned_drive_us(arrive_us: Int, depart_us: Int, dwell_us: Real, least_us: Int) -> Int:
    """Return what a timetable leaves for driving each leg, µs: shape (stops - 1,).

    That is the time until the next arrival less the dwell expected before, but never less than `least_us`: a bus that has lost time to a
    stop or a leg makes it up on the next legs that have some. Where the timetable has a stay, no bus leaves before it is over.
    """
    legs = len(least_us)
    passed = np.zeros(2 * legs, dtype=np.int64)  # least time from each departure to the next arrival, and from that to the next departure
    stays_us, steps_us = dwell_us[1:legs].astype(np.int64), least_us.copy()
    steps_us[1:] += stays_us
    np.cumsum(steps_us, out=passed[1::2])
    passed[2::2] = passed[1:-1:2] + stays_us
    due = np.empty(2 * legs, dtype=np.int64)
    due[::2], due[1::2] = depart_us[:-1], arrive_us[1:]
    clock_us = np.maximum.accumulate(due - passed) + passed
    return clock_us[1::2] - clock_us[::2]
