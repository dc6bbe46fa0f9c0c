"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks.
"""

from functools import partial

import numpy as np

from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.choices import Service
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmType
from devices.alarms.personal import figures
from devices.alarms.personal.parameters import PersonalParameters


def load(homes: float, parameters: PersonalParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.PERSONAL, homes, parameters.per_year, figures.EMERGENCY_HOURS, partial(drawn, parameters))


def drawn(parameters: PersonalParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance = bool(rng.random() < parameters.real), rng.random(3)
    conduct = Conduct(speaks=bool(chance[0] >= float(figures.VOICELESS)), answers=bool(chance[1] < float(AT_THE_PHONE)))
    needs = (Service.AMBULANCE,) if chance[2] < float(figures.AMBULANCE) else None
    return Case(alarm_id, AlarmType.PERSONAL, district, real=real, needs=needs, conduct=conduct)
