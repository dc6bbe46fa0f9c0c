"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks. Simulated homes agree with it over a year; on a workday they cook less and on a free day more,
which the load, with one day for all, does not know.
"""

from functools import partial

import numpy as np

from devices.alarms.centre.cases import Case
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmType
from devices.alarms.smoke import figures
from devices.alarms.smoke.conduct import at_a_false_alarm, at_a_fire
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.rates import COOKING_SHARE


def load(homes: float, parameters: SmokeParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.SMOKE, homes, parameters.per_year, figures.MEAL_HOURS, partial(drawn, parameters))


def drawn(parameters: SmokeParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance = bool(rng.random() < parameters.real), rng.random(2)
    confirmed = bool(chance[0] < float(figures.CONFIRMED_REAL if real else figures.CONFIRMED_FALSE))
    small_fire = bool(chance[1] < float(figures.SMALL_FIRES) * COOKING_SHARE)
    conduct = at_a_fire(rng, awake=True) if real else at_a_false_alarm(rng, small_fire=small_fire)
    return Case(alarm_id, AlarmType.SMOKE, district, real=real, confirmed_after_us=0 if confirmed else None, conduct=conduct)
