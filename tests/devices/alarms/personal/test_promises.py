"""Each promise of the family in one sentence, kept where all is well and broken where it is not."""

from devices.alarms.personal.measures import FALL_DETECTED, FOUND, OBJECTIVES, TESTED
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from sim.judge.measures import Statistic
from tests.devices.alarms.personal.hubs import Left, busy, lived


def kept(left: Left, measure: str) -> bool:
    (promise,) = (each for each in OBJECTIVES if each.measure == measure)
    assert promise.statistic is Statistic.SHARE
    assert promise.at_least is not None
    return bool(left.of(measure).mean() >= promise.at_least)


def test_nine_of_ten_who_lie_are_found_or_up_within_a_day() -> None:
    assert kept(busy(), FOUND.name)


def test_a_worn_detector_reports_three_falls_in_five_and_one_that_is_half_blind_does_not() -> None:
    assert kept(busy(), FALL_DETECTED.name)
    assert not kept(lived(PersonalParameters(per_year=1_000, detectors=1, sensitivity=0.3), days=0.1, scale=0.03), FALL_DETECTED.name)


def test_nineteen_of_twenty_test_calls_come_within_a_day_and_not_where_lines_are_down_for_days() -> None:
    assert kept(busy(), TESTED.name)
    down = SupervisionParameters(line_troubles_per_day=1, line_trouble="100h")  # type: ignore[arg-type]  # read as text
    hubs = PersonalParameters(per_year=0, small_devices=0, false_detections_per_year=0, test_period="6h")  # type: ignore[arg-type]
    assert not kept(lived(hubs, days=2, scale=0.01, supervision=down), TESTED.name)


def test_every_promise_is_named_here() -> None:
    assert {each.measure for each in OBJECTIVES} == {FOUND.name, FALL_DETECTED.name, TESTED.name}
    assert all(each.source for each in OBJECTIVES)
