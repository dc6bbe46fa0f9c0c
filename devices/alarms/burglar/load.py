"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks.
"""

from functools import partial

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmType
from sim.toolkit.draws import lognormal
from sim.units import SECOND_US


def load(homes: float, parameters: BurglarParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.BURGLAR, homes, parameters.per_year, figures.ENTRY_HOURS, partial(drawn, parameters))


def drawn(parameters: BurglarParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance = bool(rng.random() < parameters.real), rng.random(3)
    cancels = not real and chance[0] < float(figures.CANCELLED)
    after_us = round(lognormal(rng, float(figures.CANCEL_AFTER) * SECOND_US, float(figures.CANCEL_SIGMA))) if cancels else None
    conduct = Conduct(answers=bool(chance[1] < float(AT_THE_PHONE)), cancels_after_us=after_us)
    confirmed = bool(chance[2] < float(figures.CONFIRMED_REAL if real else figures.CONFIRMED_FALSE))
    return Case(alarm_id, AlarmType.BURGLAR, district, real=real, confirmed_after_us=0 if confirmed else None, conduct=conduct)
