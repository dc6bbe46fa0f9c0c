"""One question to a run's tape and to every store: which events? All answer alike."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest

from brokers.codec import Decoder, DeviceTopics, Encoder
from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.parquet.store import ParquetStore
from brokers.store_log import StoreLog
from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from sim.city.links import Link
from sim.engine.engine import Engine
from sim.errors import UsageError
from sim.events.batches import Batch, Slice
from sim.events.kinds import Kind
from sim.ports import EventLog
from sim.scenario import SLICE_US, Scenario
from sim.units import HOUR_US, MINUTE_US
from tests.lamps import LAMP_POWER, LAMP_STATE, Lamps
from tests.servers import InfluxDB

RUN = "0a1b2c3d"
SHIFT_US = 3 * HOUR_US + 7
LAMP_COLOUR = Kind("lamp_colour", system="lamps", doc="a lamp changes its colour", plan_ids=("N18",), qos=0, fields=())
KINDS = (*Lamps.declared.kinds, LAMP_COLOUR)  # of the last there are no events
FIELDS = {"lamp_state": ["lamp", "pole", "since_us", "switches"], "lamp_power": ["power_w"]}


@pytest.fixture(scope="module")
def engine() -> Engine:
    lamps = Lamps(link=Link(latency_us=1, loss=0.0))
    return Engine(Scenario(name="lamps", systems=(lamps,), districts=("Pudong", "Xuhui"), duration=3 * MINUTE_US))


@pytest.fixture(scope="module")
def pieces(engine: Engine) -> list[Slice]:
    return list(engine.slices())


@pytest.fixture(params=["tape", "parquet", pytest.param("influx", marks=pytest.mark.influxdb)])
def log(request: pytest.FixtureRequest, tmp_path: Path, engine: Engine, pieces: list[Slice]) -> Iterator[EventLog]:
    if request.param == "tape":
        yield taped(tmp_path, engine, pieces)
        return
    store: ParquetStore | InfluxStore = ParquetStore(tmp_path / "store")
    if request.param == "influx":
        server: InfluxDB = request.getfixturevalue("influxdb")
        store = InfluxStore(InfluxSettings(server.url, server.org, server.token))
    store.prepare(KINDS)
    for batch in (batch for piece in pieces for batch in piece.batches):
        for run in (RUN, "deadbeef"):  # another run's rows lie beside it
            store.write(batch.kind, decoded(batch, run))
        store.write(batch.kind, decoded(batch, RUN))  # delivered twice
    yield StoreLog(store, RUN, KINDS, SHIFT_US)
    store.delete(RUN)
    store.close()


def taped(run: Path, engine: Engine, pieces: Sequence[Slice]) -> TapeLog:
    city = engine.city
    sink = TapeSink(run / "tape", TapeHeader(KINDS, SLICE_US, city.start_us, city.end_us, "Asia/Shanghai"))
    for piece in pieces:
        sink.stage(piece)
        sink.put(piece, 0, len(piece.send_order))
    sink.settle(30)
    return TapeLog(run)


def decoded(batch: Batch, run: str) -> pl.DataFrame:
    """Return a batch as an ingest hands it to a store."""
    payloads = Encoder().encode(batch, run=run, shift_us=SHIFT_US, due_us=None)
    return Decoder(KINDS, run).decode(batch.kind.name, DeviceTopics().of(batch), payloads).frame


def meant(pieces: Sequence[Slice], kind: Kind) -> list[tuple[object, ...]]:
    """Return every event of a kind in words: time, district, device, seq, then the wire fields."""
    rows = []
    for batch in (batch for piece in pieces for batch in piece.batches if batch.kind.name == kind.name):
        columns = [batch.columns[name].tolist() for name in FIELDS[kind.name]]
        for place, name in enumerate(FIELDS[kind.name]):
            if name in ("lamp", "pole"):
                columns[place] = [batch.words(name)[code] for code in columns[place]]
        districts, devices = ([names[code] for code in codes] for names, codes in words(batch))
        rows += zip(batch.time_us.tolist(), districts, devices, batch.seq.tolist(), *columns, strict=True)
    return sorted(rows)


def words(batch: Batch) -> Iterator[tuple[Sequence[str], list[int]]]:
    yield list(batch.roster.districts), batch.district.tolist()
    yield list(batch.roster.names), batch.device.tolist()


def test_every_log_names_the_kinds_that_have_events(log: EventLog) -> None:
    assert sorted(log.kinds()) == ["lamp_power", "lamp_state"]


@pytest.mark.parametrize("kind", [LAMP_STATE, LAMP_POWER])
def test_every_log_has_the_events_that_were_meant_in_city_time_and_in_order(log: EventLog, kind: Kind, pieces: list[Slice]) -> None:
    frame = log.frame(kind.name).collect()
    assert frame.schema["time"] == pl.Datetime("us", "UTC")
    assert frame.get_column("time").is_sorted()
    common = frame.select(pl.col("time").dt.epoch("us"), "district", "device", "seq", *FIELDS[kind.name])
    assert sorted(common.rows()) == meant(pieces, kind)
    assert frame.height > 10


def test_a_kind_without_events_has_an_empty_frame_and_an_unknown_one_is_refused(log: EventLog) -> None:
    empty = log.frame("lamp_colour").collect()
    assert empty.height == 0
    assert {"time", "district", "device", "seq"} <= set(empty.columns)
    with pytest.raises(UsageError, match=r"no kind 'lamp_stat'.*lamp_state"):
        log.frame("lamp_stat")
