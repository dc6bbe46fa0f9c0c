"""Conduct: what somebody does who calls for help, or of whom nothing is seen, and who should come.

Owns the draws that homes which are simulated share with those that are not.
"""

import numpy as np

from devices.alarms.centre.cases import Conduct
from devices.alarms.centre.choices import Service
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.choices import AlarmCause
from devices.alarms.personal import figures
from sim.units import DAY_US

WAITS = 30 * DAY_US  # a signal has nobody on the line who could lose patience


def caller(rng: np.random.Generator) -> Conduct:
    """Return what somebody does who pressed, or whose fall was detected."""
    chance = rng.random(2)
    return Conduct(speaks=bool(chance[0] >= float(figures.VOICELESS)), answers=bool(chance[1] < float(AT_THE_PHONE)))


def ambulance(cause: AlarmCause, chance: float) -> tuple[Service, ...] | None:
    """Return who should come to an emergency: an ambulance to some, a community worker (None, as the type has it) to the others."""
    share = figures.AMBULANCE_FALL if cause is AlarmCause.FALL else figures.AMBULANCE_UNWELL
    return (Service.AMBULANCE,) if chance < float(share) else None
