"""Words: numbers and promises read as people write them."""

import pytest

from dashboards.report.words import amount, promised
from dashboards.titles import title_of
from sim.judge.measures import Objective, Statistic
from sim.judge.promises import Promise
from sim.judge.verdict import Judged, Verdict


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.9234, "share", "92.3 %"),
        (0.0621, "s", "62.1 ms"),
        (95.0, "s", "95 s"),
        (12_345.6, "events", "12 346 events"),
        (0.0, "s", "0 s"),
        (0.454, "ratio", "0.454"),
        (None, "s", "—"),
        (1e-9, "W", "0 W"),
    ],
)
def test_amounts_carry_three_digits_and_their_unit(value: float | None, unit: str, text: str) -> None:
    assert amount(value, unit).replace("\u00a0", " ").replace("\u202f", " ") == text


@pytest.mark.parametrize(
    ("objective", "unit", "text"),
    [
        (Objective("a.b", Statistic.SHARE_WITHIN, limit=90, at_least=0.99), "s", "share within 90 s ≥ 99 %"),
        (Objective("a.b", Statistic.P95, at_most=0.5), "s", "95th percentile ≤ 500 ms"),
        (Objective("a.b", Statistic.CV, at_most=0.6), "ratio", "variation (CV) ≤ 0.6"),
        (Objective("a.b", Statistic.MAX, at_most=0), "events", "largest ≤ 0 events"),
    ],
)
def test_a_promise_is_told_with_its_units(objective: Objective, unit: str, text: str) -> None:
    row = Promise.from_judged(Judged(objective, unit, 1.0, 1, 1, Verdict.PASS))
    assert promised(row).replace("\u00a0", " ") == text


def test_a_measure_is_named_without_system_and_unit() -> None:
    assert title_of("buses.report_delay_s", "s") == "Report delay"
    assert title_of("pipeline.lost_qos1", "events") == "Lost QoS 1"
    assert title_of("buses.headway_ratio", "ratio") == "Headway"
