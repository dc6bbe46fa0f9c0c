"""The centre is that of the whole city at any scale, and its calls vary as calls were seen to vary."""

from collections.abc import Callable, Iterator
from functools import cache
from math import sqrt

import numpy as np
import pytest
import simpy
from numpy.typing import NDArray

from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.aggregate import Aggregate
from devices.alarms.centre.centre import Centre
from devices.alarms.centre.choices import Service
from devices.alarms.centre.loads import Load
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.choices import AlarmType
from devices.alarms.personal.load import load as personal_load
from devices.alarms.personal.parameters import PersonalParameters
from sim.city.demand_figures import DAY_CV, DISPERSION_VOLUME, SLOT_DISPERSION, SLOT_DISPERSION_IN_DAY
from sim.city.districts import DISTRICTS
from sim.city.people_figures import HOMES
from sim.city.site import Site
from sim.units import DAY_US, HOUR_US, MINUTE_US
from tests.devices.alarms.centre.alone import HUBS, LOADS, NO_CARE, Run, run

EVERYWHERE = tuple(each.name for each in DISTRICTS)
MANY_PRESSES: Load = personal_load(HUBS, PersonalParameters(per_year=25))
DAYS, SLOTS_A_DAY = 60, 288


@cache
def opened() -> tuple[Aggregate, int]:
    """Return the aggregate of a city of which nothing is simulated, and the midnight from which it is asked."""
    once = run(CentreParameters(operators=0, care=NO_CARE), duration="1m", scale=1e-6, districts=EVERYWHERE)
    return once.centre.aggregate, once.pieces[0].span.start_us


