"""Repeats are told from first deliveries, against a set that remembers everything."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brokers.ingest.duplicates import WINDOW, Duplicates

BLOCKS = st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, WINDOW - 1)), max_size=30), max_size=6)


def marked(seen: Duplicates, rows: list[tuple[str, int]]) -> list[bool]:
    return seen.mark([device for device, _ in rows], np.array([seq for _, seq in rows], dtype=np.int64)).tolist()


@given(BLOCKS)
def test_within_the_window_it_agrees_with_a_set(blocks: list[list[tuple[str, int]]]) -> None:
    seen, all_of_them = Duplicates(), set()
    for rows in blocks:
        expected = []
        for row in rows:
            expected.append(row in all_of_them)
            all_of_them.add(row)
        assert marked(seen, rows) == expected


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 7))
def test_rising_numbers_with_gaps_are_never_repeats_and_all_are_when_delivered_again(steps: list[int], block: int) -> None:
    rows = [("d", int(seq)) for seq in np.cumsum(steps)]
    seen = Duplicates()
    for start in range(0, len(rows), block):
        assert not any(marked(seen, rows[start : start + block]))
    assert all(marked(seen, rows))


def test_a_late_event_within_the_window_is_new_once() -> None:
    seen = Duplicates()
    assert marked(seen, [("d", 0), ("d", 2), ("d", 60)]) == [False] * 3
    assert [marked(seen, [("d", 1)]), marked(seen, [("d", 1)])] == [[False], [True]]


def test_what_lies_further_back_than_the_window_counts_as_a_repeat() -> None:
    seen = Duplicates()
    marked(seen, [("d", 1_000)])
    assert marked(seen, [("d", 1_000 - WINDOW + 1), ("d", 1_000 - WINDOW)]) == [False, True]


def test_many_devices_keep_apart() -> None:
    seen = Duplicates()
    rows = [(f"d{number}", number % 3) for number in range(5_000)]
    assert not any(marked(seen, rows))
    assert all(marked(seen, rows))
