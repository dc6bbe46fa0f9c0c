"""Verdicts: bounds included, enough samples, and which of several counts."""

import itertools

import pytest

from sim.errors import Exit
from sim.judge.measures import Family, Measure, Objective, Statistic
from sim.judge.meters import Meters
from sim.judge.verdict import Judged, Verdict, exit_code, judge, least_samples, overall

WAIT = Measure("buses.wait_s", unit="s", doc="how long riders wait")
LAG = Measure("pipeline.lag", unit="s", doc="wall time", family=Family.PIPELINE)
LOST = Measure("pipeline.lost", unit="events", doc="a count", family=Family.PIPELINE)


def judged(objective: Objective, *values: float, where: str = "", invalid: bool = False) -> Judged:
    meters = Meters()
    meters.record(objective.measure, list(values), where=where)
    return judge([objective], [WAIT, LAG, LOST], meters, invalid={"pipeline.lag"} if invalid else ())[0]


def at_most(statistic: Statistic, bound: float, **more: object) -> Objective:
    return Objective(**{"measure": "buses.wait_s", "statistic": statistic, "at_most": bound} | more)  # type: ignore[arg-type]


def at_least(statistic: Statistic, bound: float, **more: object) -> Objective:
    return Objective(**{"measure": "buses.wait_s", "statistic": statistic, "at_least": bound} | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("objective", "needed"),
    [
        (at_most(Statistic.P50, 1), 10),
        (at_most(Statistic.P95, 1), 100),
        (at_most(Statistic.P99, 1), 500),
        (at_least(Statistic.SHARE, 0.9), 50),
        (at_least(Statistic.SHARE, 0.99), 500),
        (at_least(Statistic.SHARE, 1.0), 1),
        (at_most(Statistic.SHARE, 0.01), 500),
        (at_most(Statistic.SHARE, 0.0), 1),
        (at_least(Statistic.SHARE_WITHIN, 0.95, limit=30), 100),
        (at_least(Statistic.MEAN_OF_SHARES, 0.8), 25),
        (at_most(Statistic.CV, 0.4), 66),
        (at_most(Statistic.CV, 0.6), 86),
        (at_least(Statistic.CV, 0.0), 50),
        (at_most(Statistic.MAX, 1), 1),
        (at_most(Statistic.MEAN, 1), 30),
        (at_least(Statistic.COUNT, 1), 1),
        (at_least(Statistic.SUM, 1), 1),
    ],
)
def test_every_statistic_has_the_samples_it_needs(objective: Objective, needed: int) -> None:
    assert least_samples(objective) == needed


def test_one_sample_too_few_is_no_data() -> None:
    objective = at_most(Statistic.P95, 5)
    assert judged(objective, *[9.0] * 99).verdict is Verdict.NO_DATA
    assert judged(objective, *[9.0] * 100).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        (Statistic.COUNT, 100),
        (Statistic.SUM, 50),
        (Statistic.MEAN, 0.5),
        (Statistic.P50, 0),
        (Statistic.P95, 1),
        (Statistic.MAX, 1),
        (Statistic.SHARE, 0.5),
    ],
)
def test_a_bound_itself_is_kept_and_a_little_beyond_is_not(statistic: Statistic, value: float) -> None:
    samples = [0.0, 1.0] * 50
    assert judged(at_most(statistic, value), *samples).verdict is Verdict.PASS
    assert judged(at_least(statistic, value), *samples).verdict is Verdict.PASS
    assert judged(at_most(statistic, value - 0.01), *samples).verdict is Verdict.FAIL
    assert judged(at_least(statistic, value + 0.01), *samples).verdict is Verdict.FAIL


def test_a_share_within_counts_the_limit_itself() -> None:
    samples = [30.0] * 90 + [31.0] * 10
    assert judged(at_least(Statistic.SHARE_WITHIN, 0.9, limit=30), *samples).verdict is Verdict.PASS
    assert judged(at_least(Statistic.SHARE_WITHIN, 0.91, limit=30), *samples).verdict is Verdict.FAIL


def test_a_variation_is_held_against_its_bound() -> None:
    samples = [1.0, 3.0] * 50  # a deviation of 1.005 around 2
    assert judged(at_most(Statistic.CV, 0.51), *samples).verdict is Verdict.PASS
    assert judged(at_most(Statistic.CV, 0.49), *samples).verdict is Verdict.FAIL


