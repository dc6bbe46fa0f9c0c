"""Repeats are told from first deliveries, against a set that remembers everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.ingest import duplicates, stretches
from brokers.ingest.duplicates import Duplicates

FAR = 2**53
SEQS = st.one_of(st.integers(0, 12), st.integers(0, 300), st.integers(FAR - 3, FAR))
BLOCKS = st.lists(st.lists(st.tuples(st.sampled_from("abc"), SEQS), max_size=30), max_size=8)


def marked(seen: Duplicates, rows: list[tuple[str, int]]) -> list[bool]:
    return seen.mark([device for device, _ in rows], np.array([seq for _, seq in rows], dtype=np.int64)).tolist()


@given(BLOCKS)
def test_it_agrees_with_a_set_in_any_order_over_any_distance(blocks: list[list[tuple[str, int]]]) -> None:
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


def test_late_is_not_repeated_however_late() -> None:
    seen = Duplicates()
    assert not any(marked(seen, [("d", seq) for seq in range(10_000) if seq != 7]))
    assert [marked(seen, [("d", 7)]), marked(seen, [("d", 7)])] == [[False], [True]]


def test_a_jump_ahead_makes_no_repeats_of_what_follows() -> None:
    seen = Duplicates()
    assert marked(seen, [("d", 0), ("d", FAR), ("d", 1)]) == [False] * 3
    assert not any(marked(seen, [("d", seq)])[0] for seq in range(2, 200))
    assert marked(seen, [("d", FAR), ("d", 199)]) == [True, True]


def test_a_stretch_that_grows_into_the_next_one_knows_it() -> None:
    seen = Duplicates()
    marked(seen, [("d", 0), ("d", 3), ("d", 1)])
    assert marked(seen, [("d", 2), ("d", 3), ("d", 4)]) == [False, True, False]
    assert not seen._gaps


def test_a_device_in_order_is_never_looked_at_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Duplicates()
    marked(seen, [("d", 0), ("late", 5)])
    monkeypatch.setattr(Duplicates, "_one_by_one", None)
    assert not any(marked(seen, [("d", seq) for seq in range(1, 100)] + [("late", seq) for seq in range(6, 90)]))


def test_many_devices_keep_apart_and_are_known() -> None:
    seen = Duplicates()
    rows = [(f"d{number}", number % 3) for number in range(5_000)]
    assert not any(marked(seen, rows))
    assert all(marked(seen, rows))
    assert "d17" in seen
    assert "d5000" not in seen


def test_where_memory_ends_repeats_may_count_as_new_but_nothing_new_as_a_repeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "MOST_OF_ONE", 8)
    monkeypatch.setattr(duplicates, "MOST_STRETCHES", 20)
    monkeypatch.setattr(duplicates, "MOST_DEVICES", 6)
    seen = Duplicates()
    rng = np.random.default_rng(3)
    came: set[tuple[str, int]] = set()
    for _ in range(400):
        rows = [(f"d{rng.integers(8)}", int(rng.integers(400))) for _ in range(5)]
        for row, repeat in zip(rows, marked(seen, rows), strict=True):
            assert not repeat or row in came
            came.add(row)
        assert len(seen._codes) <= 6 + 5
        assert sum(map(len, seen._gaps.values())) == seen._stretches <= 20 + 5
