"""What was never sent is found in the sums, or by holding the store against the tape; what is only lost is no forgery."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from brokers.codec import Decoder, DeviceTopics, Encoder
from brokers.codec.fingerprints import WRAP, Fingerprints, total
from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.parquet.store import ParquetStore
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from citybeat.running.accounts import unsent
from citybeat.running.accounts.unsent import Comparison
from sim.engine.engine import Engine
from sim.events.batches import Slice
from sim.events.kinds import Kind, flag, instant, integer, real, text
from sim.judge.books import Books
from sim.play.faults import Faults, strike
from sim.scenario import SLICE_US, Scenario
from sim.streams import Streams
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps
from tests.servers import InfluxDB

RUN = "abcd1234"
SHIFT_US = 7_000_000_123
KEY = Fingerprints(b"key")
KINDS = Lamps.declared.kinds  # as they travel, with the name of their system


@dataclass
class Line:
    """A run as the comparison sees it: what was handed over, what came, a tape and a store."""

    folder: Path
    store: Any
    books: Books = field(default_factory=Books)
    handed: dict[str, tuple[int, int]] = field(default_factory=dict)
    came: dict[str, tuple[int, int]] = field(default_factory=dict)
    ingests: int = 1

    def play(self, pieces: list[Slice]) -> dict[str, pl.DataFrame]:
        """Record the slices and return what leaves, as a decoder reads it."""
        span = pieces[0].span.start_us, pieces[-1].span.end_us
        tape = TapeSink(self.folder / "tape", TapeHeader(KINDS, SLICE_US, *span, "Asia/Shanghai", run=RUN))
        frames: dict[str, list[pl.DataFrame]] = {kind.name: [] for kind in KINDS}
        for piece in pieces:
            tape.stage(piece)
            tape.put(piece, 0, len(piece.send_order))
            for batch in piece.batches:
                sent = batch.take(np.flatnonzero((batch.fault != 1) & (batch.fault != 5) & (batch.release_us < 2**62)))
                payloads = Encoder().encode(sent, run=RUN, shift_us=SHIFT_US, due_us=None)
                frames[batch.kind.name].append(Decoder(KINDS, RUN).decode(batch.kind.name, DeviceTopics().of(sent), payloads).frame)
        tape.settle(10)
        found = {name: pl.concat(parts) for name, parts in frames.items()}
        assert all(frame.height for frame in found.values())
        self.handed = {kind.name: _content(kind, found[kind.name]) for kind in KINDS}
        return found

    def keep(self, frames: dict[str, pl.DataFrame]) -> None:
        """Receive and store rows."""
        for kind in KINDS:
            frame = frames[kind.name]
            count, content = self.came.get(kind.name, (0, 0))
            more, sum_ = _content(kind, frame)
            self.came[kind.name] = count + more, (content + sum_) % WRAP
            self.store.write(kind, frame)
            self.books.of(kind.name).received += frame.height
        for name, count in self.store.count(RUN, [kind.name for kind in KINDS]).items():
            self.books.of(name).stored = count

    def unsent(self) -> dict[str, int]:
        delivery: Any = SimpleNamespace(handed_over=self.handed.__getitem__)
        listener: Any = SimpleNamespace(first_deliveries=self.came.__getitem__, statuses=lambda: [None] * self.ingests)
        Comparison(RUN, self.folder, SHIFT_US, delivery, listener, self.store, KEY).fill(self.books, KINDS)
        return {name: row.unsent for name, row in self.books.kinds.items() if row.unsent}


def _content(kind: Kind, frame: pl.DataFrame) -> tuple[int, int]:
    return frame.height, total(KEY.of_frame(kind, frame))


def pieces(faults: Faults | None = None) -> list[Slice]:
    settings = {"name": "lit", "systems": [Lamps(count=4)], "districts": ["Xuhui", "Putuo"], "duration": "4m", "warm_up": "0s"}
    engine = Engine(Scenario.model_validate(settings))
    return [strike(piece, faults or Faults(), Streams(1)) for piece in engine.slices()]


@pytest.fixture(params=["parquet", pytest.param("influx", marks=pytest.mark.influxdb)])
def line(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Line]:
    if request.param == "parquet":
        yield Line(tmp_path, ParquetStore(tmp_path / "store"))
        return
    server: InfluxDB = request.getfixturevalue("influxdb")
    store = InfluxStore(InfluxSettings(server.url, server.org, server.token))
    store.prepare(KINDS)
    yield Line(tmp_path, store)
    store.delete(RUN)
    store.close()


def altered(frame: pl.DataFrame, rows: slice, **changes: object) -> pl.DataFrame:
    return frame[rows].with_columns(pl.lit(value).cast(frame.schema[name]).alias(name) for name, value in changes.items())


def test_where_both_ends_agree_nothing_is_looked_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.keep(line.play(pieces()))
    monkeypatch.setattr(type(line.store), "held", None)
    assert line.unsent() == {}
    assert line.books.compared


def test_what_is_only_lost_late_or_injected_is_no_forgery(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsent, "STRETCH_ROWS", 70)  # so that there are several
    sent = line.play(pieces(Faults(lost=0.1, malformed=0.1, late=0.1)))
    line.keep({name: frame.sample(fraction=0.7, shuffle=True, seed=1) for name, frame in sent.items()})
    assert line.unsent() == {}


def test_each_forged_row_is_counted_among_losses(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsent, "STRETCH_ROWS", 70)
    sent = line.play(pieces())
    power = sent[LAMP_POWER.name]
    forged = [
        altered(power, slice(0, 2), power_w=1.0),  # in the place of true ones
        altered(power, slice(2, 5), device="a twin"),
        power[5:7].with_columns(pl.col("t") - 10**12),  # before everything
        power[7:8].with_columns(pl.col("t") + 10**12),
        power[8:9].with_columns(pl.col("t") + 1_000_001),
    ]
    line.keep({**sent, LAMP_POWER.name: pl.concat([*forged, power[20:]])})
    assert line.unsent() == {LAMP_POWER.name: 9}


def test_as_many_events_that_are_not_the_same_are_told_though_the_store_has_the_true_ones(line: Line) -> None:
    sent = line.play(pieces())
    line.keep(sent)
    count, content = line.came[LAMP_POWER.name]
    line.came[LAMP_POWER.name] = count, content ^ 1
    assert line.unsent() == {LAMP_POWER.name: 1}
    line.came[LAMP_POWER.name] = count + 5, content
    assert line.unsent() == {LAMP_POWER.name: 5}
    line.ingests = 2  # a restarted ingest has been delivered some of them again
    assert line.unsent() == {}


def test_more_rows_than_were_received_are_not_believed(line: Line) -> None:
    line.keep(line.play(pieces()))
    line.books.of(LAMP_STATE.name).received -= 3
    assert line.unsent() == {LAMP_STATE.name: 3}
    assert line.books.unreported() == 3


def test_what_a_killed_ingest_did_not_report_is_no_forgery_where_the_store_holds_what_was_sent(line: Line) -> None:
    line.keep(line.play(pieces()))
    line.books.of(LAMP_STATE.name).received -= 3
    count, _ = line.came[LAMP_STATE.name]
    line.came[LAMP_STATE.name] = count - 3, 17
    line.ingests = 2
    assert line.unsent() == {}


ODD = Kind(
    "odd_thing",
    system="things",
    doc="what is hard to spell",
    plan_ids=("N18",),
    qos=0,
    fields=(
        text("line", tag=True),
        integer("zone", tag=True),
        text("words"),
        real("level", "m", 3),
        flag("lit"),
        instant("since_us"),
        integer("big"),
    ),
)


@pytest.mark.influxdb
def test_what_is_hard_to_spell_comes_back_from_influxdb_as_it_was_sent(influxdb: InfluxDB) -> None:
    words = ['a "quoted" \\ word', "tab\tand\nnewline", "", None, "=, é 公交", "\\"]
    frame = pl.DataFrame(
        {
            "t": range(1_700_000_000_000_000, 1_700_000_000_000_006),
            "seq": range(6),
            "due": [None] * 6,
            "sent": range(6),
            "run": [RUN] * 6,
            "district": ["Jing'an, East", "a=b", "c d", "e", "f\\g", "h"],
            "device": ["thing 1", 'th"ing', "x\\", "é", "a,b", "=" * 5],
            "line": ["1", "two words", None, "a,b=c", '"', "公"],
            "zone": [1, -2, None, 2**62, 0, 7],
            "words": words,
            "level": [0.1, -0.0, None, 1e300, 5.0, 1e-9],
            "lit": [True, False, None, True, False, True],
            "since_us": [1, None, -5, 2**53 + 1, 0, 9],
            "big": [2**63 - 1, -(2**63), None, 0, 5, 6],
        },
        schema=Decoder([ODD], RUN).decode("odd_thing", [], []).frame.schema,
    )
    store = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    store.prepare([ODD])
    try:
        assert store.write(ODD, frame).rejected == ()
        held = store.held(RUN, ODD, None, None).sort("t")
    finally:
        store.delete(RUN)
        store.close()
    assert KEY.of_frame(ODD, held).tolist() == KEY.of_frame(ODD, frame).tolist()
