import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.buses.network.blocks import chain, in_order, layover_us, split, terminals

MINUTE = 60_000_000


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_a_bus_turns_at_the_terminal_once_its_layover_is_over() -> None:
    # Out at 0, there at 30, free at 35: it takes the way back at 40, and is home for the departure at 80.
    blocks = chain(ints(0, 1, 0), ints(1, 0, 1), ints(0, 40, 80), ints(35, 75, 115))
    assert blocks.tolist() == [0, 0, 0]


def test_a_departure_before_the_layover_is_over_needs_another_bus() -> None:
    blocks = chain(ints(0, 1), ints(1, 0), ints(0, 34), ints(35, 75))
    assert blocks.tolist() == [0, 1]


def test_the_bus_that_has_been_free_longest_goes_first() -> None:
    blocks = chain(ints(0, 0, 1), ints(1, 1, 0), ints(0, 5, 60), ints(50, 45, 100))
    assert blocks.tolist() == [0, 1, 1]


def test_a_bus_never_starts_where_it_is_not() -> None:
    blocks = chain(ints(0, 0), ints(1, 1), ints(0, 500), ints(30, 530))
    assert blocks.tolist() == [0, 1]


def test_a_bus_comes_empty_from_another_terminal_only_when_none_waits_and_it_is_there_in_time() -> None:
    empty = np.array([[0, 20], [20, 0]])
    assert chain(ints(0, 0, 0), ints(1, 1, 1), ints(0, 49, 50), ints(30, 79, 80), empty).tolist() == [0, 1, 0]
    assert chain(ints(0, 1, 0), ints(1, 0, 1), ints(0, 0, 90), ints(30, 50, 120), empty).tolist() == [0, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 200), st.integers(1, 60)), max_size=60))
def test_chained_blocks_are_feasible_and_none_could_be_saved_by_joining_two(trips: list[tuple[int, int, int, int]]) -> None:
    start, end, depart, run = (ints(*column) for column in zip(*trips, strict=True)) if trips else (ints(),) * 4
    free = depart + run
    blocks = chain(start, end, depart, free)
    last: dict[int, int] = {}
    first: dict[int, int] = {}
    for trip in np.argsort(depart, kind="stable").tolist():
        block = int(blocks[trip])
        if block in last:
            assert end[last[block]] == start[trip]
            assert free[last[block]] <= depart[trip]
        first.setdefault(block, trip)
        last[block] = trip
    joinable = [(a, b) for a in last for b in first if a != b and end[last[a]] == start[first[b]] and free[last[a]] <= depart[first[b]]]
    assert not joinable


def test_a_declared_block_without_overlap_stays_one() -> None:
    assert split(ints(0, 20, 10), ints(10, 30, 20)).tolist() == [0, 0, 0]


def test_overlapping_trips_of_a_declared_block_go_to_another_vehicle() -> None:
    assert split(ints(0, 9, 10), ints(10, 19, 20)).tolist() == [0, 1, 0]


def test_a_layover_is_a_share_of_the_run_but_never_below_the_least() -> None:
    assert layover_us(ints(10 * MINUTE, 100 * MINUTE)).tolist() == [3 * MINUTE, 11 * MINUTE]


def test_end_stops_across_the_road_are_one_terminal_and_far_ones_are_not() -> None:
    # 0.001 degrees of latitude are 111 m.
    assert terminals(np.array([31.0, 31.001, 31.01]), np.array([121.0, 121.0, 121.0])).tolist() == [0, 0, 2]


def test_blocks_list_their_trips_in_order_of_departure() -> None:
    assert in_order(ints(30, 10, 20), ["a", "b", "a"]) == {"a": (2, 0), "b": (1,)}
