"""Tables grow, are read by name, number and time, and forget, whatever order their rows come in."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.toolkit.table import ROOM, Table


class Tap(NamedTuple):
    time_us: int
    card: int
    cents: float
    student: bool = False


def taps(*times: int) -> Table[Tap]:
    table = Table(Tap)
    for number, at_us in enumerate(times):
        table.add(Tap(time_us=at_us, card=number, cents=number / 2, student=number % 2 == 1))
    return table


def test_what_is_added_is_read_by_the_same_names() -> None:
    table = taps(7, 5)
    table.extend(student=np.array([True]), cents=np.array([0.1]), time_us=np.array([1 << 62]), card=np.array([9]))
    assert table.rows["time_us"].tolist() == [7, 5, 1 << 62]
    assert table.rows["cents"].tolist() == [0.0, 0.5, 0.1]
    assert table.rows["student"].tolist() == [0, 1, 1]


def test_a_wrong_name_or_type_is_refused_where_it_is_written() -> None:
    table = taps()
    with pytest.raises(TypeError, match="a row has the columns time_us, card, cents, student, not time_us, kard"):
        table.extend(time_us=np.zeros(1), kard=np.zeros(1))
    with pytest.raises(Exception, match="required argument is not an integer"):
        table.add(Tap(time_us=1.5, card=1, cents=1.0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no field of name kard"):
        table.rows["kard"]
    with pytest.raises(TypeError, match="one of them called 'at_us': Tap has"):
        Table(Tap, time="at_us")


@given(st.lists(st.tuples(st.sampled_from(["add", "extend", "put", "forget", "take"]), st.integers(0, 60)), max_size=40))
def test_a_table_holds_what_a_list_of_rows_would(steps: list[tuple[str, int]]) -> None:
    table, rows = Table(Tap), list[tuple[int, ...]]()
    came = left = 0
    for step, at_us in steps:
        if step == "add":
            table.add(Tap(time_us=at_us, card=came, cents=0.0))
            rows.append((at_us, came))
            came += 1
        elif step == "extend":
            many = np.arange(came, came + at_us)
            table.extend(time_us=many % 61, card=many, cents=many / 1, student=many > 0)
            rows += [(number % 61, number) for number in many.tolist()]
            came += at_us
        elif step == "forget":
            table.forget_before(at_us)
            rows = [row for row in rows if row[0] >= at_us]
        elif step == "put":
            table.put(table.between(0, at_us))
            again = sorted((row for row in rows if row[0] < at_us), key=lambda row: row[0])
            rows += again
            came += len(again)
        else:
            due = sorted((row for row in rows if row[0] < at_us), key=lambda row: row[0])
            assert table.take_before(at_us)["card"].tolist() == [card for _, card in due]
            rows = [row for row in rows if row[0] >= at_us]
        left = came - len(rows)
        assert (len(table), table.first, table.end) == (len(rows), left, came)
        assert table.between(10, 40)["card"].tolist() == [card for at, card in sorted(rows, key=lambda row: row[0]) if 10 <= at < 40]


def test_rows_keep_their_numbers_when_older_ones_leave() -> None:
    table = taps(*range(3 * ROOM))
    table.forget_before(ROOM)
    table.add(Tap(time_us=3 * ROOM, card=3 * ROOM, cents=0.0))
    assert table.at(np.array([ROOM, 3 * ROOM]))["card"].tolist() == [ROOM, 3 * ROOM]
    assert table.since(3 * ROOM - 1)["card"].tolist() == [3 * ROOM - 1, 3 * ROOM]
    assert len(table.since(0)) == 2 * ROOM + 1


def test_rows_once_read_stay_as_they_were() -> None:
    table = taps(*range(10))
    early = table.rows
    kept = early.copy()
    table.forget_before(8)
    for number in range(5 * ROOM):
        table.add(Tap(time_us=number % 13, card=number, cents=0.0))
        if number % 100 == 0:
            table.forget_before(number % 13)
    np.testing.assert_array_equal(early, kept)


def test_memory_follows_the_rows_that_are_kept() -> None:
    table = Table(Tap)
    for slice_number in range(200):
        many = np.arange(1_000) + slice_number * 1_000
        table.extend(time_us=many, card=many, cents=many / 1, student=many > 0)
        table.forget_before(slice_number * 1_000)
    assert len(table) == 1_000
    assert len(table._rows) <= 4_000
