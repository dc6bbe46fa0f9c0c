"""Rows by group and back, whatever the keys."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.alarms.supervision.groups import Groups


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30), st.data())
def test_members_of_groups_are_the_rows_with_their_key(rows: list[tuple[int, int]], data: st.DataObject) -> None:
    keys = np.array(rows, dtype=np.int64).reshape(-1, 2)
    groups = Groups.of(keys[:, 0], keys[:, 1])
    distinct = sorted(set(rows))
    assert len(groups) == len(distinct)
    assert [rows[first] for first in groups.first_row.tolist()] == distinct
    assert [distinct[group] for group in groups.of_row.tolist()] == rows
    chosen = data.draw(st.lists(st.integers(0, len(distinct) - 1), max_size=5)) if distinct else []
    members, place = groups.members(np.array(chosen, dtype=np.intp))
    expected = [(row, number) for number, group in enumerate(chosen) for row, key in enumerate(rows) if key == distinct[group]]
    assert list(zip(members.tolist(), place.tolist(), strict=True)) == expected
