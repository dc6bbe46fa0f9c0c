"""Figures: numbers that say where they come from."""

import pytest

from sim.figures import Figure, Grade


def test_a_single_number_can_be_used_as_one() -> None:
    assert float(Figure("headway", value=90, unit="s", grade=Grade.A, source="a timetable")) == 90.0


@pytest.mark.parametrize("value", ["peak", (1.0, 2.0)])
def test_a_table_or_a_text_is_no_single_number(value: str | tuple[float, ...]) -> None:
    with pytest.raises(TypeError, match="headway is not a single number"):
        float(Figure("headway", value=value, unit="s"))


def test_grades_are_written_as_their_letter() -> None:
    assert [f"{grade}" for grade in Grade] == ["S", "A", "B", "C", "K"]


@pytest.mark.parametrize(
    ("value", "unit", "us"), [(90, "s", 90_000_000), (1.5, "min", 90_000_000), (2, "h", 7_200_000_000), (0.5, "ms", 500)]
)
def test_a_span_of_time_is_known_in_microseconds(value: float, unit: str, us: int) -> None:
    assert Figure("headway", value=value, unit=unit).us == us


def test_what_is_no_span_of_time_has_no_microseconds() -> None:
    with pytest.raises(TypeError, match="power is no span of time: its unit is 'W'"):
        _ = Figure("power", value=80, unit="W").us
    with pytest.raises(TypeError, match="hours is not a single number"):
        _ = Figure("hours", value=(6, 10), unit="h").us


def test_the_numbers_of_a_table_are_its_values() -> None:
    assert Figure("hours", value=(6, 10), unit="h").numbers == (6, 10)
    with pytest.raises(TypeError, match="power is not a table of numbers: 80"):
        _ = Figure("power", value=80, unit="W").numbers


@pytest.mark.parametrize(("low", "high", "words"), [(None, None, ""), (1.0, None, "≥ 1"), (None, 2.0, "≤ 2"), (0.5, 2.0, "0.5 – 2")])
def test_a_range_may_be_open_at_one_end(low: float | None, high: float | None, words: str) -> None:
    figure = Figure("a length", value=1.0, unit="m", low=low, high=high)
    assert figure.reach("{:g}".format) == words
