"""Meals sound detectors as the CPSC measured, and so many of those alarms reach the centre as figures say."""

from datetime import timedelta
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.choices import AlarmCause, AlarmType
from devices.alarms.smoke import figures
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.load import load
from devices.alarms.smoke.nuisance import CONFIRMED_OF_TWO
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.plan import Plan
from devices.alarms.smoke.rates import AT_A_MEAL, COOKING_SHARE, NOT_COOKING, Rates
from sim.arrays import Records
from sim.city.site import Site
from sim.units import DAY_US, HOUR_US, NEVER_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.smoke.smoke_runs import run

DAYS = 56
OFTEN = SmokeParameters(per_year=10, real=0.1)


@cache
def built() -> tuple[Site, Detectors]:
    """Return a city from a Monday's midnight on, and its detectors."""
    once = run(duration="1m", start="00:00")
    return once.site, once.smoke.detectors


@cache
def planned(parameters: SmokeParameters = OFTEN) -> tuple[Detectors, Records, Records, int]:
    """Return eight weeks of all homes of a district: activations, cooking smoke, and the midnight from which on."""
    site, detectors = built()
    plan, end_us = Plan(site, detectors, parameters), site.start_us + DAYS * DAY_US
    activations = plan.activations(site.start_us, end_us)
    return detectors, activations, plan.smoke(site.start_us, end_us), site.start_us


@cache
def meals() -> NDArray[np.int64]:
    """Return how many meals each detector home cooks on each of those days: shape (days, detectors)."""
    site, detectors = built()
    first = site.calendar.local(site.start_us).date()
    days = [site.days.of("Putuo", first + timedelta(days=day)) for day in range(DAYS)]
    return np.array([(each.cook_us[detectors.home] != NEVER_US).sum(axis=1) for each in days])


def test_a_meal_sounds_a_detector_as_often_as_the_cpsc_measured_by_type_and_distance() -> None:
    detectors, _, smoke, _ = planned(SmokeParameters())
    cooked, sounded = meals().sum(axis=0), np.bincount(smoke["row"], minlength=len(detectors))
    for kind, distance in np.ndindex(AT_A_MEAL.shape):
        rows = (detectors.detector_type == kind) & (detectors.distance == distance)
        found = sounded[rows].sum() / cooked[rows].sum()
        assert is_share(found, AT_A_MEAL[kind, distance], int(cooked[rows].sum())), (kind, distance, found)


def test_homes_with_a_detector_cook_as_many_meals_as_the_figure_says() -> None:
    a_day = meals().mean(axis=1)
    free = np.arange(DAYS) % 7 >= 5  # from a Monday on
    assert (a_day[~free].mean(), a_day[free].mean()) == pytest.approx(
        figures.MEALS.numbers, rel=0.075
    )  # 16 free days with a day factor of CV 9 %


def test_the_configured_rate_and_the_loads_reach_the_centre() -> None:
    detectors, activations, _, _ = planned()
    a_year = len(activations) / len(detectors) / DAYS * 365.25
    assert a_year == pytest.approx(OFTEN.per_year, rel=0.07)  # 3.3 standard errors of a negative binomial and of the day factors
    assert load(1.0, OFTEN).per_year == OFTEN.per_year


def test_most_cooking_smoke_is_silenced_before_it_is_reported_so_that_both_figures_hold() -> None:
    detectors, activations, smoke, _ = planned(SmokeParameters())
    passing = Rates.of(SmokeParameters()).passing
    assert passing == pytest.approx(float(figures.NOT_SILENCED), rel=0.02)
    assert np.mean(smoke["hushed_us"] == NEVER_US) == pytest.approx(passing, rel=0.25)
    a_year = len(smoke) / len(detectors) / DAYS * 365.25
    assert a_year > 15 * len(activations) / len(detectors) / DAYS * 365.25 * COOKING_SHARE
    waited_us = smoke["hushed_us"] - smoke["time_us"]
    assert np.all(waited_us[smoke["hushed_us"] != NEVER_US] <= SmokeParameters().verification)


def test_causes_have_their_shares() -> None:
    _, activations, _, _ = planned()
    false = activations[activations["cause"] != AlarmCause.FIRE]
    for cause, share in NOT_COOKING.items():
        assert np.mean(false["cause"] == cause) == pytest.approx(float(share), rel=0.12)


def test_the_real_share_is_found_again() -> None:
    _, activations, _, _ = planned()
    assert is_share(float(np.mean(activations["cause"] == AlarmCause.FIRE)), OFTEN.real, len(activations))
    rng = np.random.default_rng(4)
    drawn = [load(1.0, OFTEN).drawn(str(number), "Putuo", rng) for number in range(20_000)]
    assert is_share(float(np.mean([each.real for each in drawn])), OFTEN.real, len(drawn))
    assert {each.alarm_type for each in drawn} == {AlarmType.SMOKE}


def test_a_minority_of_homes_makes_most_of_the_false_alarms() -> None:
    detectors, activations, _, _ = planned()
    even = np.isin(activations["cause"], list(NOT_COOKING))
    counts = np.bincount(activations["row"][even], minlength=len(detectors))
    dispersion = counts.var(ddof=1) / counts.mean()
    assert dispersion == pytest.approx(1 + counts.mean() / float(figures.SHAPE), rel=0.08)  # a negative binomial's
    most = np.sort(np.bincount(activations["row"], minlength=len(detectors)))[::-1]
    assert most[: len(most) // 5].sum() / most.sum() > 0.6


def test_cases_of_homes_that_are_not_simulated_are_confirmed_and_cancelled_like_those_that_are() -> None:
    rng = np.random.default_rng(6)
    drawn = [load(1.0, SmokeParameters(real=0)).drawn(str(number), "Putuo", rng) for number in range(20_000)]
    confirmed = [each.confirmed_after_us is not None for each in drawn]
    assert is_share(float(np.mean(confirmed)), float(figures.SECOND) * CONFIRMED_OF_TWO, len(drawn))
    fires = float(figures.SMALL_FIRES) * COOKING_SHARE
    cancelled = [each.conduct.cancels_after_us is not None for each in drawn]
    assert is_share(float(np.mean(cancelled)), float(figures.SILENCED) * (1 - fires), len(drawn))


def by_hour(*, cause_is_fire: bool) -> NDArray[np.float64]:
    _, activations, _, midnight_us = planned()
    chosen = activations[(activations["cause"] == AlarmCause.FIRE) == cause_is_fire]
    counts = np.bincount((chosen["time_us"] - midnight_us) // HOUR_US % 24, minlength=24)
    return counts / counts.sum()


def test_false_alarms_have_the_hours_of_the_load() -> None:
    weights = np.array(figures.MEAL_HOURS.numbers)
    assert by_hour(cause_is_fire=False) == pytest.approx(weights / weights.sum(), abs=0.02)


def test_home_fires_peak_from_17_to_20_h_and_a_fifth_of_them_fall_between_23_and_7_h() -> None:
    fires = by_hour(cause_is_fire=True)
    three_hours = fires + np.roll(fires, -1) + np.roll(fires, -2)
    assert int(three_hours.argmax()) in (16, 17, 18)
    assert fires[23] + fires[:7].sum() == pytest.approx(0.2, abs=0.035)
