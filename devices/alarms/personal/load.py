"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns how such a case looks. How often each sort comes is `rates.py`'s business.
"""

from functools import partial

import numpy as np

from devices.alarms.centre.cases import Case, Conduct
from devices.alarms.centre.choices import Service
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmCause, AlarmType
from devices.alarms.personal import figures
from devices.alarms.personal.conduct import WAITS, ambulance, caller
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.rates import Rates


def load(homes: float, parameters: PersonalParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.PERSONAL, homes, Rates(parameters).reports, figures.EMERGENCY_HOURS, partial(drawn, parameters))


def drawn(parameters: PersonalParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures: a press, a detected fall, or nothing that stirs."""
    rates, chance = Rates(parameters), rng.random(3)
    sort = chance[0] * rates.reports
    if sort < rates.inactive:
        conduct = Conduct(speaks=False, answers=bool(chance[1] < float(AT_THE_PHONE)), patience_us=WAITS)
        return Case(alarm_id, AlarmType.PERSONAL, district, real=False, conduct=conduct, urgency=2)
    cause = _emergency(rates, sort - rates.inactive, float(chance[1]))
    needs: tuple[Service, ...] | None = None if cause is None else ambulance(cause, float(chance[2]))
    return Case(alarm_id, AlarmType.PERSONAL, district, real=cause is not None, needs=needs, conduct=caller(rng))


def _emergency(rates: Rates, sort: float, chance: float) -> AlarmCause | None:
    """Return what is the matter with a caller, None for nothing; `sort` runs through the reports of a year."""
    if sort < rates.detected:
        return AlarmCause.FALL
    if sort < rates.detected + rates.per_year_real:
        return AlarmCause.FALL if chance < float(figures.FALLS) else AlarmCause.UNWELL
    return None
