"""Gates: columns say what a loop over riders says, one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.metro.gates import Gates

Rider = tuple[int, int, int]  # station, instant, gap


def one_by_one(count: list[int], slices: list[list[Rider]]) -> list[list[int]]:
    free = [[0] * gates for gates in count]
    turn = [0] * len(count)
    passed = []
    for riders in slices:
        found = [0] * len(riders)
        for number in sorted(range(len(riders)), key=lambda number: (riders[number][1], number)):
            station, at_us, gap_us = riders[number]
            gate = turn[station] % count[station]
            turn[station] += 1
            found[number] = max(at_us, free[station][gate])
            free[station][gate] = found[number] + gap_us
        passed.append(found)
    return passed


@st.composite
def days(draw: st.DrawFn) -> tuple[list[int], list[list[Rider]]]:
    count = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    slices = [
        draw(st.lists(st.tuples(st.integers(0, len(count) - 1), st.integers(start, start + 59), st.integers(1, 40)), max_size=12))
        for start in (0, 60, 120)
    ]
    return count, slices


@given(days())
def test_riders_pass_as_if_one_had_looked_at_each(day: tuple[list[int], list[list[Rider]]]) -> None:
    count, slices = day
    gates = Gates(np.array(count))
    for riders, expected in zip(slices, one_by_one(count, slices), strict=True):
        station, at_us, gap_us = (np.array([rider[place] for rider in riders], dtype=np.int64) for place in range(3))
        assert gates.take(station, at_us, gap_us)[0].tolist() == expected


def test_nobody_passes_a_gate_within_the_gap_of_whoever_passed_before_even_over_slices() -> None:
    rng = np.random.default_rng(3)
    gates, passed, by = Gates(np.array([2, 5])), [], []
    for slice_us in range(0, 600_000_000, 60_000_000):
        at_us = slice_us + rng.integers(60_000_000, size=200)
        passed_us, gate = gates.take(rng.integers(2, size=200), at_us, rng.integers(1_000_000, 2_000_000, size=200))
        assert (passed_us >= at_us).all()
        passed.append(passed_us)
        by.append(gate)
    times, gate = np.concatenate(passed), np.concatenate(by)
    assert all(np.diff(np.sort(times[gate == each])).min() >= 1_000_000 for each in range(7))
    assert set(gate.tolist()) == set(range(7))


def test_the_gates_of_a_station_take_turns() -> None:
    gates = Gates(np.array([3, 2]))
    _, gate = gates.take(np.array([1, 0, 0, 0, 0, 1]), np.arange(6) * 10, np.full(6, 1))
    assert gate.tolist() == [3, 0, 1, 2, 0, 4]
    assert gates.take(np.array([0, 1]), np.array([70, 80]), np.array([1, 1]))[1].tolist() == [1, 3]
