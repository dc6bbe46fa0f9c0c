"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks.
"""

from functools import partial

import numpy as np

from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmType
from devices.alarms.gas.figures import GAS_HOURS
from devices.alarms.gas.parameters import GasParameters


def load(homes: float, parameters: GasParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.GAS, homes, parameters.per_year, GAS_HOURS, partial(drawn, parameters))


def drawn(parameters: GasParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, answers = bool(rng.random() < parameters.real), bool(rng.random() < float(AT_THE_PHONE))
    return Case(alarm_id, AlarmType.GAS, district, real=real, conduct=Conduct(answers=answers))
