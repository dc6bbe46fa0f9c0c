"""Conduct: what those at home do about a smoke alarm that has reached the centre, whether their home is simulated or not.

Owns the draws. What the centre makes of it is `centre`'s business.
"""

import numpy as np

from devices.alarms.centre.cases import Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.smoke import figures
from sim.toolkit.draws import lognormal
from sim.units import SECOND_US


def at_a_false_alarm(rng: np.random.Generator, *, somebody_in: bool = True, small_fire: bool = False) -> Conduct:
    """Return what is done about a false alarm: some cancel it, some answer the centre's call; who put a small fire out answers."""
    luck = rng.random(2)
    after_us = round(lognormal(rng, float(figures.SILENCED_AFTER) * SECOND_US, float(figures.SPREAD)))
    if small_fire:
        return Conduct(answers=True)
    cancels = somebody_in and luck[0] < float(figures.SILENCED)
    answers = somebody_in and luck[1] < float(AT_THE_PHONE)
    return Conduct(answers=bool(answers), cancels_after_us=after_us if cancels else None)


def at_a_fire(rng: np.random.Generator, *, awake: bool) -> Conduct:
    """Return what is done about a fire: who is awake may answer the centre's call; others sleep, are out, or flee."""
    return Conduct(answers=bool(awake and rng.random() < float(AT_THE_PHONE)))
