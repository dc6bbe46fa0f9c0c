"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks.
"""

from functools import partial

import numpy as np

from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmType
from devices.alarms.smoke import figures
from devices.alarms.smoke.parameters import SmokeParameters


def load(homes: float, parameters: SmokeParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.SMOKE, homes, parameters.per_year, figures.MEAL_HOURS, partial(drawn, parameters))


def drawn(parameters: SmokeParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance = bool(rng.random() < parameters.real), rng.random(2)
    confirmed = bool(chance[0] < float(figures.CONFIRMED_REAL if real else figures.CONFIRMED_FALSE))
    conduct = Conduct(answers=bool(chance[1] < float(AT_THE_PHONE)))
    return Case(alarm_id, AlarmType.SMOKE, district, real=real, confirmed_after_us=0 if confirmed else None, conduct=conduct)
