"""Meters: samples by measure, label and stage, and a snapshot that can be judged again."""

import json
import math

import numpy as np
import pytest

from sim.events.batches import Sample
from sim.histogram import Histogram
from sim.judge.measures import Measure, Objective, Statistic
from sim.judge.meters import MICRO, Meters, value_of
from sim.judge.verdict import judge


def filled() -> Meters:
    meters = Meters()
    meters.observe([Sample("buses.age_s", "1", np.array([1.0, 2.0])), Sample("buses.age_s", "2", np.array([30.0]))], "rush")
    meters.record("buses.age_s", [4.0], where="1", stage="after")
    meters.record("buses.load", 0.5)
    return meters


def test_samples_are_found_by_label_by_stage_and_together() -> None:
    meters = filled()
    places = [(where, stage) for where in ("", "1", "2") for stage in ("", "rush", "after")]
    counted = {(where, stage): meters.select("buses.age_s", where=where, stage=stage).count for where, stage in places}
    assert counted == {
        ("", ""): 4, ("", "rush"): 3, ("", "after"): 1,
        ("1", ""): 3, ("1", "rush"): 2, ("1", "after"): 1,
        ("2", ""): 1, ("2", "rush"): 1, ("2", "after"): 0,
    }  # fmt: skip


def test_labels_and_measures_are_those_with_samples() -> None:
    meters = filled()
    meters.record("buses.empty", [])
    assert meters.labels("buses.age_s") == ["1", "2"]
    assert meters.labels("buses.age_s", stage="after") == ["1"]
    assert meters.measures() == ["buses.age_s", "buses.load"]
    assert meters.select("nothing").count == 0


def test_a_snapshot_judged_again_gives_the_same() -> None:
    meters = filled()
    measures = [Measure("buses.age_s", unit="s", doc="age"), Measure("buses.load", unit="share", doc="load")]
    objectives = [
        Objective("buses.age_s", Statistic.P50, at_most=3.0),
        Objective("buses.age_s", Statistic.MAX, at_most=3.0, where="2"),
        Objective("buses.age_s", Statistic.CV, at_least=0.5, stage="rush"),
        Objective("buses.load", Statistic.SUM, at_most=0.5),
    ]
    thawed = Meters.thaw(json.loads(json.dumps(meters.freeze())))
    assert thawed.freeze() == meters.freeze()
    assert judge(objectives, measures, thawed) == judge(objectives, measures, meters)


def test_a_damaged_snapshot_is_refused() -> None:
    row = filled().freeze()[0]
    with pytest.raises(ValueError, match="not a histogram"):
        Meters.thaw([row | {"count": 7}])
    with pytest.raises(KeyError):
        Meters.thaw([{"measure": "buses.age_s"}])


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_sample_that_is_no_number_is_refused_by_the_name_of_its_measure(wrong: float) -> None:
    with pytest.raises(ValueError, match=r"measure buses\.age_s: a sample is not a finite number"):
        filled().record("buses.age_s", [1.0, wrong])


def test_samples_beyond_the_range_are_held_at_its_end() -> None:
    meters = Meters()
    meters.record("buses.huge", [1e15, -1e15])
    assert meters.select("buses.huge").greatest == -meters.select("buses.huge").least == 1 << 52


def test_a_cumulative_histogram_takes_the_place_of_the_one_before() -> None:
    meters = Meters()
    for values in ([1], [1, 2]):
        histogram = Histogram()
        histogram.record([value * MICRO for value in values])
        meters.replace("pipeline.ack", histogram, where="tap")
    assert meters.select("pipeline.ack").count == 2


@pytest.mark.parametrize(
    ("statistic", "expected"),
    [
        (Statistic.COUNT, 5), (Statistic.SUM, 15), (Statistic.MEAN, 3), (Statistic.CV, 2.5**0.5 / 3), (Statistic.P50, 3),
        (Statistic.P95, 5), (Statistic.P99, 5), (Statistic.MAX, 5), (Statistic.SHARE, 3), (Statistic.SHARE_WITHIN, 0.4),
    ],
)  # fmt: skip
def test_every_statistic_is_what_it_says(statistic: Statistic, expected: float) -> None:
    meters = Meters()
    meters.record("m", [1, 2, 3, 4, 5])
    limit = 2 if statistic is Statistic.SHARE_WITHIN else None
    assert value_of(meters.select("m"), statistic, limit) == pytest.approx(expected, rel=1e-3)


def test_statistics_of_nothing_are_not_numbers_but_the_count_is_none() -> None:
    values = {statistic: value_of(Histogram(), statistic, 1.0) for statistic in Statistic}
    assert values.pop(Statistic.COUNT) == 0
    assert all(math.isnan(value) for value in values.values())


def test_a_variation_around_nothing_is_not_a_number() -> None:
    meters = Meters()
    meters.record("m", [-1, 1])
    assert math.isnan(value_of(meters.select("m"), Statistic.CV))
