"""What detects a bus as it leaves a stop, and when the centre hears of it: drawn once for each trip.

Owns the detection of departures, which dispatchers act on while the city runs. All other reports are `arrivals.py`'s.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.pattern_stops import PatternStops
from devices.buses.parameters import SensorParameters
from sim.arrays import Int
from sim.figures import Figure
from sim.toolkit.draws import lognormal
from sim.units import NEVER_US

REPORT_SIGMA = Figure("spread of a report's delay, sigma of its logarithm", value=0.6, unit="ratio", low=0.2, high=1)
QUICK_LAG = Figure("longest lag of a beacon or a door contact", value=1, unit="s", low=0.1, high=5)
SENSING_FIGURES = (REPORT_SIGMA, QUICK_LAG)


@dataclass(slots=True)
class Sensing:
    """The departures' detection for one line; `beacons` says which stops of the network have one: shape (stops,)."""

    parameters: SensorParameters
    rng: np.random.Generator
    beacons: NDArray[np.bool_]
    _chances: dict[tuple[int, bool], tuple[NDArray[np.float64], NDArray[np.int64]]] = field(default_factory=dict)

    def departures(self, pattern: PatternStops, *, door_contact: bool) -> tuple[list[int], list[int]]:
        """Return by place, in µs, how long after a departure it is seen, and from when it passed to when the centre knows.

        The first is NEVER_US for a departure that is missed.
        """
        count = pattern.last + 1
        draws = self.rng.random((2, count))
        key = (pattern.number, door_contact)
        if key not in self._chances:
            self._chances[key] = detection(self.parameters, self.beacons[pattern.stops], np.full(count, door_contact))
        miss, lag_us = self._chances[key]
        seen_us = (draws[1] * lag_us).astype(np.int64)
        delay_us = report_delay_us(self.rng, self.parameters, count)
        missed = draws[0] < miss
        return np.where(missed, NEVER_US, seen_us).tolist(), delay_us.tolist()


def detection(
    parameters: SensorParameters, beacon: NDArray[np.bool_], door: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the share missed and the longest lag, µs, of the sensor that serves: a beacon, else a door contact, else GPS."""
    miss = np.where(beacon, parameters.beacon_miss, np.where(door, parameters.door_miss, parameters.gps_miss))
    lag_us = np.where(beacon | door, QUICK_LAG.us, parameters.gps_lag)
    return miss, lag_us


def report_delay_us(rng: np.random.Generator, parameters: SensorParameters, count: int) -> NDArray[np.int64]:
    """Return delays from a report's way through the network to the centre's knowledge, µs: log-normal about a median: shape (count,)."""
    delay_us: Int = lognormal(rng, parameters.report_delay, float(REPORT_SIGMA), count).astype(np.int64)
    return delay_us
