"""Empty runs: how long a bus without riders takes from one stop to another that is not on its trip.

Owns the figures of the way and the speed. Between which stops one is needed is the blocks', who drives it
`devices.buses.driving`'s business.
"""

import numpy as np

from devices.buses.network.motion import least_us
from sim.arrays import Int, Real
from sim.figures import Figure
from sim.units import SECOND_US

EMPTY_SPEED = Figure(
    "speed of an empty run, as the crow flies", value=15, unit="km/h", source="assumption: 20 km/h, a third longer by road", low=10, high=25
)
EMPTY_FAR = Figure("distance beyond which an empty run leaves the streets of the town", value=5, unit="km", low=2, high=10)
EMPTY_FAR_SPEED = Figure(
    "its speed beyond, as the crow flies", value=45, unit="km/h", source="assumption: 60 km/h, a third longer by road", low=30, high=60
)
EMPTY_DETOUR = Figure(
    "way of an empty run over the distance", value=1.33, unit="ratio", source="assumption: a third longer by road", low=1.1, high=1.6
)

EMPTY_FIGURES: tuple[Figure, ...] = (EMPTY_SPEED, EMPTY_FAR, EMPTY_FAR_SPEED, EMPTY_DETOUR)

KM_H = 1 / 3.6  # m/s
M_PER_KM = 1_000


def quickest_us(apart_m: Real) -> Int:
    """Return the least time of an empty run between places so far apart, µs: as fast as a bus drives all the way."""
    return least_us(apart_m * float(EMPTY_DETOUR))


def usual_us(apart_m: Real) -> Int:
    """Return the time that an empty run between places so far apart is given, µs."""
    near_m = np.minimum(apart_m, float(EMPTY_FAR) * M_PER_KM)
    seconds = near_m / (float(EMPTY_SPEED) * KM_H) + (apart_m - near_m) / (float(EMPTY_FAR_SPEED) * KM_H)
    return np.maximum(np.rint(seconds * SECOND_US).astype(np.int64), quickest_us(apart_m))