def test_three_samples_say_nothing_of_a_spread_or_a_mean() -> None:
    assert judged(at_most(Statistic.CV, 0.1), 1, 5, 9).verdict is Verdict.NO_DATA
    assert judged(at_most(Statistic.MEAN, 0.1), 1, 5, 9).verdict is Verdict.NO_DATA
    assert judged(at_most(Statistic.MAX, 0.1), 1).verdict is Verdict.FAIL  # what was there was there


def test_the_mean_of_shares_weighs_labels_equally_and_leaves_empty_ones_out() -> None:
    meters = Meters()
    meters.record("buses.wait_s", [1.0] * 90, where="1", stage="rush")
    meters.record("buses.wait_s", [0.0] * 10, where="2", stage="rush")
    meters.record("buses.wait_s", [1.0] * 10, where="3", stage="after")
    objective = at_least(Statistic.MEAN_OF_SHARES, 0.5, stage="rush")
    found = judge([objective], [WAIT], meters)[0]
    assert (found.value, found.verdict) == (0.5, Verdict.PASS)


def test_a_label_with_too_few_samples_does_not_weigh_like_the_others() -> None:
    meters = Meters()
    meters.record("buses.wait_s", [1.0] * 40, where="1")
    meters.record("buses.wait_s", [0.0] * 3, where="2")
    found = judge([at_least(Statistic.MEAN_OF_SHARES, 0.85)], [WAIT], meters)[0]
    assert (found.value, found.samples, found.verdict) == (1.0, 40, Verdict.PASS)
    few = Meters()
    for where in "12":
        few.record("buses.wait_s", [0.0] * 30, where=where)
    found = judge([at_least(Statistic.MEAN_OF_SHARES, 0.85)], [WAIT], few)[0]
    assert (found.samples, found.needed, found.verdict) == (30, 34, Verdict.NO_DATA)


def test_only_the_label_and_the_stage_that_are_named_are_judged() -> None:
    assert judged(at_most(Statistic.MAX, 1, where="1"), 5, where="2").verdict is Verdict.NO_DATA
    assert judged(at_most(Statistic.MAX, 1, stage="rush"), 5).verdict is Verdict.NO_DATA


def test_only_the_measures_that_are_named_are_spoiled() -> None:
    assert judged(Objective("pipeline.lag", Statistic.MAX, at_most=1), 0.5, invalid=True).verdict is Verdict.INVALID
    assert judged(Objective("pipeline.lost", Statistic.MAX, at_most=1), 2, invalid=True).verdict is Verdict.FAIL
    assert judged(at_most(Statistic.MAX, 1), 0.5, invalid=True).verdict is Verdict.PASS
    assert judged(Objective("pipeline.lag", Statistic.MAX, at_most=1), invalid=True).verdict is Verdict.NO_DATA


def test_an_objective_on_a_measure_that_nobody_declares_is_refused() -> None:
    with pytest.raises(KeyError, match="unheard"):
        judge([Objective("unheard", Statistic.MAX, at_most=1)], [WAIT], Meters())


def stood(verdict: Verdict, *, required: bool = False) -> Judged:
    return Judged(at_most(Statistic.MAX, 1, required=required), "s", 0.0, 1, 1, verdict)


def test_fail_counts_before_invalid_before_required_no_data_before_pass() -> None:
    order = [stood(Verdict.FAIL), stood(Verdict.INVALID), stood(Verdict.NO_DATA, required=True), stood(Verdict.PASS)]
    for length in range(1, 5):
        for chosen in itertools.permutations(order, length):
            worst = min(chosen, key=order.index)
            assert overall(chosen) is worst.verdict


def test_missing_data_moves_the_verdict_only_when_required_or_everywhere() -> None:
    assert overall([stood(Verdict.NO_DATA), stood(Verdict.PASS)]) is Verdict.PASS
    assert overall([stood(Verdict.NO_DATA), stood(Verdict.NO_DATA)]) is Verdict.NO_DATA
    assert overall([]) is Verdict.PASS


def test_every_verdict_has_its_exit_code() -> None:
    codes = {verdict: exit_code(verdict) for verdict in Verdict}
    assert codes == {
        Verdict.PASS: Exit.PASS,
        Verdict.FAIL: Exit.FAILED,
        Verdict.NO_DATA: Exit.UNDECIDED,
        Verdict.INVALID: Exit.UNDECIDED,
        Verdict.ABORTED: Exit.INTERNAL,
        Verdict.INTERRUPTED: Exit.INTERRUPTED,
        Verdict.UNFINISHED: Exit.UNDECIDED,
    }
    assert [int(code) for code in codes.values()] == [0, 3, 4, 4, 1, 130, 4]
