"""How a bus moves between two stops: it pulls away, cruises and brakes, never faster than a bus can.

Owns acceleration, top speed and what follows from them: the least time for a length, the cruise for a time. Who drives when and what
hinders him is `devices.buses.driving`'s.
"""

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Real
from sim.figures import Figure
from sim.units import SECOND_US

ACCELERATION = Figure(
    "acceleration and braking of a bus", value=1.0, unit="m/s²", source="assumption: standing riders bear 1 to 1.3", low=0.6, high=1.3
)
TOP_SPEED = Figure(
    "highest speed of a bus", value=100.0, unit="km/h", source="assumption: the usual limit of coaches on a motorway", low=60, high=110
)

MOTION_FIGURES: tuple[Figure, ...] = (ACCELERATION, TOP_SPEED)

KM_H = 1 / 3.6  # m/s


def least_us(length_m: Real) -> NDArray[np.int64]:
    """Return the least time from standing to standing over a length, µs: full acceleration, top speed, full braking."""
    top, acceleration = float(TOP_SPEED) * KM_H, float(ACCELERATION)
    reaches_top = length_m >= top * top / acceleration
    seconds = np.where(reaches_top, length_m / top + top / acceleration, 2 * np.sqrt(length_m / acceleration))
    return np.asarray(np.ceil(seconds * SECOND_US), dtype=np.int64)


def passing_us(length_m: Real) -> NDArray[np.int64]:
    """Return the least time over a length without a stop at its ends, µs: top speed throughout."""
    return np.asarray(np.ceil(length_m / (float(TOP_SPEED) * KM_H) * SECOND_US), dtype=np.int64)


def ramps(length_m: Real, lasting_s: Real) -> tuple[Real, Real]:
    """Return acceleration, m/s², and its duration, s, of a length driven from standing to standing in a time: shapes of `length_m`.

    The bus cruises at their product between pulling away and braking. A time that is too short for ACCELERATION gets as much as it
    takes, in two ramps without a cruise.
    """
    acceleration = np.maximum(float(ACCELERATION), 4 * length_m / lasting_s**2)
    # Length = v T - v²/a, of which the slower solution never exceeds half the time on each ramp.
    free = np.maximum((acceleration * lasting_s) ** 2 - 4 * acceleration * length_m, 0.0)
    cruise = (acceleration * lasting_s - np.sqrt(free)) / 2
    return acceleration, cruise / acceleration
