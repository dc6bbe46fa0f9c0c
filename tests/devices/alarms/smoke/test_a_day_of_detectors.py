"""A day of detectors: they get dirty, grow old and are tested, as the receiver knows, and report as often as the load says."""

import numpy as np
import pytest

from devices.alarms.choices import ContactId, Qualifier
from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import DetectorStep
from devices.alarms.smoke.load import load
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.rates import COOKING_SHARE, MEALS
from devices.alarms.smoke.upkeep import TEST_DAYS, Cycle
from sim.units import DAY_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.smoke.smoke_runs import Run, run

OFTEN = SmokeParameters(per_year=20, real=0)


@pytest.fixture(scope="module")
def day() -> Run:
    return run(OFTEN, duration="1d", start="00:00")


def test_a_cycle_is_good_then_bad_and_begins_again() -> None:
    cycle = Cycle(np.array([70]), np.array([30]), np.array([60]))
    assert cycle.begins(0, 11)[1].tolist() == [10]
    assert cycle.bad(10)[1].tolist() == [10]
    assert cycle.bad(39)[1].tolist() == [10]
    assert cycle.ends(0, 41)[1].tolist() == [40]
    assert cycle.bad(40)[0].tolist() == []
    assert cycle.begins(11, 110)[0].tolist() == []
    assert cycle.begins(11, 111)[1].tolist() == [110]


def test_every_detector_is_tested_at_least_twice_a_month(day: Run) -> None:
    step, code = day.column("detector_event", "detector_step"), day.column("detector_event", "code")
    tested = step == DetectorStep.TESTED
    assert 365 / 12 / float(figures.TESTS) >= TEST_DAYS
    assert is_share(tested.sum() / len(day.smoke.detectors), 1 / TEST_DAYS, len(day.smoke.detectors))
    assert is_share(float(np.mean(code[tested] == ContactId.MANUAL_TEST)), float(figures.BY_HAND), int(tested.sum()))
    hours = (day.column("detector_event", "time_us") - day.site.start_us) % DAY_US // (DAY_US // 24)
    by_hand = hours[tested & (code == ContactId.MANUAL_TEST)]
    assert by_hand.min() >= 9
    assert by_hand.max() < 20


def test_homes_report_as_many_false_alarms_as_the_load_of_those_that_are_not_simulated(day: Run) -> None:
    workday = float(figures.MEALS.numbers[0]) / MEALS  # the load knows one day for all, whose meals are the mean
    a_day = load(1.0, OFTEN).a_home_and_day * len(day.smoke.detectors) * (COOKING_SHARE * workday + 1 - COOKING_SHARE)
    assert day.of("real_alarms", "smoke").size == pytest.approx(a_day, rel=0.25)  # 4 standard errors of so many, overdispersed
    assert day.of("nuisance_alarms").mean() / 365.25 * len(day.smoke.detectors) == pytest.approx(day.of("real_alarms", "smoke").size, abs=3)


def test_as_many_detectors_are_dirty_or_at_their_end_as_their_cycles_say(day: Run) -> None:
    detectors = len(day.smoke.detectors)
    for code, years, seen_to in (
        (ContactId.SENSOR_TROUBLE, float(figures.DIRTY), figures.CLEANED),
        (ContactId.MAINTENANCE, float(figures.LIFE), figures.REPLACED),
    ):
        rows, _ = day.smoke.upkeep.cycles[code].bad(day.site.start_us)
        share = float(seen_to) / (years * 365.25 + float(seen_to))
        assert is_share(len(rows) / detectors, share, detectors)


def test_what_becomes_bad_or_good_is_reported_once(day: Run) -> None:
    told, qualifier = day.column("device_state", "code"), day.column("device_state", "qualifier")
    for code, cycle in day.smoke.upkeep.cycles.items():
        for found, said in ((cycle.begins, Qualifier.NEW), (cycle.ends, Qualifier.RESTORE)):
            expected = len(found(day.site.start_us, day.site.end_us)[0])
            assert abs(np.sum((told == code) & (qualifier == said)) - expected) <= 1  # one at the end may wait for its path
