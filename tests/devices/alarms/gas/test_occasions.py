"""Gas alarms begin as often as the figures say, in the shares of their causes, at meals, and a minority of the homes has most of them."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from devices.alarms.centre.loads import DAYS_A_YEAR
from devices.alarms.choices import AlarmCause
from devices.alarms.gas.concentration import Air
from devices.alarms.gas.detectors import Detectors
from devices.alarms.gas.figures import GAS_HOURS, LEAKS_AT_MEALS, RATE_SHAPE, VAPOUR
from devices.alarms.gas.load import drawn, load
from devices.alarms.gas.occasions import Occasion, Occasions
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.gas.room import Room
from devices.alarms.gas.sources import When, released, sources
from devices.alarms.homes.installed import installed
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.alarms.system import Alarms
from sim.city.profile import Profile, ProfileStage
from sim.city.site import Site
from sim.units import DAY_US, NEVER_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.buses.timetabled import a_site

DAYS = 14
MONDAY = date(2015, 3, 2)
PER_YEAR = 20.0


def occasions(*, seed: int = 7, scale: float = 0.04, districts: tuple[str, ...] = ("Putuo",)) -> Occasions:
    parameters = GasParameters(per_year=PER_YEAR)
    site = Site(a_site(districts, scale=scale, seed=seed).city, Alarms.declared)
    units = installed(site, InstalledParameters())
    return Occasions(site, Detectors.of(site, units, Supervision(site, units, SupervisionParameters()), parameters), parameters)


def month(drawing: Occasions, days: int = DAYS) -> list[Occasion]:
    return [each for day in range(days) for each in drawing.of(MONDAY + timedelta(days=day))]


DRAWING = occasions()
FOUND = month(DRAWING)
COUNT = len(DRAWING.detectors)


def test_a_home_has_as_many_alarms_in_the_mean_as_the_figure_says_and_as_the_homes_that_are_not_simulated_raise() -> None:
    cities = [occasions(seed=seed) for seed in range(5)]
    found = sum(len(month(city, 4)) for city in cities)
    homes = sum(len(city.detectors) for city in cities)
    expected = homes * PER_YEAR * 4 / DAYS_A_YEAR
    own = expected / np.sqrt(float(RATE_SHAPE) * homes)  # standard error by the homes' own factors, which a year has once
    assert abs(found - expected) < 3 * np.hypot(own, np.sqrt(expected))
    assert load(0.1, GasParameters(per_year=PER_YEAR)).a_home_and_day == pytest.approx(0.1 * PER_YEAR / DAYS_A_YEAR)


def test_causes_have_the_shares_of_the_figures_and_the_load_has_the_same_real_share() -> None:
    causes = Counter(each.source.cause for each in FOUND)
    real, vapour = GasParameters().real, float(VAPOUR)
    assert is_share(causes[AlarmCause.GAS_LEAK] / len(FOUND), real, len(FOUND))
    assert is_share(causes[AlarmCause.VAPOUR] / len(FOUND), (1 - real) * vapour, len(FOUND))
    assert is_share(causes[AlarmCause.SENSOR_FAULT] / len(FOUND), (1 - real) * (1 - vapour), len(FOUND))
    assert sum(each.share for each in sources(GasParameters())) == pytest.approx(1.0)
    rng = np.random.default_rng(3)
    cases = [drawn(GasParameters(), f"gas-{number}", "Putuo", rng).real for number in range(2_000)]
    assert is_share(float(np.mean(cases)), real, len(cases))


def test_counts_of_homes_scatter_as_a_poisson_number_of_a_gamma_rate_does() -> None:
    counts = np.bincount([each.row for each in FOUND], minlength=COUNT)
    mean = counts.mean()
    expected = 1.0 + mean / float(RATE_SHAPE)
    assert counts.var() / mean == pytest.approx(expected, rel=0.15)
    most = np.sort(counts)[::-1][: COUNT // 5].sum() / counts.sum()
    assert 0.5 < most < 0.8


def test_leaks_at_meals_fall_on_meals_that_are_cooked_and_vapour_of_sprays_on_somebody_awake_at_home() -> None:
    site, detectors = DRAWING.site, DRAWING.detectors
    leaks = [each for each in FOUND if each.source.cause is AlarmCause.GAS_LEAK]
    at_meals = sum(each.source.when is When.AT_MEALS for each in leaks)
    assert is_share(at_meals / len(leaks), float(LEAKS_AT_MEALS), len(leaks))
    for each in FOUND[:600]:
        home, today = int(detectors.home[each.row]), site.days.of("Putuo", site.calendar.local(each.at_us).date())
        if each.source.when is When.AT_MEALS:
            assert ((today.cook_us[home] <= each.at_us) & (each.at_us <= today.cooked_us[home])).any()
        if each.source.when is When.IN_AND_AWAKE:
            homes = site.residents("Putuo").homes
            persons = slice(int(homes.first_person[home]), int(homes.first_person[home]) + int(homes.size[home]))
            assert not site.days.empty("Putuo", each.at_us)[home]
            assert today.wake_us[persons].min() <= each.at_us <= today.sleep_us[persons].max()


def test_alarms_fall_on_the_hours_at_which_homes_that_are_not_simulated_call() -> None:
    rng, site = np.random.default_rng(5), DRAWING.site
    hours = np.zeros(24)
    for each in FOUND:
        amount, at_us = released(each.source, DRAWING.parameters, rng), each.at_us
        if each.source.release is not None:
            room = Room(Air(amount, DRAWING.parameters.closed_air / 3_600, 9.0), at_us)
            at_us = room.crosses_us(DRAWING.parameters.low, rising=True)
        assert at_us < NEVER_US
        hours[site.calendar.local(at_us).hour] += 1
    weights = np.array(GAS_HOURS.numbers) / sum(GAS_HOURS.numbers)
    deviation = (hours - len(FOUND) * weights) / np.sqrt(len(FOUND) * weights)
    assert (deviation**2).mean() < 4.0  # as meals scatter, and the table is rounded
    assert np.corrcoef(hours, weights)[0, 1] > 0.98


def test_another_district_changes_nothing_of_when_and_where_something_begins() -> None:
    alone, both = (occasions(scale=0.01, districts=names) for names in (("Putuo",), ("Xuhui", "Putuo")))
    first = alone.detectors.home[[each.row for each in month(alone, 3)]].tolist()
    rows = [each.row for each in month(both, 3) if both.detectors.district[each.row] == both.site.districts.code("Putuo")]
    assert both.detectors.home[rows].tolist() == first != []


def test_twice_the_load_has_twice_as_many_begin_and_none_has_none() -> None:
    drawing = occasions()
    site, midnight_us = drawing.site, drawing.site.calendar.instant_us(MONDAY)
    expected = drawing._factors("Putuo", MONDAY.year, COUNT).sum() * PER_YEAR / DAYS_A_YEAR
    counts = []
    for load_at_night, load_by_day in ((1.0, 1.0), (0.0, 2.0)):
        stages = [ProfileStage(lasting="12h", multiplier=load_at_night), ProfileStage(lasting="12h", multiplier=load_by_day)]
        site.city.profile = Profile.of(stages, midnight_us, midnight_us + DAY_US, {})
        halves = [midnight_us, midnight_us + DAY_US // 2, midnight_us + DAY_US]
        counts.append(np.histogram([each.at_us for each in drawing.of(MONDAY)], halves)[0])
    assert abs(counts[0].sum() - expected) < 4 * np.sqrt(expected)
    assert counts[1][0] == 0
    assert abs(counts[1][1] - 2 * counts[0][1]) < 4 * np.sqrt(6 * counts[0][1])
