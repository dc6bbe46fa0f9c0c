"""Causes: why burglar alarms are raised and how often, so that the simulated homes raise what the load of the others says.

Owns chances: of an arming, of an hour armed, of a day. `per_year` counts the alarms that reach the centre, a system and year.
"""

from dataclasses import dataclass

from devices.alarms.burglar import figures
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.choices import AlarmCause
from sim.figures import Figure
from sim.units import DAY_US, HOUR_US

FALSE = (
    AlarmCause.ENTRY_ERROR,
    AlarmCause.EXIT_ERROR,
    AlarmCause.SENSOR_FAULT,
    AlarmCause.PET,
    AlarmCause.WEATHER,
    AlarmCause.TAMPERING,
)
USER_ERRORS = FALSE[:2]
DAYS_A_YEAR = 365.0
WORKDAYS = 5 / 7


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each cause is, of a home in the mean of all.

    `entry_error` of a return to an armed home and `exit_error` of an arming by hand, those that are put right in time included;
    `armed` of a µs armed away, by cause; `tampering` of a day; `burglary` of a µs in which a home is empty; `duress` of a return.
    """

    entry_error: float
    exit_error: float
    armed: dict[AlarmCause, float]
    tampering: float
    burglary: float
    duress: float


def chances(parameters: BurglarParameters) -> Chances:
    """Return the chances that make `per_year` alarms a system and year, of which `real` are in earnest."""
    false = {
        cause: parameters.per_year * (1.0 - parameters.real) * share for cause, share in zip(FALSE, figures.CAUSES.numbers, strict=True)
    }
    real, duress = parameters.per_year * parameters.real, float(figures.DURESS)
    by_hand = a_year(figures.PERIODS) * parameters.arms
    armed = armed_share(parameters)
    returns, armed_us = a_year(figures.PERIODS) * armed, a_year(figures.EMPTY_HOURS) * armed * HOUR_US
    seen = 1.0 - float(figures.ABORTED)
    return Chances(
        entry_error=_ratio(false[AlarmCause.ENTRY_ERROR], returns * seen),
        exit_error=_ratio(false[AlarmCause.EXIT_ERROR], by_hand * seen),
        armed={
            AlarmCause.SENSOR_FAULT: _ratio(false[AlarmCause.SENSOR_FAULT], armed_us * mean_trips(parameters.swinger)),
            AlarmCause.PET: _ratio(false[AlarmCause.PET], armed_us),
            AlarmCause.WEATHER: _ratio(false[AlarmCause.WEATHER], armed_us),
        },
        tampering=false[AlarmCause.TAMPERING] / DAYS_A_YEAR,
        burglary=_ratio(real * (1.0 - duress), armed_us),
        duress=_ratio(real * duress, returns),
    )


def armed_share(parameters: BurglarParameters) -> float:
    """Return the share of absences in which the panel is armed, by hand or by itself."""
    return parameters.arms + (1.0 - parameters.arms) * parameters.auto_arm


def mean_trips(swinger: int) -> float:
    """Return how often a faulty sensor raises an alarm before its zone is shut down after so many trips."""
    return sum(float(figures.TRIPS_AGAIN) ** number for number in range(swinger))


def a_year(by_kind_of_day: Figure) -> float:
    """Return what a home has in a year of something that is so much on a workday and on a free day."""
    workday, free_day = by_kind_of_day.numbers
    return DAYS_A_YEAR * (WORKDAYS * workday + (1.0 - WORKDAYS) * free_day)


def occupied_share() -> float:
    """Return the share of all time in which somebody is at home."""
    return 1.0 - a_year(figures.EMPTY_HOURS) * HOUR_US / (DAYS_A_YEAR * DAY_US)


def _ratio(alarms: float, among: float) -> float:
    return alarms / among if among else 0.0
