"""SendOrder: every event that has a release leaves once, in order of release and extra delay."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.events.batches import WITHHELD, Batch, Roster, Slice, Span
from sim.events.kinds import Kind
from sim.events.send_order import in_send_order
from sim.names import Names

PING = Kind("ping", system="lamps", doc="a lamp is alive", plan_ids=("N18",), qos=0, fields=())


def batch(*release_us: int) -> Batch:
    count = len(release_us)
    zeros = np.zeros(count, dtype=np.int64)
    release = np.array(release_us, dtype=np.int64)
    return Batch(
        PING, Roster(Names()), zeros, release, zeros.astype(np.int16), zeros.astype(np.int32), zeros, zeros.astype(np.uint8), {}, {}
    )


RELEASES = st.lists(st.lists(st.one_of(st.integers(0, 20), st.just(WITHHELD)), max_size=20), max_size=4)


@given(releases=RELEASES, delays=st.lists(st.integers(0, 10), min_size=80, max_size=80))
def test_departures_are_those_of_a_plain_sort(releases: list[list[int]], delays: list[int]) -> None:
    extra = [np.array(delays[20 * index : 20 * index + len(rows)], dtype=np.int64) for index, rows in enumerate(releases)]
    found = in_send_order([batch(*rows) for rows in releases], extra)
    expected = sorted(
        (release_us + int(extra[index][row]), index, row)
        for index, rows in enumerate(releases)
        for row, release_us in enumerate(rows)
        if release_us != WITHHELD
    )
    assert list(zip(found.at_us.tolist(), found.batch.tolist(), found.row.tolist(), strict=True)) == expected


def test_what_leaves_at_one_instant_leaves_in_the_order_in_which_it_happened() -> None:
    early, late = batch(9, 5), batch(9, 5)
    early.time_us[:], late.time_us[:] = [7, 2], [4, 1]
    found = in_send_order([early, late])
    assert list(zip(found.batch.tolist(), found.row.tolist(), strict=True)) == [(1, 1), (0, 1), (1, 0), (0, 0)]


def test_an_extra_delay_lets_others_pass() -> None:
    found = in_send_order([batch(1, 2, 3)], [np.array([5, 0, 0])])
    assert found.row.tolist() == [1, 2, 0]
    assert found.at_us.tolist() == [2, 3, 6]


def test_a_delay_does_not_bring_a_withheld_event_back() -> None:
    found = in_send_order([batch(WITHHELD, 4)], [np.array([3, 0])])
    assert found.row.tolist() == [1]


def test_nothing_leaves_where_nothing_is() -> None:
    assert len(in_send_order([])) == len(in_send_order([batch()])) == len(in_send_order([batch(WITHHELD)])) == 0


def test_a_slice_is_cut_by_batch_in_order_of_departure() -> None:
    batches = (batch(3, 1, 9), batch(2, 4))
    piece = Slice(Span(0, 0, 10), batches, in_send_order(batches))
    assert [(index, rows.tolist()) for index, rows in piece.cut(0, 4)] == [(0, [1, 0]), (1, [0, 1])]
    assert [(index, rows.tolist()) for index, rows in piece.cut(4, 5)] == [(0, [2])]
    assert list(piece.cut(2, 2)) == []