def days_of_calls(alarm_type: AlarmType, per_day: float, seed: int = 3) -> NDArray[np.int64]:
    """Return calls of 60 days by 5-minute slot: shape (days, slots)."""
    aggregate, midnight_us = opened()
    rng = np.random.default_rng([seed, alarm_type])
    at_us = aggregate.demand(LOADS[alarm_type]).arrivals(per_day, midnight_us, midnight_us + DAYS * DAY_US, rng)
    return np.bincount((at_us - midnight_us) // (5 * MINUTE_US), minlength=DAYS * SLOTS_A_DAY).reshape(DAYS, SLOTS_A_DAY)


def whole_day(alarm_type: AlarmType) -> float:
    aggregate, _ = opened()
    return sum(aggregate.per_day(LOADS[alarm_type], district) for district in EVERYWHERE)


def test_sixty_days_have_the_configured_number_of_calls_and_the_day_factor_of_the_figure() -> None:
    by_type = {each: days_of_calls(each, whole_day(each)).sum(axis=1) for each in AlarmType}
    for alarm_type, counts in by_type.items():
        expected = whole_day(alarm_type)
        spread = expected * sqrt(float(DAY_CV) ** 2 + 1.1 / expected)
        assert counts.mean() == pytest.approx(expected, abs=3.3 * spread / sqrt(DAYS))
    total = sum(by_type.values())
    cv = total.std(ddof=1) / total.mean()
    assert cv == pytest.approx(float(DAY_CV), rel=3.3 / sqrt(2 * (DAYS - 1)))


def test_slots_are_overdispersed_as_measured_at_the_volume_of_the_measurement() -> None:
    weights = np.array(LOADS[AlarmType.PERSONAL].hours.numbers)
    per_day = float(DISPERSION_VOLUME) * SLOTS_A_DAY * weights.mean() / weights.max()
    counts = days_of_calls(AlarmType.PERSONAL, per_day)[:, 8 * 12 : 22 * 12]  # the plateau
    dispersion = (counts.var(axis=0, ddof=1) / counts.mean(axis=0)).mean()
    assert counts.mean() == pytest.approx(float(DISPERSION_VOLUME), rel=0.05)
    assert dispersion == pytest.approx(float(SLOT_DISPERSION), abs=0.45)  # 3.3 standard errors of the variance of 60 day factors
    scaled = counts / counts.sum(axis=1, keepdims=True) * counts.sum(axis=1).mean()
    assert (scaled.var(axis=0, ddof=1) / scaled.mean(axis=0)).mean() == pytest.approx(float(SLOT_DISPERSION_IN_DAY), abs=0.08)


def test_at_the_centres_own_volume_slots_are_nearly_poisson() -> None:
    counts = days_of_calls(AlarmType.PERSONAL, whole_day(AlarmType.PERSONAL))[:, 8 * 12 : 22 * 12]
    surplus = (float(SLOT_DISPERSION) - 1) / float(DISPERSION_VOLUME) * counts.mean()
    assert (counts.var(axis=0, ddof=1) / counts.mean(axis=0)).mean() == pytest.approx(1 + surplus, abs=0.06)
    assert surplus < 0.1


def test_calls_have_the_hours_of_their_figure() -> None:
    for alarm_type, hours in ((AlarmType.SMOKE, LOADS[AlarmType.SMOKE].hours), (AlarmType.PERSONAL, LOADS[AlarmType.PERSONAL].hours)):
        by_hour = days_of_calls(alarm_type, whole_day(alarm_type)).reshape(DAYS, 24, 12).sum(axis=(0, 2))
        weights = np.array(hours.numbers)
        assert by_hour / by_hour.sum() == pytest.approx(weights / weights.sum(), rel=0.12)


def test_real_shares_are_found_again() -> None:
    rng = np.random.default_rng(8)
    for alarm_type, share in ((AlarmType.BURGLAR, BurglarParameters().real), (AlarmType.PERSONAL, PersonalParameters().real)):
        drawn = [LOADS[alarm_type].drawn(str(number), "Xuhui", rng).real for number in range(20_000)]
        assert np.mean(drawn) == pytest.approx(share, abs=3.3 * sqrt(share * (1 - share) / 20_000))


def test_eight_presses_in_a_thousand_need_an_ambulance_as_in_shanghai() -> None:
    rng = np.random.default_rng(9)
    needs = [Service.AMBULANCE in LOADS[AlarmType.PERSONAL].drawn(str(number), "Xuhui", rng).needed for number in range(50_000)]
    assert np.mean(needs) == pytest.approx(0.0081, abs=3.3 * sqrt(0.0081 / 50_000))
    assert 0.007 < np.mean(needs) < 0.02  # 0.8-2 % of presses


@pytest.mark.parametrize("scale", [0.01, 0.1, 1.0])
def test_simulated_homes_and_the_aggregate_are_the_whole_city_together(scale: float) -> None:
    once = run(CentreParameters(operators=0, care=NO_CARE), duration="1m", scale=scale, districts=("Xuhui", "Pudong"))
    homes = once.centre.aggregate.homes
    simulated = sum(float(HOMES) * each.population for each in DISTRICTS if each.name in ("Xuhui", "Pudong")) * scale
    people = sum(each.population for each in DISTRICTS)
    assert sum(homes.values()) + simulated / people == pytest.approx(float(HOMES))


def simulated_homes(scale: float) -> Callable[[Site, Centre], None]:
    """Let the homes that are simulated raise cases, as the families of alarms do."""

    def raises(site: Site, centre: Centre) -> None:
        def come() -> Iterator[simpy.Event]:
            rng, number = site.stream("homes"), 0
            per_day = float(HOMES) * scale * MANY_PRESSES.a_home_and_day
            while True:
                now_us = site.now_us
                for at_us in centre.aggregate.demand(MANY_PRESSES).arrivals(per_day, now_us, now_us + HOUR_US, rng).tolist():
                    yield site.env.timeout(at_us - site.now_us)
                    number += 1
                    site.process(centre.case(MANY_PRESSES.drawn(f"home {number}", "Pudong", rng)))
                yield site.env.timeout(now_us + HOUR_US - site.now_us)

        site.process(come())

    return raises


def evening(scale: float, seed: int) -> Run:
    tight = CentreParameters(operators=25, care_trained="100%", care=NO_CARE)
    evening_hours = {"start": "17:00", "warm_up": "20m", "duration": "1h"}
    return run(tight, simulated_homes(scale), **evening_hours, scale=scale, seed=seed, districts=EVERYWHERE, loads=(MANY_PRESSES,))


def figures_of(once: Run) -> list[float]:
    """Return calls offered, the mean wait of those answered in s, and the share answered within 60 s."""
    return [len(once.of("answered_in_60_s")), once.of("answer_wait_s").mean(), once.of("answered_in_60_s").mean()]


def test_waits_are_the_same_at_1_percent_and_at_10_percent() -> None:
    seeds = range(8)
    found = {scale: np.array([figures_of(evening(scale, seed)) for seed in seeds]) for scale in (0.01, 0.1)}
    difference = found[0.1] - found[0.01]  # both have the day factors of their seed
    half = 7.063 * difference.std(axis=0, ddof=1) / sqrt(len(seeds))  # 99.99 % of Student's t with 7 degrees of freedom
    assert (np.abs(difference.mean(axis=0)) < half).all()
    assert half[0] < 0.4 * found[0.01][:, 0].mean()  # a city without its aggregate would have a hundredth, or a tenth, of the calls
    assert half[2] < 0.25  # 0.1 in the mean, and an interval of 8 pairs is itself uncertain
