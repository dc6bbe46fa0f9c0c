import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.sampler import MOST, Course
from benchmarks.table import Line, text_of


def test_a_target_is_a_ratio_reached_at_its_bound_and_missed_beyond_it() -> None:
    assert Line("memory", 105.0, "MiB", "day 2", 100.0, at_most=1.05).reached is True
    assert Line("memory", 105.1, "MiB", "day 2", 100.0, at_most=1.05).reached is False
    assert Line("rate", 20_000, "events/s", "peer", 10_000, at_least=2).reached is True
    assert Line("rate", 19_999, "events/s", "peer", 10_000, at_least=2).reached is False


def test_a_machine_twice_as_fast_reaches_no_other_targets() -> None:
    for speed in (1.0, 2.0):
        assert Line("rate", 19_000 * speed, "events/s", "peer", 10_000 * speed, at_least=2).reached is False


def test_what_is_not_measured_is_neither_reached_nor_missed() -> None:
    assert Line("rate", None, "events/s", "peer", 10_000, at_least=2, note="not here").reached is None
    assert Line("rate", 20_000, "events/s", "peer: not here", None, at_least=2).reached is None
    assert Line("rate", 5.0, "events/s", "peer", 10.0).reached is None


def test_the_table_aligns_its_columns_and_shows_ratios() -> None:
    heads, first, second = text_of(
        [Line("a", 10.0, "s", "peer", 4.0), Line("longer step", 2_000_000, "events/s", "peer", 1e6, at_least=1)]
    ).splitlines()
    assert first.split() == ["a", "10", "s", "peer", "4", "2.50"]
    assert second.split() == ["longer", "step", "2,000,000", "events/s", "peer", "1,000,000", "2.00", "≥", "1", "yes"]
    assert heads.index("unit") == first.index("s  ") == second.index("events/s")


def test_a_rate_counts_from_the_first_put_until_nearly_all_is_stored() -> None:
    seconds = np.arange(0.0, 21.0)
    course = Course(seconds, np.clip((seconds - 10) * 100, 0, 1_000), {"ingest": seconds / 2}, began_s=5.0)
    assert course.rate_per_s(1_000) == pytest.approx(MOST * 1_000 / (5 + MOST * 10))
    assert course.cpu_us(1_000, "ingest") == pytest.approx((5 + MOST * 10) / 2 / (MOST * 1_000) * 1e6)


def test_an_even_rate_leaves_out_the_moment_before_the_first_row_is_stored() -> None:
    seconds = np.arange(0.0, 21.0)
    course = Course(seconds, np.clip((seconds - 10) * 100, 0, 1_000), {}, began_s=5.0)
    assert course.steady_per_s(1_000) == pytest.approx(100)


def test_an_unknown_benchmark_is_refused_with_the_known_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["position"]) == 2
    assert "positions" in capsys.readouterr().err
