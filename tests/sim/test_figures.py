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
