"""Promises of our own chain: each on a measure that exists, and a late generator is seen."""

import pytest

from sim.judge.measures import Family
from sim.judge.meters import Meters
from sim.judge.pipeline import LATE_GENERATOR_S, PIPELINE_MEASURES, PIPELINE_OBJECTIVES, SEND_LAG, generator_was_late
from sim.judge.verdict import Verdict, judge, overall


def test_every_promise_is_about_a_measure_of_the_pipeline() -> None:
    names = {measure.name for measure in PIPELINE_MEASURES}
    assert {objective.measure for objective in PIPELINE_OBJECTIVES} <= names
    assert {measure.family for measure in PIPELINE_MEASURES} == {Family.PIPELINE}


@pytest.mark.parametrize(("lag_s", "late"), [(LATE_GENERATOR_S, False), (LATE_GENERATOR_S * 1.01, True), (0.0, False)])
def test_the_generator_is_late_beyond_its_bound(lag_s: float, late: bool) -> None:  # noqa: FBT001 - a table of cases
    meters = Meters()
    meters.record(SEND_LAG, [lag_s] * 1_000)
    assert generator_was_late(meters) is late


def test_a_run_without_a_wire_has_no_late_generator_and_no_verdict_on_it() -> None:
    meters = Meters()
    assert not generator_was_late(meters)
    assert overall(judge(PIPELINE_OBJECTIVES, PIPELINE_MEASURES, meters)) is Verdict.NO_DATA
