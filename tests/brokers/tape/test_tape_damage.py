"""A tape that is not as it was written, or that nobody finished: damage is named with its place, and what was sent is there."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import polars as pl
import pytest

from brokers.parquet.parts import parts_of
from brokers.tape.event_log import TapeLog
from brokers.tape.header import OBSERVED, write_header
from brokers.tape.shelves import Shelves
from brokers.tape.sink import TapeSink
from brokers.tape.source import TapeSource
from sim.errors import UsageError
from sim.events.batches import Slice
from sim.play.pump import keep
from tests.brokers.tape.test_tape import digests, engine, header, plain_rows, record

PATIENCE_S = 10.0


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer waits for nothing: as at a speed at which a slice lasts longer than its patience."""
    monkeypatch.setattr("brokers.tape.shelves.LONGEST_WAIT_S", 0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("whole")
    source = engine(4)
    record(run, source, list(source.slices()))
    return run


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    """A tape to spoil."""
    shutil.copytree(whole / "tape", tmp_path / "tape")
    return tmp_path


def a_part(run: Path) -> Path:
    return parts_of(run / "tape" / "lamp_power")[0]


def test_every_flipped_bit_of_a_part_is_found_wherever_it_lies(run: Path) -> None:
    part = a_part(run)
    good = part.read_bytes()
    for at in (*range(0, len(good), max(len(good) // 60, 1)), *range(len(good) - 40, len(good))):
        part.write_bytes(good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :])
        with pytest.raises(UsageError, match=r"lamp_power/part-00000\.parquet is damaged"):
            TapeSource(run)
    part.write_bytes(good)
    assert list(TapeSource(run).slices())


SPOILS = {
    "zero bytes": lambda good: good[:0],
    "cut": lambda good: good[: len(good) // 2],
    "zeros in the middle": lambda good: good[:100] + bytes(100) + good[200:],
    "more behind": lambda good: good + b"more",
    "no parquet": lambda good: good[:0] + b"sha256:" + b"0" * 64,
    "text": lambda good: good[:0] + b"<html>",
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_spoilt_part_is_named_before_anything_is_played_or_drawn(run: Path, spoil: str) -> None:
    part = a_part(run)
    part.write_bytes(SPOILS[spoil](part.read_bytes()))
    for read in (lambda: TapeSource(run), lambda: TapeLog(run).frame("lamp_power")):
        with pytest.raises(UsageError, match=r"lamp_power/part-00000\.parquet is damaged.*record the run again") as told:
            read()
        assert "\n" not in str(told.value)


def test_a_folder_or_a_locked_file_in_the_place_of_a_part_is_damage(run: Path) -> None:
    part = a_part(run)
    part.unlink()
    part.mkdir()
    with pytest.raises(UsageError, match="is damaged"):
        TapeSource(run)


@pytest.mark.parametrize("kind", ["lamp_power", "lamp_state"])
def test_a_kind_that_is_gone_is_damage_of_a_finished_tape(run: Path, kind: str) -> None:
    shutil.rmtree(run / "tape" / kind)
    for read in (lambda: TapeSource(run), lambda: TapeLog(run).frame(kind)):
        with pytest.raises(UsageError, match=rf"{kind} has 0 rows, its header says"):
            read()


HEADERS: dict[str, dict[str, object]] = {
    "another format": {"format": 1},
    "a span that ends before it starts": {"end_us": 0},
    "slices of no length": {"slice_us": 0},
    "more slices than have room": {"slices": 10**15},
    "rows of an unknown kind": {"rows": {"lamp_colour": 3}},
    "too few rows": {"rows": {"lamp_power": 3}},
    "a zone of nowhere": {"zone": "Asia/Nowhere"},
    "a number for a text": {"zone": 3},
    "an unknown key": {"more": 1},
    "no kinds": {"kinds": []},
    "a table of tomorrow": {"observed": [*OBSERVED, "_weather"]},
}


@pytest.mark.parametrize("wrong", HEADERS)
def test_a_header_that_cannot_be_is_refused_in_words(run: Path, wrong: str) -> None:
    path = run / "tape" / "schema.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | HEADERS[wrong]))
    with pytest.raises(UsageError):
        TapeSource(run)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"kinds": 3}'])
def test_a_header_that_is_no_json_of_ours_is_refused_in_words(run: Path, content: bytes) -> None:
    (run / "tape" / "schema.json").write_bytes(content)
    for reader in (TapeSource, TapeLog):
        with pytest.raises(UsageError, match=r"schema\.json is damaged"):
            reader(run)


def begin(run: Path, pieces: list[Slice], complete: int, gone: int) -> TapeSink:
    """Put `complete` slices and `gone` departures of the next; the run then neither goes on nor ends."""
    sink = TapeSink(run / "tape", header(engine(4)))
    for piece in pieces:
        sink.stage(piece)
    for piece in pieces[:complete]:
        sink.put(piece, 0, len(piece.send_order))
    sink.put(pieces[complete], 0, gone)
    return sink


def until_whole(run: Path, slices: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and TapeLog(run).header.slices < slices:
        time.sleep(0.02)


def on_tape(run: Path) -> Iterator[tuple[object, ...]]:
    for piece in TapeSource(run).slices():
        yield from plain_rows(piece)


@pytest.mark.usefixtures("eager")
def test_what_a_killed_run_has_sent_is_on_its_tape(tmp_path: Path) -> None:
    pieces = list(engine(4).slices())
    sink = begin(tmp_path, pieces, complete=2, gone=5)
    sent = [row for piece in pieces[:2] for row in plain_rows(piece)] + list(plain_rows(pieces[2]))[:5]
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and not set(sent) <= set(on_tape(tmp_path)):
        time.sleep(0.02)
    assert set(sent) <= set(on_tape(tmp_path))
    assert not TapeLog(tmp_path).header.closed
    assert TapeLog(tmp_path).frame("lamp_power").collect().height > 0
    sink.settle(10)


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("gone", ["lamp_state", "_census"])
def test_a_tape_of_a_killed_run_is_read_up_to_the_last_slice_that_every_table_has(tmp_path: Path, gone: str) -> None:
    """The run was killed between the first table that it wrote and the last."""
    pieces = list(engine(4).slices())
    sink = begin(tmp_path / "run", pieces, complete=1, gone=5)
    until_whole(tmp_path / "run", 2)
    shutil.copytree(tmp_path / "run", tmp_path / "killed")
    told = TapeLog(tmp_path / "killed").header
    assert (told.closed, told.slices) == (False, 2)
    sink.put(pieces[2], 0, len(pieces[2].send_order))
    until_whole(tmp_path / "run", 3)
    for table in (tmp_path / "run" / "tape").glob("*/"):
        if table.name != gone:
            shutil.copytree(table, tmp_path / "killed" / "tape" / table.name, dirs_exist_ok=True)
    sink.settle(10)
    log = TapeLog(tmp_path / "killed")
    assert digests(list(TapeSource(tmp_path / "killed").slices())) == digests(pieces[:2])
    for kind in ("lamp_power", "lamp_state"):
        last = log.frame(kind).select(pl.col("time").dt.epoch("us").max()).collect().item()
        assert last is None or last <= pieces[1].span.end_us
    assert {row.district for row in log.census()} != set()


@pytest.mark.usefixtures("eager")
def test_a_slice_that_was_written_before_the_interruption_is_cut_at_the_last_put(tmp_path: Path) -> None:
    pieces = list(engine(4).slices())
    sink = begin(tmp_path, pieces, complete=2, gone=5)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and len(list(on_tape(tmp_path))) < sum(len(piece.send_order) for piece in pieces[:3]):
        time.sleep(0.02)
    sink.cut(keep(pieces[2], 5))
    sink.settle(10)
    assert digests(list(TapeSource(tmp_path).slices())) == digests([*pieces[:2], keep(pieces[2], 5)])
    rows = TapeSource(tmp_path).header.rows
    assert {kind: TapeLog(tmp_path).frame(kind).collect().height for kind in ("lamp_power", "lamp_state")}.items() <= rows.items()


def test_small_parts_are_joined_on_the_way_and_at_the_end_and_replay_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.tape.shelves.LONGEST_WAIT_S", 0.0)
    monkeypatch.setattr("brokers.tape.shelves.MOST_SMALL_PARTS", 3)
    pieces = list(engine(8).slices())
    sink = TapeSink(tmp_path / "tape", header(engine(8)))
    for piece in pieces:
        sink.stage(piece)
        sink.put(piece, 0, len(piece.send_order))
        assert len(parts_of(tmp_path / "tape" / "lamp_power")) <= 3
    sink.settle(10)
    assert len(parts_of(tmp_path / "tape" / "lamp_power")) == 1
    assert digests(list(TapeSource(tmp_path).slices())) == digests(pieces)
    assert not [path for path in (tmp_path / "tape").iterdir() if path.name.startswith(".")]


def test_a_tape_whose_parts_were_being_exchanged_when_the_run_was_killed_is_whole(run: Path) -> None:
    expected = digests(list(TapeSource(run).slices()))
    (run / "tape" / "lamp_power").rename(run / "tape" / ".lamp_power.new")
    assert digests(list(TapeSource(run).slices())) == expected
    assert TapeLog(run).frame("lamp_power").collect().height > 0


def test_a_reader_of_a_run_that_lives_follows_when_parts_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.tape.shelves.LONGEST_WAIT_S", 0.0)
    pieces = list(engine(4).slices())
    shelves = Shelves(tmp_path / "tape", header(engine(4)).kinds, lambda: 0.0)
    write_header(tmp_path / "tape", header(engine(4)))
    for piece in pieces:
        shelves.put(piece)
        shelves.write_due()
    source = TapeSource(tmp_path)
    before = next(iter(source.slices()))
    listed = [parts_of(tmp_path / "tape" / kind) for kind in ("lamp_power", "lamp_state") for _ in range(2)]
    shelves.close()
    assert len(parts_of(tmp_path / "tape" / "lamp_power")) == 1
    assert digests([before, *list(source.slices())[1:]]) == digests(pieces)
    monkeypatch.setattr("brokers.tape.places.parts_of", lambda folder: listed.pop(0) if listed else parts_of(folder))
    assert digests(list(TapeSource(tmp_path).slices())) == digests(pieces)


def test_a_script_reads_sealed_parts_like_any_other(run: Path) -> None:
    assert pl.read_parquet(run / "tape" / "lamp_power" / "*.parquet").height == TapeSource(run).header.rows["lamp_power"]
