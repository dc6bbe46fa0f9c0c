"""Rates: how much smoke sounds a detector, and which part of it reaches the centre so that its rate a year is found again.

Owns the closed form. A meal sounds a detector as the CPSC measured; the share that is not silenced while the detector verifies follows
from the rate at the centre:

    share = rate x share of cooking / (365.25 x meals a day x mean of the CPSC's)
"""

from dataclasses import dataclass

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.smoke import figures
from devices.alarms.smoke.parameters import SmokeParameters
from sim.arrays import Real

YEAR_DAYS = 365.25
AT_A_MEAL = np.array([each.numbers for each in (figures.PHOTOELECTRIC, figures.IONISATION, figures.DUAL)])  # by type and distance
MEALS = float(np.array(figures.MEALS.numbers) @ (5 / 7, 2 / 7))
NOT_COOKING = {AlarmCause.STEAM: figures.STEAM, AlarmCause.DUST: figures.DUST, AlarmCause.SENSOR_FAULT: figures.SENSOR}
COOKING_SHARE = 1.0 - sum(map(float, NOT_COOKING.values()))
EVEN = (1.0,) * 24
HOURS = {
    AlarmCause.STEAM: figures.STEAM_HOURS.numbers,
    AlarmCause.DUST: EVEN,
    AlarmCause.SENSOR_FAULT: EVEN,
    AlarmCause.FIRE: figures.FIRE_HOURS.numbers,
}


@dataclass(frozen=True, slots=True)
class Rates:
    """What happens a detector home and day: `passing` is the share of cooking smoke that is not silenced in time, a day each of `others`.

    Above 38 alarms a year `passing` is more than 1: then more meals sound a detector than the CPSC saw.
    """

    passing: float
    others: dict[AlarmCause, float]

    @classmethod
    def of(cls, parameters: SmokeParameters) -> "Rates":
        """Return the rates of parameters."""
        false_a_day = parameters.per_year * (1.0 - parameters.real) / YEAR_DAYS
        others = {cause: false_a_day * float(share) for cause, share in NOT_COOKING.items()}
        others[AlarmCause.FIRE] = parameters.per_year * parameters.real / YEAR_DAYS
        return cls(false_a_day * COOKING_SHARE / (MEALS * mean_at_a_meal()), others)


def mean_at_a_meal() -> float:
    """Return the chance that a meal sounds the detector of any home."""
    types, distances = np.array(figures.TYPES.numbers), np.array(figures.DISTANCES.numbers)
    return float(types @ AT_A_MEAL @ distances)


def hours_of(weights: tuple[float, ...], luck: Real) -> Real:
    """Return hours of the day drawn by 24 weights from uniform draws: shape of `luck`."""
    upto = np.concatenate([[0.0], np.cumsum(weights)]) / np.sum(weights)
    drawn: Real = np.interp(luck, upto, np.arange(25.0))
    return drawn
