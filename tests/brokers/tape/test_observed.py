"""What was observed beside the events: census, marks and samples come back as they were, and only what a run took over."""

import shutil
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from brokers.parquet.parts import parts_of
from brokers.tape.header import OBSERVED
from brokers.tape.sink import TapeSink
from brokers.tape.source import TapeSource
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.batches import Slice
from sim.play.pump import keep
from sim.scenario import ProfileStage, Scenario
from sim.units import MINUTE_US
from tests.brokers.tape.test_tape import DISTRICTS, digests, header, record
from tests.lamps import Lamps

MINUTES = 5


def staged() -> Engine:
    """A city with a load profile, so that it has marks."""
    profile = (ProfileStage(name="calm", lasting=2 * MINUTE_US), ProfileStage(name="rush", lasting=3 * MINUTE_US, multiplier=2.0))
    return Engine(Scenario(name="lamps", systems=(Lamps(),), districts=DISTRICTS, duration=MINUTES * MINUTE_US, profile=profile))


@pytest.fixture(scope="module")
def pieces() -> list[Slice]:
    return list(staged().slices())


@pytest.fixture
def run(tmp_path: Path, pieces: list[Slice]) -> Path:
    record(tmp_path, staged(), pieces)
    return tmp_path


def samples_of(piece: Slice) -> list[tuple[str, str, list[float]]]:
    return [(sample.measure, sample.where, sample.values.tolist()) for sample in piece.samples]


def test_every_slice_comes_back_with_its_census_marks_and_samples(run: Path, pieces: list[Slice]) -> None:
    replayed = list(TapeSource(run).slices())
    assert [piece.census for piece in replayed] == [piece.census for piece in pieces]
    assert [piece.marks for piece in replayed] == [piece.marks for piece in pieces]
    assert [samples_of(piece) for piece in replayed] == [samples_of(piece) for piece in pieces]
    assert all(sample.values.dtype == np.float64 for piece in replayed for sample in piece.samples)
    assert min(sum(len(piece.census) for piece in pieces), sum(len(piece.samples) for piece in pieces)) >= MINUTES
    assert [mark.text.split()[0] for piece in replayed for mark in piece.marks] == ["calm", "rush"]


def test_a_script_reads_the_census_like_any_other_table(run: Path, pieces: list[Slice]) -> None:
    census = pl.read_parquet(run / "tape" / "_census" / "*.parquet")
    assert census.get_column("slice_end").to_physical().unique(maintain_order=True).to_list() == [piece.span.end_us for piece in pieces]
    assert census.get_column("count").sum() == sum(row.count for piece in pieces for row in piece.census)


def test_the_header_names_the_tables_and_counts_their_rows(run: Path, pieces: list[Slice]) -> None:
    told = orjson.loads((run / "tape" / "schema.json").read_bytes())
    assert (told["format"], told["observed"]) == (3, list(OBSERVED))
    assert [told["rows"][name] for name in OBSERVED] == [
        sum(len(rows) for rows in each) for each in zip(*[(piece.census, piece.marks, piece.samples) for piece in pieces], strict=True)
    ]


@pytest.mark.parametrize("passed", [True, False])
def test_a_slice_that_was_cut_keeps_what_was_observed_only_when_its_time_was_over(
    tmp_path: Path, pieces: list[Slice], *, passed: bool
) -> None:
    sink = TapeSink(tmp_path / "tape", header(staged()))
    for piece in pieces[:3]:
        sink.stage(piece)
    sink.put(pieces[0], 0, len(pieces[0].send_order))
    sink.put(pieces[1], 0, 3)
    sink.cut(keep(pieces[1], 3, passed=passed))
    sink.cut(keep(pieces[2], 0))
    sink.settle(10)
    replayed = list(TapeSource(tmp_path).slices())
    assert [piece.census for piece in replayed] == [pieces[0].census, pieces[1].census if passed else ()]
    assert [samples_of(piece) for piece in replayed] == [samples_of(pieces[0]), samples_of(pieces[1]) if passed else []]


def test_a_tape_of_an_earlier_citybeat_has_its_events_and_no_census(run: Path, pieces: list[Slice]) -> None:
    path = run / "tape" / "schema.json"
    told = orjson.loads(path.read_bytes())
    del told["observed"]
    told |= {"format": 2, "rows": {name: rows for name, rows in told["rows"].items() if name not in OBSERVED}}
    path.write_bytes(orjson.dumps(told))
    for name in OBSERVED:
        shutil.rmtree(run / "tape" / name)
    replayed = list(TapeSource(run).slices())
    assert digests(replayed) == digests(pieces)
    assert [(piece.census, piece.marks, piece.samples) for piece in replayed] == [((), (), ())] * len(pieces)


@pytest.mark.parametrize("name", OBSERVED)
def test_a_damaged_table_is_named_and_one_that_is_gone_is_missed(run: Path, name: str) -> None:
    (part,) = parts_of(run / "tape" / name)
    part.write_bytes(part.read_bytes()[:-1])
    with pytest.raises(UsageError, match=rf"{name}/part-00000\.parquet is damaged"):
        TapeSource(run)
    shutil.rmtree(run / "tape" / name)
    with pytest.raises(UsageError, match=rf"{name} has 0 rows, its header says"):
        TapeSource(run)
