"""The tape: what was recorded comes back, cut where the run was interrupted, and damage is named."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from brokers.parquet.parts import parts_of
from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader, tape_schema
from brokers.tape.shelves import MOST_ROWS
from brokers.tape.sink import TapeSink
from brokers.tape.source import TapeSource
from sim.city.links import Link
from sim.engine.engine import Engine
from sim.errors import DiskError, UsageError
from sim.events.batches import WITHHELD, Batch, Slice
from sim.events.digests import Digester
from sim.events.send_order import in_send_order
from sim.play.faults import Faults, strike
from sim.play.pace import Pace
from sim.play.pump import Pump, keep
from sim.scenario import SLICE_US, Scenario
from sim.streams import Streams
from sim.units import MINUTE_US, SECOND_US
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps

DISTRICTS = ("Pudong", "Xuhui", "Jingan")
SLOW_LINK = Link(latency_us=20 * SECOND_US, sigma=1.0, loss=0.05)
ROWS = MOST_ROWS // 2 - 100  # of a slice: two fit into memory, with what was observed in them


def engine(minutes: int = 8, link: Link = SLOW_LINK) -> Engine:
    scenario = Scenario(name="lamps", systems=(Lamps(link=link),), districts=DISTRICTS, duration=minutes * MINUTE_US)
    return Engine(scenario)


def header(source: Engine) -> TapeHeader:
    hours = source.hours
    return TapeHeader((LAMP_STATE, LAMP_POWER), SLICE_US, hours.start_us, hours.end_us, hours.calendar.zone)


def record(run: Path, source: Engine, pieces: Sequence[Slice]) -> None:
    play(TapeSink(run / "tape", header(source)), pieces)


def play(sink: TapeSink, pieces: Sequence[Slice]) -> None:
    for piece in pieces:
        sink.stage(piece)
        sink.put(piece, 0, len(piece.send_order))
    sink.settle(30)


def digests(pieces: Sequence[Slice]) -> tuple[str, str]:
    digester = Digester()
    for piece in pieces:
        digester.add(piece)
    return digester.log_digest, digester.wire_digest


def plain_rows(piece: Slice) -> Iterator[tuple[object, ...]]:
    """Yield every departure in words: what left, when, from which device, with which number."""
    for at_us, index, row in zip(piece.send_order.at_us, piece.send_order.batch, piece.send_order.row, strict=True):
        batch = piece.batches[index]
        device = batch.device[row]
        yield int(at_us), batch.kind.name, batch.roster.names[device], int(batch.seq[row]), int(batch.time_us[row])


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[Slice]]:
    source = engine()
    pieces = list(source.slices())
    record(tmp_path, source, pieces)
    return tmp_path, pieces


def test_a_replay_has_the_same_digests_slices_and_departures(recorded: tuple[Path, list[Slice]]) -> None:
    run, pieces = recorded
    replayed = list(TapeSource(run).slices())
    assert digests(replayed) == digests(pieces)
    assert [piece.span for piece in replayed] == [piece.span for piece in pieces]
    for one, other in zip(pieces, replayed, strict=True):
        assert list(plain_rows(one)) == list(plain_rows(other))


def test_withheld_events_stay_on_the_tape_without_a_release(recorded: tuple[Path, list[Slice]]) -> None:
    run, pieces = recorded
    withheld = sum(int((batch.release_us == WITHHELD).sum()) for piece in pieces for batch in piece.batches)
    log = TapeLog(run)
    on_tape = sum(log.frame(kind).select(pl.col("release").is_null().sum()).collect().item() for kind in log.kinds())
    assert withheld > 0
    assert on_tape == withheld


def test_the_ledger_shows_words_truth_labels_and_utc_times_in_order(recorded: tuple[Path, list[Slice]]) -> None:
    run, pieces = recorded
    log = TapeLog(run)
    assert set(log.kinds()) == {"lamp_state", "lamp_power"}
    power = log.frame("lamp_power").collect()
    assert dict(power.schema) == tape_schema(LAMP_POWER)
    assert power.get_column("time").is_sorted()
    assert power.height == sum(len(batch) for piece in pieces for batch in piece.batches if batch.kind.name == LAMP_POWER.name)
    state = log.frame("lamp_state").collect()
    assert set(state.get_column("lamp").unique()) == {"on", "off"}
    assert set(state.get_column("district").unique()) == set(DISTRICTS)
    assert state.get_column("pole").str.starts_with("pole of ").all()
    assert state.get_column("fault").null_count() == state.height


def test_faults_and_the_delays_they_cause_are_replayed_and_not_drawn_again(tmp_path: Path) -> None:
    source = engine(4)
    faults = Faults(late=0.1, reordered=0.1, malformed=0.05, lost=0.05)
    pieces = [strike(piece, faults, Streams(7)) for piece in source.slices()]
    record(tmp_path, source, pieces)
    replayed = list(TapeSource(tmp_path).slices())
    assert digests(replayed) == digests(pieces)
    for one, other in zip(pieces, replayed, strict=True):
        assert list(plain_rows(one)) == list(plain_rows(other))
    words = TapeLog(tmp_path).frame("lamp_power").select("fault").collect().get_column("fault")
    assert set(words.unique().to_list()) == {None, "late", "reordered", "malformed", "lost"}


def test_after_an_interruption_the_tape_holds_exactly_what_was_put(tmp_path: Path) -> None:
    source = engine()
    pieces = list(source.slices())
    sink = TapeSink(tmp_path / "tape", header(source))
    for piece in pieces[:6]:
        sink.stage(piece)
    for piece in pieces[:2]:
        sink.put(piece, 0, len(piece.send_order))
    gone = [len(pieces[2].send_order) // 2, 7, 0, 0]
    for piece, last in zip(pieces[2:6], gone, strict=True):
        if last:
            sink.put(piece, 0, last)
    cut = [keep(piece, last) for piece, last in zip(pieces[2:6], gone, strict=True)]
    for piece in cut:
        sink.cut(piece)
    sink.settle(10)
    expected = [*pieces[:2], *cut]
    replayed = list(TapeSource(tmp_path).slices())
    assert digests(replayed) == digests(expected)
    assert len(replayed) == 4
    assert TapeSource(tmp_path).header.end_us == pieces[3].span.end_us


@dataclass
class Clock:
    """A wall clock that moves only while the pump sleeps."""

    now_us: int = 0

    def wall(self) -> int:
        return self.now_us

    def sleep(self, seconds: float) -> None:
        self.now_us += round(seconds * SECOND_US)
        time.sleep(0.0001)  # lets the engine's thread run


@pytest.mark.parametrize("stop_after_s", [0.6, 1.7, 4.0, 60.0])
def test_a_tape_behind_a_pump_has_the_digest_of_what_the_pump_reports(tmp_path: Path, stop_after_s: float) -> None:
    source, clock = engine(5), Clock()
    sink = TapeSink(tmp_path / "tape", header(source))
    pump = Pump(source, [sink], Pace(60, source.hours.start_us, source.hours.end_us, clock.wall), sleep=clock.sleep)
    finished: list[Slice] = []
    observed: list[Slice] = []
    ticks = pump.ticks()
    for tick in ticks:
        finished += tick.finished
        observed += tick.passed
        if clock.now_us >= stop_after_s * SECOND_US:
            break
    ticks.close()
    cut = pump.interrupt()
    for piece in cut:
        sink.cut(piece)
    sink.settle(10)
    reported = sorted([*finished, *cut], key=lambda piece: piece.span.index)
    replayed = list(TapeSource(tmp_path).slices())
    assert digests(replayed) == digests(reported)
    assert sum(len(piece.send_order) for piece in replayed) > 0
    assert [piece.census for piece in replayed if piece.census] == [piece.census for piece in observed]


def test_a_slice_that_completes_late_is_replayed_in_its_place(tmp_path: Path) -> None:
    source = engine(4)
    pieces = list(source.slices())
    sink = TapeSink(tmp_path / "tape", header(source))
    for piece in pieces:
        sink.stage(piece)
    for piece in (pieces[0], pieces[2], pieces[3], pieces[1]):
        half = len(piece.send_order) // 2
        sink.put(piece, 0, half)
        sink.put(piece, half, len(piece.send_order))
    sink.settle(10)
    assert digests(list(TapeSource(tmp_path).slices())) == digests(pieces)
    assert TapeLog(tmp_path).frame("lamp_power").collect().get_column("time").is_sorted()


def test_a_slice_whose_events_were_all_withheld_is_kept(tmp_path: Path) -> None:
    source = engine(3, Link(loss=1.0))
    pieces = list(source.slices())
    record(tmp_path, source, pieces)
    replayed = list(TapeSource(tmp_path).slices())
    assert digests(replayed) == digests(pieces)
    assert sum(len(piece.send_order) for piece in replayed) == 0


def test_receipts_count_what_was_taken_by_kind(tmp_path: Path) -> None:
    source = engine(2)
    pieces = list(source.slices())
    sink = TapeSink(tmp_path / "tape", header(source))
    sink.stage(pieces[0])
    first = sink.put(pieces[0], 0, 5)
    rest = sink.put(pieces[0], 5, len(pieces[0].send_order))
    assert first.rows == 5
    assert sink.settle(10).rows == first.rows + rest.rows == len(pieces[0].send_order)


def wide(piece: Slice, count: int) -> Slice:
    """Return a slice with its largest batch repeated to `count` rows, a microsecond apart."""
    largest: Batch = max(piece.batches, key=len)
    rows = largest.take(np.arange(count) % len(largest))
    time_us = piece.span.start_us + np.arange(count)
    batch = replace(rows, time_us=time_us, release_us=time_us, seq=np.arange(count))
    return replace(piece, batches=(batch,), send_order=in_send_order([batch]))


def test_rows_in_memory_are_bounded_and_large_parts_appear_while_the_run_lasts(tmp_path: Path) -> None:
    source = engine(6)
    pieces = [wide(piece, ROWS) for piece in source.slices()]
    record(tmp_path, source, pieces)
    rows = [pl.scan_parquet(part).select(pl.len()).collect().item() for part in parts_of(tmp_path / "tape" / "lamp_power")]
    assert sum(rows) == sum(len(piece.send_order) for piece in pieces)
    assert max(rows) <= MOST_ROWS * 3 // 2
    assert len(rows) == 2
    assert not list((tmp_path / "tape").rglob("*.tmp"))


def test_a_full_disk_is_named_at_the_next_call_and_earlier_parts_stay_whole(tmp_path: Path) -> None:
    source = engine(6)
    pieces = [wide(piece, ROWS) for piece in source.slices()]
    sink = TapeSink(tmp_path / "tape", header(source))
    folder = tmp_path / "tape" / "lamp_power"
    folder.mkdir()
    (folder / ".part-00001.parquet.tmp").symlink_to("/dev/full")
    with pytest.raises(DiskError, match=r"part-00001\.parquet: .*No space left.*--out"):
        play(sink, pieces)
    assert [part.name for part in parts_of(folder)] == ["part-00000.parquet"]
    assert pl.read_parquet(folder / "part-00000.parquet").height == 3 * ROWS
    assert digests(list(TapeSource(tmp_path).slices())) == digests(pieces[:3])
    assert not list(folder.glob(".*.tmp"))
    assert not any(thread.name == "tape" for thread in threading.enumerate())


def test_a_second_tape_in_the_same_folder_is_refused(recorded: tuple[Path, list[Slice]]) -> None:
    run, _ = recorded
    with pytest.raises(UsageError, match="holds a tape already"):
        TapeSink(run / "tape", header(engine(1)))


def test_a_missing_tape_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no tape"):
        TapeSource(tmp_path)
    with pytest.raises(UsageError, match="holds no tape"):
        TapeLog(tmp_path)


def test_a_damaged_header_names_the_place(recorded: tuple[Path, list[Slice]]) -> None:
    run, _ = recorded
    path = run / "tape" / "schema.json"
    good = orjson.loads(path.read_bytes())
    good["kinds"][0]["fields"][0]["type"] = "colour"
    path.write_bytes(orjson.dumps(good))
    with pytest.raises(UsageError, match=r"kinds\.0\.fields\.0\.type"):
        TapeSource(run)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UsageError, match="damaged"):
        TapeSource(run)


@pytest.mark.parametrize("damage", ["cut", "removed", "other"])
def test_a_damaged_or_missing_part_is_a_usage_error(recorded: tuple[Path, list[Slice]], damage: str) -> None:
    run, _ = recorded
    part = parts_of(run / "tape" / "lamp_power")[0]
    if damage == "cut":
        part.write_bytes(part.read_bytes()[:-60])
    elif damage == "removed":
        part.unlink()
    else:
        pl.DataFrame({"x": [1]}).write_parquet(part, metadata={"citybeat": "[[0, 1]]"})
    with pytest.raises(UsageError, match="damaged"):
        list(TapeSource(run).slices())


def test_a_damaged_part_of_the_ledger_is_a_usage_error(recorded: tuple[Path, list[Slice]]) -> None:
    run, _ = recorded
    part = parts_of(run / "tape" / "lamp_power")[0]
    part.write_bytes(part.read_bytes()[:-60])
    with pytest.raises(UsageError, match=r"lamp_power/part-00000\.parquet is damaged"):
        TapeLog(run).frame("lamp_power")


def test_an_unknown_kind_of_the_ledger_is_named(recorded: tuple[Path, list[Slice]]) -> None:
    run, _ = recorded
    with pytest.raises(UsageError, match="no kind 'lamp_stat'"):
        TapeLog(run).frame("lamp_stat")
