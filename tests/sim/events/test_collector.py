"""The collector: nothing that was left is lost, doubled or handed over before its slice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.events.collector import Block, Collector
from sim.events.kinds import Kind, integer, real

TAP = Kind(
    "tap", system="cards", doc="a card touches a reader", plan_ids=("C1",), qos=1, fields=(integer("amount_cents"), real("wait_s", "s", 1))
)
PING = Kind("ping", system="cards", doc="a terminal is alive", plan_ids=("C1",), qos=0, fields=())


def rows_of(blocks: list[Block]) -> list[tuple[int, int, int, float]]:
    return [
        row
        for block in blocks
        for row in zip(
            block.time_us.tolist(),
            block.device.tolist(),
            block.columns["amount_cents"].tolist(),
            block.columns["wait_s"].tolist(),
            strict=True,
        )
    ]


def leave_columns(out: Collector, rows: list[tuple[int, int, int, float]]) -> None:
    time_us, device, amount, wait = (np.array(column) for column in zip(*rows, strict=True))
    out.rows(TAP, time_us.astype(np.int64), device.astype(np.int32), {"amount_cents": amount, "wait_s": wait})


ROWS = st.lists(st.tuples(st.integers(0, 99), st.integers(0, 5), st.integers(-5, 5), st.floats(0, 9)), max_size=30)


@given(single=ROWS, columns=ROWS, ends=st.lists(st.integers(1, 99), max_size=4, unique=True))
def test_every_row_comes_out_once_in_its_own_slice(
    single: list[tuple[int, int, int, float]],
    columns: list[tuple[int, int, int, float]],
    ends: list[int],
) -> None:
    out = Collector()
    for row in single:
        out.record(TAP, *row)
    if columns:
        leave_columns(out, columns)
    taken = []
    start = 0
    for end in [*sorted(ends), 100]:
        part = rows_of(out.take_blocks(end).get("tap", []))
        assert all(start <= row[0] < end for row in part)
        taken += part
        start = end
    assert sorted(taken) == sorted(single + columns)
    assert out.take_blocks(1_000) == {}


def test_rows_for_a_later_slice_wait_beside_new_ones() -> None:
    out = Collector()
    out.record(TAP, 150, 1, 200, 0.5)
    assert out.take_blocks(100) == {}
    out.record(TAP, 110, 2, 300, 1.5)
    assert sorted(rows_of(out.take_blocks(200)["tap"])) == [(110, 2, 300, 1.5), (150, 1, 200, 0.5)]


def test_columns_have_the_types_of_the_kind() -> None:
    out = Collector()
    out.record(TAP, 1, 1, 200, 3)
    block = out.take_blocks(9)["tap"][0]
    types = {name: column.dtype for name, column in block.columns.items()}
    assert types == {"amount_cents": np.int64, "wait_s": np.float64}
    assert (block.time_us.dtype, block.device.dtype) == (np.int64, np.int32)


def test_kinds_are_kept_apart_and_may_have_no_fields() -> None:
    out = Collector()
    out.record(PING, 3, 7)
    out.record(TAP, 4, 7, 100, 0.0)
    taken = out.take_blocks(9)
    assert {name: sum(map(len, blocks)) for name, blocks in taken.items()} == {"ping": 1, "tap": 1}


@pytest.mark.parametrize("values", [(200,), (200, 0.5, 1)])
def test_a_row_with_missing_or_surplus_values_is_refused_and_harms_no_other(values: tuple[float, ...]) -> None:
    out = Collector()
    out.record(TAP, 1, 1, 200, 0.5)
    with pytest.raises(ValueError, match="tap has 2 fields"):
        out.record(TAP, 2, 1, *values)
    assert rows_of(out.take_blocks(9)["tap"]) == [(1, 1, 200, 0.5)]


def test_samples_are_joined_by_measure_and_label_and_forgotten_once_taken() -> None:
    out = Collector()
    out.sample("buses.delay", 3, "5 min")
    out.sample("buses.delay", np.array([1.0, 2.0]), "5 min")
    out.sample("buses.delay", np.int64(4), "5 min")
    out.sample("buses.delay", np.float64(5.0), "10 min")
    out.sample("buses.delay", np.zeros(0), "never")
    taken = {(sample.measure, sample.where): sorted(sample.values.tolist()) for sample in out.take_samples()}
    assert taken == {("buses.delay", "5 min"): [1.0, 2.0, 3.0, 4.0], ("buses.delay", "10 min"): [5.0]}
    assert out.take_samples() == ()


def test_marks_come_in_order_of_time_and_are_forgotten_once_taken() -> None:
    out = Collector()
    out.mark(20, "stage", "rush")
    out.mark(10, "incident", "storm")
    assert [(mark.at_us, mark.text) for mark in out.take_marks()] == [(10, "storm"), (20, "rush")]
    assert out.take_marks() == ()
