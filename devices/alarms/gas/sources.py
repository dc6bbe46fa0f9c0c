"""Sources: what sets a gas detector off, how often, when, and how much.

Owns the table of sorts. Whom it befalls on a day is `occasions`' business.
"""

from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.gas import figures
from devices.alarms.gas.concentration import percent_a_second
from devices.alarms.gas.parameters import GasParameters
from sim.figures import Figure
from sim.toolkit.draws import lognormal
from sim.units import HOUR_US, SECOND_US

HOUR_S = HOUR_US // SECOND_US


class When(Enum):
    """At which times something happens."""

    AT_MEALS = auto()  # while something is cooked
    IN_AND_AWAKE = auto()
    ANY_TIME = auto()


class Source(NamedTuple):
    """A sort of what sets a detector off: its share of all alarms, when it happens, and what it releases (None: a fault)."""

    cause: AlarmCause
    share: float
    when: When
    release: Figure | None


def sources(parameters: GasParameters) -> tuple[Source, ...]:
    """Return all sorts; their shares add up to 1."""
    real, vapour = parameters.real, (1.0 - parameters.real) * float(figures.VAPOUR)
    leaks_at_meals, vapour_at_meals = float(figures.LEAKS_AT_MEALS), float(figures.VAPOUR_AT_MEALS)
    return (
        Source(AlarmCause.GAS_LEAK, real * leaks_at_meals, When.AT_MEALS, figures.MEAL_RELEASE),
        Source(AlarmCause.GAS_LEAK, real * (1.0 - leaks_at_meals), When.ANY_TIME, figures.PIPE_RELEASE),
        Source(AlarmCause.VAPOUR, vapour * vapour_at_meals, When.AT_MEALS, figures.VAPOUR_RELEASE),
        Source(AlarmCause.VAPOUR, vapour * (1.0 - vapour_at_meals), When.IN_AND_AWAKE, figures.VAPOUR_RELEASE),
        Source(AlarmCause.SENSOR_FAULT, 1.0 - real - vapour, When.ANY_TIME, None),
    )


def released(source: Source, parameters: GasParameters, rng: np.random.Generator) -> float:
    """Return how much a source releases, %LEL a second; of a faulty sensor, what it shows, %LEL."""
    if source.release is None:
        least, most = figures.STUCK.numbers
        return max(rng.uniform(least, most), float(figures.LEAST) * parameters.low)
    return at_least(parameters, float(lognormal(rng, float(source.release), float(figures.RELEASE_SIGMA))))


def at_least(parameters: GasParameters, release_m3_h: float) -> float:
    """Return a release in %LEL a second, no less than what a detector finds in the end: of what is less nobody hears."""
    least = float(figures.LEAST) * parameters.low * parameters.closed_air / HOUR_S
    return max(percent_a_second(release_m3_h, float(figures.KITCHEN), float(figures.LEL)), least)
