"""The load: what all homes of the city raise of this family, for those that are not simulated.

Owns its rate and how such a case looks: by cause as those of the homes that are simulated.
"""

from functools import partial

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import cancel_us, second_us
from devices.alarms.burglar.causes import FALSE, occupied_share
from devices.alarms.burglar.incidents import CONFIRMED_AFTER_US, POLICE_ALONE
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.cases import HOLD_UP, Case, Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.centre.loads import Load
from devices.alarms.choices import AlarmCause, AlarmType
from sim.units import NEVER_US

# How likely somebody is at the panel as it goes off, and then cancels; a storm's are the business of the homes that are simulated.
AT_HOME = {AlarmCause.ENTRY_ERROR: 1.0, AlarmCause.TAMPERING: occupied_share()}
CANCELLED = dict(zip(FALSE, figures.CANCELLED.numbers, strict=True))
COMES_BACK = AlarmCause.EXIT_ERROR  # who has just left is near enough to cancel, and not at home when the phone rings
BOUNDS = np.cumsum(figures.CAUSES.numbers) / np.sum(figures.CAUSES.numbers)
NEVER_CONFIRMED = (AlarmCause.TAMPERING,)


def load(homes: float, parameters: BurglarParameters) -> Load:
    """Return what a city of homes raises of which a share `homes` has a device."""
    return Load(AlarmType.BURGLAR, homes, parameters.per_year, figures.ENTRY_HOURS, partial(drawn, parameters))


def drawn(parameters: BurglarParameters, alarm_id: str, district: str, rng: np.random.Generator) -> Case:
    """Return a case of a home of which no more is known than the figures."""
    real, chance, normal = bool(rng.random() < parameters.real), rng.random(5), rng.standard_normal(2)
    cause = _cause(chance[0], real=real)
    if cause is AlarmCause.DURESS:
        return Case(
            alarm_id,
            AlarmType.BURGLAR,
            district,
            real=True,
            needs=POLICE_ALONE,
            confirmed_after_us=0,
            conduct=Conduct(answers=False, silent=True),
            urgency=HOLD_UP,
        )
    at_home = bool(chance[1] < AT_HOME.get(cause, 0.0))
    cancels = (at_home or cause is COMES_BACK) and bool(chance[2] < CANCELLED[cause])
    conduct = Conduct(
        answers=at_home and bool(chance[3] < float(AT_THE_PHONE)),
        cancels_after_us=int(cancel_us(normal[:1], parameters.cancel_window)[0]) if cancels else None,
    )
    confirmed = cause not in NEVER_CONFIRMED and bool(chance[4] < float(figures.CONFIRMED_REAL if real else figures.CONFIRMED_FALSE))
    second = int(second_us(np.zeros(1, dtype=np.int64), np.array([confirmed]), normal[1:])[0])
    after_us = None if second == NEVER_US else max(second - parameters.abort_window, CONFIRMED_AFTER_US)
    return Case(alarm_id, AlarmType.BURGLAR, district, real=real, confirmed_after_us=after_us, conduct=conduct)


def _cause(chance: float, *, real: bool) -> AlarmCause:
    if real:
        return AlarmCause.DURESS if chance < float(figures.DURESS) else AlarmCause.BURGLARY
    return FALSE[int(np.searchsorted(BOUNDS, chance, side="right"))]
