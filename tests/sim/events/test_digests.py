"""Digests: they see every event and nothing else."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from sim.engine.engine import Engine
from sim.events.batches import WITHHELD, Batch, Roster, SendOrder, Slice, Span
from sim.events.digests import MANY, STRETCH, Digester, digest_of
from sim.events.kinds import Kind, real, text
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.play.pace import MAX, Pace
from sim.play.pump import Pump
from sim.ports import Receipt
from sim.scenario import Scenario
from tests.lamps import LAMP_POWER, Lamps

READING = Kind("reading", system="lamps", doc="a reading", plan_ids=("N18",), qos=0, fields=(real("power_w", "W", 1), text("pole")))


def piece_of(index: int = 0, *, names_first: tuple[str, ...] = (), power: float = 1.5, pole: str | None = "pole 1") -> Slice:
    """Return a slice of one event; `names_first` were met before and so have the lower codes."""
    districts, poles = Names(names_first), Names(names_first)
    roster = Roster(districts)
    for name in names_first:
        roster.add(name, "elsewhere")
    device = roster.add("lamp 1", "Putuo")
    code = -1 if pole is None else poles.code(pole)
    batch = Batch(
        READING,
        roster,
        np.array([5]),
        np.array([7]),
        roster.district_codes()[[device]],
        np.array([device], dtype=np.int32),
        np.array([0]),
        np.zeros(1, np.uint8),
        {"power_w": np.array([power]), "pole": np.array([code], dtype=np.int32)},
        {"pole": poles},
    )
    return Slice(Span(index, 0, 10), (batch,), in_send_order((batch,)))


def many(count: int = MANY, *, names_first: tuple[str, ...] = (), absent: bool = False) -> Slice:
    """Return a slice of many events whose reals are multiples of their resolution and that differ in device and pole."""
    piece = piece_of(names_first=names_first)
    batch, row = piece.batches[0], np.arange(count)
    lamps = np.array([batch.roster.add(f"lamp {number}", f"district {number}") for number in range(2, 9)], dtype=np.int32)
    poles = batch.names["pole"].codes([f"pole {number}" for number in range(2, 9)])
    device = lamps[row % 7]
    power = np.round(row % 900 / 10, 1)
    pole = np.where(absent & (row % 5 == 0), -1, poles[row % 7]).astype(np.int32)
    columns = {"power_w": np.where(absent & (row % 3 == 0), np.nan, power), "pole": pole}
    big = replace(
        batch,
        time_us=row * 1_000,
        release_us=np.where(absent & (row % 4 == 0), WITHHELD, row * 1_000 + 7),
        district=batch.roster.district_codes()[device],
        device=device,
        seq=row,
        fault=np.zeros(count, np.uint8),
        columns=columns,
    )
    return replace(piece, batches=(big,), send_order=in_send_order((big,)))


def with_column(piece: Slice, **changes: object) -> Slice:
    return replace(piece, batches=(replace(piece.batches[0], **changes),))  # type: ignore[arg-type]


def test_the_order_in_which_names_were_met_leaves_no_trace() -> None:
    assert digest_of([piece_of()]) == digest_of([piece_of(names_first=("lamp 9", "Minhang", "pole 0"))])


def test_the_byte_order_of_the_machine_leaves_no_trace() -> None:
    piece = piece_of()
    batch = piece.batches[0]
    swapped = {name: getattr(batch, name).astype(getattr(batch, name).dtype.newbyteorder(">")) for name in ("time_us", "release_us", "seq")}
    columns = {name: column.astype(column.dtype.newbyteorder(">")) for name, column in batch.columns.items()}
    assert digest_of([with_column(piece, **swapped, columns=columns)]) == digest_of([piece])


@pytest.mark.parametrize("column", ["time_us", "release_us", "seq"])
def test_every_column_of_an_event_counts(column: str) -> None:
    piece = piece_of()
    assert digest_of([with_column(piece, **{column: getattr(piece.batches[0], column) + 1})]) != digest_of([piece])


def test_every_field_counts_by_its_value() -> None:
    seen = {digest_of([piece]) for piece in (piece_of(), piece_of(power=1.6), piece_of(pole="pole 2"), piece_of(pole=None), piece_of(1))}
    assert len(seen) == 5


def test_an_absent_text_is_the_same_however_many_are_known() -> None:
    assert digest_of([piece_of(pole=None)]) == digest_of([piece_of(pole=None, names_first=("a", "b"))])


def test_both_zeros_and_all_marks_of_absence_are_one() -> None:
    assert digest_of([piece_of(power=-0.0)]) == digest_of([piece_of(power=0.0)])
    assert digest_of([piece_of(power=float(-np.float64("nan")))]) == digest_of([piece_of(power=np.nan)])
    assert digest_of([piece_of(power=np.nan)]) != digest_of([piece_of(power=0.0)])


def test_a_code_that_no_table_holds_is_refused() -> None:
    piece = piece_of()
    columns = dict(piece.batches[0].columns) | {"pole": np.array([5], dtype=np.int32)}
    with pytest.raises(IndexError):
        digest_of([with_column(piece, columns=columns)])


@pytest.mark.parametrize("absent", [False, True])
def test_many_events_leave_no_trace_of_the_order_of_names_or_the_machine(*, absent: bool) -> None:
    piece = many(absent=absent)
    batch = piece.batches[0]
    swapped = {name: getattr(batch, name).astype(getattr(batch, name).dtype.newbyteorder(">")) for name in ("time_us", "release_us", "seq")}
    columns = {name: column.astype(column.dtype.newbyteorder(">")) for name, column in batch.columns.items()}
    assert digest_of([with_column(piece, **swapped, columns=columns)]) == digest_of([piece])
    assert digest_of([many(absent=absent, names_first=("lamp 0", "district 5", "pole 5"))]) == digest_of([piece])


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("column", ["time_us", "release_us", "district", "device", "seq", "power_w", "pole"])
@pytest.mark.parametrize("row", [0, STRETCH - 1, STRETCH])
def test_one_value_among_many_counts(column: str, row: int, *, absent: bool) -> None:
    piece = many(STRETCH + MANY, absent=absent)
    batch = piece.batches[0]
    before = batch.columns[column] if column in batch.columns else getattr(batch, column)
    changed = before.copy()
    changed[row] = changed[row + 1] if changed[row + 1] == changed[row + 1] else 0.0
    changes = {"columns": dict(batch.columns) | {column: changed}} if column in batch.columns else {column: changed}
    assert digest_of([with_column(piece, **changes)]) != digest_of([piece])


@pytest.mark.parametrize("column", ["time_us", "release_us", "seq"])
def test_the_same_step_of_every_one_of_many_numbers_counts(column: str) -> None:
    piece = many()
    assert digest_of([with_column(piece, **{column: getattr(piece.batches[0], column) + 1})]) != digest_of([piece])


def test_many_reals_off_their_resolution_count_to_the_last_bit() -> None:
    piece = many()
    power = piece.batches[0].columns["power_w"].astype(np.float64)
    seen = [np.nextafter(power, 1e9), power + 1e-3, power, -power]
    digests = {digest_of([with_column(piece, columns=dict(piece.batches[0].columns) | {"power_w": each})]) for each in seen}
    assert len(digests) == len(seen)


def test_both_zeros_and_all_marks_of_absence_among_many_are_one() -> None:
    piece = many()
    columns = dict(piece.batches[0].columns)

    def digest(first: float) -> str:
        power = columns["power_w"].copy()
        power[0] = first
        return digest_of([with_column(piece, columns=columns | {"power_w": power})])

    assert digest(-0.0) == digest(0.0)
    assert digest(float(-np.float64("nan"))) == digest(np.nan)
    assert digest(np.nan) != digest(0.0)


def test_one_code_among_many_that_no_table_holds_is_refused() -> None:
    piece = many()
    pole = piece.batches[0].columns["pole"].copy()
    pole[7] = 99
    with pytest.raises(IndexError):
        digest_of([with_column(piece, columns=dict(piece.batches[0].columns) | {"pole": pole})])


def test_a_fault_changes_the_wire_digest_only() -> None:
    piece = piece_of()
    clean, faulty = Digester(), Digester()
    clean.add(piece)
    faulty.add(with_column(piece, fault=np.ones(1, np.uint8)))
    assert clean.log_digest == faulty.log_digest
    assert clean.wire_digest != faulty.wire_digest


def test_what_is_observed_and_the_order_of_departure_do_not_count() -> None:
    piece = piece_of()
    nothing = SendOrder(np.zeros(0, np.int64), np.zeros(0, np.int16), np.zeros(0, np.int32))
    assert digest_of([replace(piece, send_order=nothing)]) == digest_of([piece])


def test_slices_without_events_do_not_count_and_their_order_does() -> None:
    first, second = piece_of(0), piece_of(1)
    assert digest_of([first, replace(second, batches=())]) == digest_of([first])
    assert digest_of([first, second]) != digest_of([second, first])


def scenario(**changes: object) -> Scenario:
    return Scenario.model_validate(
        {"name": "lit", "systems": (Lamps(),), "duration": "5m", "warm_up": "0s", "districts": ("Xuhui", "Putuo")} | changes,
    )


def test_a_kind_is_digested_alike_whatever_other_kinds_there_are() -> None:
    pieces = list(Engine(scenario()).slices())
    alone = [replace(piece, batches=tuple(batch for batch in piece.batches if batch.kind.name == LAMP_POWER.name)) for piece in pieces]
    everything, one = Digester(), Digester()
    for piece, part in zip(pieces, alone, strict=True):
        everything.add(piece)
        one.add(part)
    assert one.log_digest != everything.log_digest
    assert one._log == {"lamp_power": everything._log["lamp_power"]}


class FakeWall:
    """A clock that moves only when someone sleeps, a given tick at a time."""

    def __init__(self, tick_us: int, began_us: int) -> None:
        self.now_us, self.tick_us = began_us, tick_us

    def read(self) -> int:
        return self.now_us

    def sleep(self, _seconds: float) -> None:
        self.now_us += self.tick_us


class Gathering:
    """A sink that digests nothing and lets everything pass."""

    def stage(self, piece: Slice) -> None:
        pass

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        return Receipt({piece.batches[0].kind.name: last - first})

    def settle(self, deadline_s: float) -> Receipt:  # noqa: ARG002 - the contract's name
        return Receipt()


def played(speed: float, tick_us: int, began_us: int) -> Iterator[Slice]:
    engine = Engine(scenario())
    wall = FakeWall(tick_us, began_us)
    pace = Pace(speed, engine.hours.start_us, engine.hours.end_us, wall.read)
    for tick in Pump(engine, [Gathering()], pace, sleep=wall.sleep).ticks():
        yield from tick.finished


@pytest.mark.parametrize(
    ("speed", "tick_us", "began_us"),
    [
        (MAX, 5_000, 10**15),
        (60.0, 5_000, 10**15),
        (60.0, 1_700, 1),
        (1.0, 250_000, 2 * 10**15),
        (0.5, 999_999, 10**15),
        (997.3, 7_001, 10**15),
    ],
)
def test_the_digest_is_the_same_at_any_speed_tick_and_starting_moment(speed: float, tick_us: int, began_us: int) -> None:
    assert digest_of(list(played(speed, tick_us, began_us))) == digest_of(list(Engine(scenario()).slices()))


def test_another_seed_has_another_digest() -> None:
    assert digest_of(list(Engine(scenario(seed=2)).slices())) != digest_of(list(Engine(scenario()).slices()))
