"""A clock that nobody sets, and the notice of one that somebody did."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import Clock, monotonic_us, wall_us
from sim.play.pace import Pace
from sim.units import HOUR_US, MS_US, SECOND_US

WALL_US = 1_770_000_000_000_000


@dataclass
class Machine:
    """A machine whose time passes and whose wall clock is set as a test wants."""

    passed_us: int = 0
    set_by_us: int = 0

    def wall(self) -> int:
        return WALL_US + self.passed_us + self.set_by_us

    def monotonic(self) -> int:
        return 77 * SECOND_US + self.passed_us

    def clock(self) -> Clock:
        return Clock(self.wall, self.monotonic)


@given(st.lists(st.tuples(st.integers(0, HOUR_US), st.integers(-HOUR_US, HOUR_US)), max_size=20))
def test_time_passes_as_it_does_whatever_the_wall_clock_is_set_to(turns: list[tuple[int, int]]) -> None:
    machine = Machine()
    clock = machine.clock()
    for passed_us, set_by_us in turns:
        machine.passed_us += passed_us
        machine.set_by_us = set_by_us
        assert clock() == WALL_US + machine.passed_us


@pytest.mark.parametrize("step_us", [-HOUR_US, -30 * SECOND_US, -SECOND_US, SECOND_US, 90 * SECOND_US])
def test_a_step_of_a_second_or_more_is_noticed_also_when_it_is_taken_back(step_us: int) -> None:
    machine = Machine()
    clock = machine.clock()
    clock.look()
    assert clock.step_us == 0
    machine.set_by_us = step_us
    clock.look()
    machine.set_by_us = 0
    clock.look()
    assert clock.step_us == step_us


@pytest.mark.parametrize("apart_us", [-999 * MS_US, -1, 0, 400 * MS_US])
def test_less_than_a_second_is_no_step(apart_us: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.set_by_us = apart_us
    clock.look()
    assert clock.step_us == 0


@pytest.mark.parametrize("step_us", [-HOUR_US, -30 * SECOND_US, HOUR_US])
def test_a_pace_goes_on_through_a_step_and_a_stall_behind_it_shows(step_us: int) -> None:
    machine = Machine()
    pace = Pace(60.0, 0, HOUR_US, machine.clock())
    pace.begin(lead_us=0)
    due_us = pace.due_us(np.array([0, HOUR_US]))
    machine.set_by_us = step_us
    machine.passed_us += 30 * SECOND_US
    assert pace.city_now_us() == 30 * 60 * SECOND_US
    assert pace.wall() - due_us[0] == 30 * SECOND_US
    assert due_us[1] - pace.wall() == 30 * SECOND_US


def test_the_machines_own_clocks_agree() -> None:
    before, clock, after = wall_us(), Clock(), wall_us()
    first, second = monotonic_us(), monotonic_us()
    assert before <= clock.wall() and before - MS_US <= clock()  # noqa: PT018 - one statement about one instant
    assert after >= before
    assert first <= second
