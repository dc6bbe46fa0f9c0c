"""Pace: due is computed once from the start of the run; nothing on the wire is later than now."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import wall_us
from sim.errors import UsageError
from sim.events.batches import WITHHELD
from sim.play.pace import MAX, Pace, parse_speed
from sim.units import HOUR_US, SECOND_US

START_US = 1_425_250_800_000_000
WALL_US = 1_770_000_000_000_000


class Wall:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_us = WALL_US

    def __call__(self) -> int:
        return self.now_us


def begun(speed: float, wall: Wall | None = None, span_us: int = HOUR_US) -> Pace:
    pace = Pace(speed, START_US, START_US + span_us, wall or Wall())
    pace.begin()
    return pace


SPEEDS = st.one_of(st.sampled_from([0.001, 0.5, 1.0, 60.0, 997.3]), st.floats(0.01, 5_000))


@given(SPEEDS, st.lists(st.integers(0, 7 * 24 * HOUR_US), min_size=1, max_size=20))
def test_due_is_the_start_plus_the_stretch_over_the_speed(speed: float, after: list[int]) -> None:
    due_us = begun(speed).due_us(START_US + np.array(after))
    began_us = WALL_US + SECOND_US // 5
    assert np.abs(due_us - [began_us + stretch / speed for stretch in after]).max() <= 1


def test_lateness_never_moves_a_due() -> None:
    wall = Wall()
    pace = begun(60.0, wall)
    release_us = START_US + np.arange(0, HOUR_US, SECOND_US)
    before = pace.due_us(release_us)
    wall.now_us += 17 * SECOND_US
    assert (pace.due_us(release_us) == before).all()
    assert (np.abs(np.diff(before) - SECOND_US / 60) <= 1).all()


@given(SPEEDS, st.integers(0, 24 * HOUR_US))
def test_an_event_is_due_when_its_city_time_has_come(speed: float, after_us: int) -> None:
    wall = Wall()
    pace = begun(speed, wall)
    wall.now_us = int(pace.due_us(np.array([START_US + after_us]))[0])
    assert abs(pace.city_now_us() - (START_US + after_us)) <= speed + 1
    wall.now_us += 1
    assert pace.city_now_us() >= START_US + after_us - speed


@pytest.mark.parametrize("speed", [0.25, 1.0, 60.0])
def test_a_withheld_event_is_never_due(speed: float) -> None:
    assert begun(speed).due_us(np.array([START_US, WITHHELD]))[1] == WITHHELD


def test_at_max_there_is_no_due_and_all_time_has_come() -> None:
    pace = begun(MAX)
    assert pace.unpaced
    assert pace.city_now_us() > pace.end_us
    assert pace.began_us == pace.expected_end_us() == WALL_US
    with pytest.raises(ValueError, match="no due"):
        pace.due_us(np.array([START_US]))


@pytest.mark.parametrize(("speed", "end_us"), [(60.0, 60 * SECOND_US), (1.0, HOUR_US), (0.5, 2 * HOUR_US)])
def test_the_end_is_expected_after_the_span_over_the_speed(speed: float, end_us: int) -> None:
    pace = begun(speed)
    assert pace.expected_end_us() == pace.began_us + end_us


@pytest.mark.parametrize("speed", [1.0, 7.0, 60.0, 3_600.0])
def test_at_speed_one_and_above_the_span_ends_at_the_expected_end(speed: float) -> None:
    pace = begun(speed)
    assert pace.end_us + pace.now_shift_us() == pace.expected_end_us()


@pytest.mark.parametrize("speed", [0.1, 0.999])
def test_below_speed_one_the_span_starts_at_the_start(speed: float) -> None:
    pace = begun(speed)
    assert pace.start_us + pace.now_shift_us() == pace.began_us


def test_at_max_the_span_ends_at_the_moment_of_the_start() -> None:
    pace = begun(MAX)
    assert pace.end_us + pace.now_shift_us() == WALL_US


@given(SPEEDS, st.integers(0, HOUR_US))
def test_no_event_is_later_on_the_wire_than_its_due(speed: float, after_us: int) -> None:
    pace = begun(speed)
    at_us = START_US + after_us
    assert at_us + pace.now_shift_us() <= pace.due_us(np.array([at_us]))[0] + 1


@pytest.mark.parametrize(("text", "speed"), [("60", 60.0), ("0.5", 0.5), ("max", MAX)])
def test_a_speed_is_a_number_or_max(text: str, speed: float) -> None:
    assert parse_speed(text) == speed


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", "", "60x"])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a speed"):
        parse_speed(text)


def test_a_slip_of_max_is_met_with_a_hint() -> None:
    with pytest.raises(UsageError, match="did you mean 'max'"):
        parse_speed("maxx")


def test_the_wall_clock_counts_microseconds_since_1970() -> None:
    first, second = wall_us(), wall_us()
    assert 1_600_000_000_000_000 < first <= second
