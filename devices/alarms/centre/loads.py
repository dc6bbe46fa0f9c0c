"""Loads: what the homes of a whole city raise to the centre, one load for each type of alarm.

Owns the value that families hand to the centre, so that it is that of the whole city at any scale. How a case of theirs looks is the
family's business, when it comes that of `aggregate`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from devices.alarms.centre.cases import Case
from devices.alarms.choices import AlarmType
from sim.figures import Figure

DAYS_A_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class Load:
    """Alarms of one type: `homes` is the share of the city's homes that have what it takes, `per_year` the alarms of each of them.

    `hours` weighs the hours of the day; `drawn` returns a case of a home that is not simulated, from its id and district.
    """

    alarm_type: AlarmType
    homes: float
    per_year: float
    hours: Figure
    drawn: Callable[[str, str, np.random.Generator], Case]

    @property
    def a_home_and_day(self) -> float:
        """Return alarms a home of the city and day, whether it has a device or none."""
        return self.homes * self.per_year / DAYS_A_YEAR
