"""Histograms: three significant digits, mergeable, in fixed memory."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.histogram import LARGEST, LAST, Histogram, bucket, upper_edge

WHOLE = st.integers(-LARGEST, LARGEST)
SAMPLES = st.lists(st.one_of(WHOLE, st.integers(-3_000, 3_000)), min_size=1, max_size=80)


def of(values: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.record(values)
    return histogram


@given(WHOLE)
def test_a_value_lies_in_its_bucket_and_a_bucket_is_a_thousandth_wide(value: int) -> None:
    index = int(bucket(np.array([value]))[0])
    edge = upper_edge(index)
    assert int(bucket(np.array([edge]))[0]) == index
    assert value <= edge
    assert edge - value <= abs(value) / 1_000


@given(st.lists(WHOLE, min_size=2, max_size=50))
def test_buckets_keep_the_order_of_values(values: list[int]) -> None:
    indexes = bucket(np.array(sorted(values)))
    assert (np.diff(indexes) >= 0).all()


@given(SAMPLES, st.sampled_from([0.0, 0.07, 0.5, 0.9, 0.95, 0.99, 1.0]))
def test_quantiles_have_three_digits(values: list[int], share: float) -> None:
    exact = float(np.quantile(np.array(values), share, method="inverted_cdf"))
    assert of(values).quantile(share) == pytest.approx(exact, rel=1e-3)


def test_quantiles_of_latencies_have_three_digits() -> None:
    values = np.rint(np.random.default_rng(3).lognormal(9, 1.5, 200_000)).astype(np.int64)
    histogram = Histogram()
    histogram.record(values)
    for share in (0.01, 0.5, 0.95, 0.99, 0.999):
        assert histogram.quantile(share) == pytest.approx(float(np.quantile(values, share, method="inverted_cdf")), rel=1e-3)


@pytest.mark.parametrize(("share", "percent"), [(0.5, 50), (0.95, 95), (0.99, 99), (0.07, 7), (0.29, 29)])
def test_the_rank_of_a_quantile_suffers_from_no_rounding(share: float, percent: int) -> None:
    for count in range(100, 2_100, 100):
        assert of(list(range(1, count + 1))).quantile(share) == percent * count // 100


@given(SAMPLES, SAMPLES)
def test_merging_is_recording_both(first: list[int], second: list[int]) -> None:
    merged, both = of(first), of(first + second)
    merged.merge(of(second))
    assert merged.freeze()["buckets"] == both.freeze()["buckets"]
    assert (merged.count, merged.least, merged.greatest) == (both.count, both.least, both.greatest)
    assert merged.total == pytest.approx(both.total, rel=1e-9, abs=64.0)
    assert merged.squares == pytest.approx(both.squares, rel=1e-9)


def test_merging_nothing_changes_nothing() -> None:
    one = of([-4, 9])
    before = one.freeze()
    one.merge(Histogram())
    assert one.freeze() == before


@given(SAMPLES)
def test_a_snapshot_is_json_and_comes_back_as_it_was(values: list[int]) -> None:
    histogram = of(values)
    thawed = Histogram.thaw(json.loads(json.dumps(histogram.freeze())))
    assert thawed.freeze() == histogram.freeze()
    thawed.record(values)
    assert thawed.count == 2 * histogram.count


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ({"buckets": [[1, 2], [3, 1]]}, ValueError),
        ({"buckets": [[10**15, 2]]}, ValueError),
        ({"buckets": [[1, 3], [2, -1]]}, ValueError),
        ({"buckets": [[1]]}, ValueError),
        ({"count": "many"}, ValueError),
        ({"count": None}, TypeError),
    ],
)
def test_a_damaged_snapshot_is_refused(damage: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Histogram.thaw(of([1, 1]).freeze() | damage)


def test_a_snapshot_without_its_parts_is_refused() -> None:
    with pytest.raises(KeyError):
        Histogram.thaw({"count": 1})


@given(SAMPLES, SAMPLES)
def test_what_came_since_is_what_was_recorded_since(first: list[int], second: list[int]) -> None:
    histogram = of(first)
    earlier = Histogram.thaw(histogram.freeze())
    histogram.record(second)
    fresh, expected = histogram.since(earlier), of(second)
    assert fresh.count == expected.count
    assert fresh.freeze()["buckets"] == expected.freeze()["buckets"]
    assert fresh.least == pytest.approx(expected.least, rel=1e-3)
    assert fresh.greatest == pytest.approx(expected.greatest, rel=1e-3)
    assert fresh.quantile(0.5) == pytest.approx(expected.quantile(0.5), rel=1e-3)


def test_nothing_came_since_now() -> None:
    histogram = of([1, 2])
    assert histogram.since(histogram).count == 0
    assert Histogram().since(Histogram()).count == 0
    assert histogram.since(Histogram()).count == 2


@given(SAMPLES, st.one_of(st.integers(-3_000, 3_000), WHOLE))
def test_samples_at_most_a_limit_are_counted_up_to_its_bucket(values: list[int], limit: int) -> None:
    edge = upper_edge(int(bucket(np.array([limit]))[0]))
    assert of(values).at_most(limit) == sum(value <= edge for value in values)


def test_mean_and_deviation_are_those_of_the_samples() -> None:
    values = [90_000_000, 91_000_000, 95_000_000]
    assert of(values).mean() == pytest.approx(np.mean(values))
    assert of(values).deviation() == pytest.approx(np.std(values, ddof=1))


def test_an_empty_histogram_has_no_value() -> None:
    empty = Histogram()
    empty.record([])
    assert all(math.isnan(value) for value in (empty.mean(), empty.deviation(), empty.quantile(0.5)))
    assert math.isnan(of([3]).deviation())
    assert empty.at_most(5) == 0


def test_values_beyond_the_largest_share_its_bucket() -> None:
    extremes = [np.iinfo(np.int64).min, np.iinfo(np.int64).max]
    assert bucket(np.array(extremes)).tolist() == [-LAST, LAST]


def test_memory_is_bounded_by_the_range_of_buckets() -> None:
    histogram = Histogram()
    rng = np.random.default_rng(1)
    for _ in range(20):
        histogram.record(rng.integers(-LARGEST, LARGEST, 5_000) >> rng.integers(0, 52, 5_000))
    histogram.record([-LARGEST, LARGEST])
    assert histogram.counts is not None
    assert len(histogram.counts) == 2 * LAST + 1
    assert histogram.counts.nbytes < 1_000_000
