"""Units: what people write becomes exact microseconds, and nonsense is refused with the remedy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UsageError
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US, UNITS_US, duration_text, duration_us, nearest, rate_per_s


@pytest.mark.parametrize(
    ("text", "expected_us"),
    [
        ("90s", 90 * SECOND_US),
        ("2h30m", 2 * HOUR_US + 30 * MINUTE_US),
        ("2 h 30 min", 2 * HOUR_US + 30 * MINUTE_US),
        ("250ms", 250_000),
        ("1.5h", 90 * MINUTE_US),
        ("7us", 7),
        ("7µs", 7),
        ("1d", DAY_US),
        ("0s", 0),
    ],
)
def test_durations_are_read_as_microseconds(text: str, expected_us: int) -> None:
    assert duration_us(text) == expected_us


@pytest.mark.parametrize("text", ["", "90", "-5s", "5 s 3", "1.5.2s", "s", "h2", "5s,"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="write a number with a unit, such as 90s"):
        duration_us(text)


def test_an_unknown_unit_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"unknown unit 'mins' \(did you mean 'min'\?\)"):
        duration_us("5mins")


@given(st.integers(0, 10**6), st.sampled_from(sorted(UNITS_US)))
def test_whole_durations_are_exact_in_every_unit(number: int, unit: str) -> None:
    assert duration_us(f"{number}{unit}") == number * UNITS_US[unit]


@pytest.mark.parametrize(("text", "per_s"), [("2000/s", 2000.0), ("90/m", 1.5), ("5 / h", 5 / 3600), ("0.5/ms", 500.0)])
def test_rates_are_read_as_events_a_second(text: str, per_s: float) -> None:
    assert rate_per_s(text) == pytest.approx(per_s)


@pytest.mark.parametrize("text", ["2000", "/s", "5/parsec", "-5/s", "5/s/s", ""])
def test_what_is_no_rate_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="such as 2000/s"):
        rate_per_s(text)


@pytest.mark.parametrize(
    ("span_us", "text"),
    [
        (0, "0s"),
        (80, "80us"),
        (250_000, "250ms"),
        (1_500_000, "1.5s"),
        (45 * SECOND_US, "45s"),
        (60 * SECOND_US - 1, "1m"),
        (90 * SECOND_US, "1m30s"),
        (2 * HOUR_US + 30 * MINUTE_US, "2h30m"),
        (DAY_US, "1d"),
        (DAY_US + 3 * HOUR_US, "1d3h"),
        (DAY_US + 90 * MINUTE_US, "25h30m"),
        (-45 * SECOND_US, "-45s"),
    ],
)
def test_durations_are_written_for_people(span_us: int, text: str) -> None:
    assert duration_text(span_us) == text


@given(st.integers(1, 400 * DAY_US))
def test_a_written_duration_reads_back_to_the_precision_shown(span_us: int) -> None:
    precision_us = SECOND_US if span_us >= MINUTE_US else span_us / 100
    assert abs(duration_us(duration_text(span_us)) - span_us) <= precision_us


def test_the_nearest_valid_name_is_offered_only_when_there_is_one() -> None:
    assert nearest("busses", ["buses", "cards"]) == " (did you mean 'buses'?)"
    assert nearest("xyz", ["buses", "cards"]) == ""
