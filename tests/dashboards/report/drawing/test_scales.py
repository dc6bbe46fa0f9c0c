"""Scales: ticks are round and cover what is drawn."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.report.drawing.scales import Linear, Logarithmic, clock_ticks, decades, nice_ticks
from sim.city.calendar import Calendar
from sim.units import DAY_US, HOUR_US, MINUTE_US


@given(st.floats(1e-6, 1e12), st.integers(2, 8))
def test_nice_ticks_start_at_zero_and_cover_the_highest_value(high: float, most: int) -> None:
    ticks = nice_ticks(high, most)
    assert ticks[0] == 0
    assert ticks[-1] >= high * (1 - 1e-6)
    assert 2 <= len(ticks) <= most + 2


def test_an_axis_without_values_still_has_ticks() -> None:
    assert nice_ticks(0.0, 4) == [0.0, 1.0]


@given(st.floats(1e-5, 1e3), st.floats(1.0, 1e5))
def test_decades_enclose_the_range(low: float, factor: float) -> None:
    ticks = decades(low, low * factor)
    assert ticks[0] <= low * (1 + 1e-6)
    assert ticks[-1] >= low * factor * (1 - 1e-6)


def test_scales_map_ends_to_ends() -> None:
    assert [Linear(0, 10, 100, 200)(value) for value in (0, 5, 10)] == [100, 150, 200]
    assert [Logarithmic(1, 100, 0, 10)(value) for value in (0.1, 1, 10, 100)] == pytest.approx([0, 0, 5, 10])


@pytest.mark.parametrize(
    ("hours", "expected"), [(1, ["07:00", "07:10", "07:20"]), (6, ["07:00", "08:00"]), (36, ["12:00", "18:00", "Tue 3 Mar"])]
)
def test_clock_ticks_stand_on_round_local_times(hours: int, expected: list[str]) -> None:
    calendar = Calendar("Asia/Shanghai")
    start_us = calendar.instant_us(date(2015, 3, 2), 7 * HOUR_US)
    labels = [label for _, label in clock_ticks(start_us, start_us + hours * HOUR_US, calendar)]
    assert labels[: len(expected)] == expected
    assert len(labels) <= 10


def test_clock_ticks_of_an_odd_start_wait_for_the_next_round_time() -> None:
    calendar = Calendar("Australia/Brisbane")
    start_us = calendar.instant_us(date(2015, 3, 2), 7 * HOUR_US + 3 * MINUTE_US)
    first_us, label = next(clock_ticks(start_us, start_us + DAY_US // 24, calendar))
    assert (first_us - start_us, label) == (7 * MINUTE_US, "07:10")
