"""Wire format, tape and embedded store against peers measured in the same run: CPU time a message.

Owns the steps between columns and bytes. The messages are `vehicle_position`, the largest and most frequent kind. Peers are orjson on
ready-made Python objects (which is less than our job: no columns, no topics, no checks) and polars' bare Parquet.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from benchmarks.processes import best
from benchmarks.table import Line
from brokers.codec import Decoder, DeviceTopics, Encoder, stamped
from brokers.codec.fingerprints import Fingerprints
from brokers.influx.line_protocol import LineEncoder
from brokers.ingest.duplicates import Duplicates
from brokers.parquet.parts import LEVEL
from brokers.parquet.store import ParquetStore
from brokers.tape.columns import TapeRows, tape_frame
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from brokers.tape.source import TapeSource
from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.system import Buses
from sim.city.districts import DISTRICTS
from sim.events.batches import Batch, CensusRow, Column, Roster, Sample, Slice, Span
from sim.events.kinds import Field, FieldType
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.units import MINUTE_US

POSITION = Buses.declared.kind(VEHICLE_POSITION)
RUN = "abcdefgh"
START_US = 1_425_250_800_000_000
DEVICES = 2_000
BLOCKS = (1_000, 5_000, 50_000)
SLICES, SLICE_ROWS = 10, 100_000
MINUTES = 180  # of what was observed beside events, as much in each as in the buses of `bus_arrivals`
CENSUS_ROWS, SAMPLES, VALUES = 71, 31, 62
REPEATS = 7
LOST = 0.1  # of the messages: each gap makes a device's memory longer


def batch_of(rows: int, index: int = 0) -> Batch:
    """Return a batch of new devices in all districts."""
    rng = np.random.default_rng(index)
    names = {field.name: Names(f"{field.name}-{number:05d}" for number in range(5_000)) for field in POSITION.fields}
    roster = Roster(Names())
    for number in range(DEVICES):
        roster.add(f"bus-{number}", DISTRICTS[number % len(DISTRICTS)].name)
    return fill(roster, names, rows, index, rng)


def fill(roster: Roster, names: dict[str, Names], rows: int, index: int, rng: np.random.Generator) -> Batch:
    """Return rows of the minute `index`, drawn."""
    time_us = START_US + index * MINUTE_US + np.sort(rng.choice(MINUTE_US, rows, replace=False))
    device = rng.integers(0, DEVICES, rows).astype(np.int32)
    columns = {field.name: values(field, rows, rng) for field in POSITION.fields}
    seq, fault = np.arange(rows) + index * rows, np.zeros(rows, dtype=np.uint8)
    district = roster.district_codes()[device]
    return Batch(POSITION, roster, time_us, time_us + 80_000, district, device, seq, fault, columns, names)


def values(field: Field, rows: int, rng: np.random.Generator) -> Column:
    """Return a column, none absent."""
    if field.type is FieldType.REAL:
        return np.round(rng.uniform(0, 130, rows), field.decimals)
    limit = {FieldType.CHOICE: len(field.values), FieldType.TEXT: 5_000}.get(field.type, 60)
    return rng.integers(0, limit, rows).astype(field.dtype)


def cpu_us(work: Callable[[], object], rows: int, repeats: int = REPEATS) -> float:
    """Return the least CPU time of all threads a row, in µs, over several repeats."""
    if repeats > 1:
        work()

    def once() -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    return best(once, repeats) / rows * 1e6


def lines() -> Iterator[Line]:
    """Measure messages in blocks of several sizes, then tape and store."""
    for rows in BLOCKS:
        yield from _messages(rows)
    yield from _tape()
    batch = batch_of(BLOCKS[-1])
    payloads = Encoder().encode(batch, run=RUN, shift_us=0, due_us=None)
    frame = Decoder([POSITION], RUN).decode(POSITION.name, DeviceTopics().of(batch), payloads).frame
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        kept = ParquetStore(Path(name))
        yield Line("embedded store: write", cpu_us(lambda: kept.write(POSITION, frame), frame.height, 5), "µs")


def _messages(rows: int) -> Iterator[Line]:
    """Measure what happens to a message on its way, in blocks of so many."""
    batch = batch_of(rows)
    encoder, topics, decoder, encode_lines = Encoder(), DeviceTopics(), Decoder([POSITION], RUN), LineEncoder(POSITION)
    due_us = batch.release_us
    plain = encoder.encode(batch, run=RUN, shift_us=0, due_us=due_us)
    payloads, addresses = stamped(plain, START_US), topics.of(batch)
    spoilt = [payload[:-9] if place % 100 == 0 else payload for place, payload in enumerate(payloads)]
    frame = decoder.decode(POSITION.name, addresses, payloads).frame
    assert frame.height == rows  # noqa: S101 - messages that are set aside would make the figures meaningless
    objects = [orjson.loads(payload) for payload in plain]
    dumps = cpu_us(lambda: [orjson.dumps(each) for each in objects], rows)
    loads = cpu_us(lambda: [orjson.loads(payload) for payload in payloads], rows)

    def line(step: str, work: Callable[[], object], peer: str = "", theirs: float | None = None) -> Line:
        return Line(f"{step}, {rows:,} messages a block", cpu_us(work, rows), "µs", peer, theirs)

    yield line("encode", lambda: encoder.encode(batch, run=RUN, shift_us=0, due_us=due_us), "orjson.dumps", dumps)
    yield line("topics", lambda: topics.of(batch))
    yield line("stamp", lambda: stamped(plain, START_US))
    yield line("decode", lambda: decoder.decode(POSITION.name, addresses, payloads), "orjson.loads", loads)
    yield line("decode, 1 % cut off", lambda: decoder.decode(POSITION.name, addresses, spoilt), "orjson.loads", loads)
    prints, seq = Fingerprints(), numbered(batch.device)
    whole = np.flatnonzero(np.random.default_rng(0).random(rows) > LOST)
    kept = [addresses[row] for row in whole.tolist()]
    yield line("fingerprints, sender", lambda: prints.of_batch(batch, 0))
    yield line("fingerprints, ingest", lambda: prints.of_frame(POSITION, frame))
    yield line("repeats told, in order", lambda: Duplicates().mark(addresses, seq))
    yield line("repeats told, 10 % lost", lambda: Duplicates().mark(kept, seq[whole]))
    yield line("line protocol", lambda: encode_lines.lines(frame), "orjson.dumps", dumps)


def numbered(device: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return for each row how many of its device came before: shape (n,)."""
    order = np.argsort(device, kind="stable")
    starts = np.flatnonzero(np.diff(device[order], prepend=-1))
    seq = np.empty(len(device), dtype=np.int64)
    seq[order] = np.arange(len(device)) - np.repeat(starts, np.diff(starts, append=len(device)))
    return seq


def _tape() -> Iterator[Line]:
    """Measure writing a tape and playing it back."""
    first = batch_of(SLICE_ROWS)
    pieces = []
    for index in range(SLICES):
        batch = fill(first.roster, dict(first.names), SLICE_ROWS, index, np.random.default_rng(index))
        span = Span(index, START_US + index * MINUTE_US, START_US + (index + 1) * MINUTE_US)
        pieces.append(Slice(span, (batch,), in_send_order([batch])))
    rows = SLICES * SLICE_ROWS
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        folder = Path(name)
        frames = [tape_frame([TapeRows(0, piece.batches[0], None)]) for piece in pieces]
        bare = cpu_us(lambda: [frame.write_parquet(folder / "bare.parquet", compression_level=LEVEL) for frame in frames], rows, 1)
        ours = cpu_us(lambda: _write(pieces, folder / "tape"), rows, 1)
        size = sum(part.stat().st_size for part in (folder / "tape").rglob("part-*"))
        yield Line("tape: write", ours, "µs", "bare Parquet", bare, note=f"{size / rows:.1f} bytes a row")
        yield Line("tape: replay", cpu_us(lambda: sum(len(piece.send_order) for piece in TapeSource(folder).slices()), rows, 1), "µs")
    yield from _observed()


def _observed() -> Iterator[Line]:
    """Measure a tape that holds nothing but census and samples, by the slice minute."""
    rng = np.random.default_rng(0)
    census = tuple(CensusRow("buses", "vehicle", f"state {row % 7}", f"district {row // 7}", row) for row in range(CENSUS_ROWS))
    pieces = []
    for index in range(MINUTES):
        span = Span(index, START_US + index * MINUTE_US, START_US + (index + 1) * MINUTE_US)
        samples = tuple(Sample("buses.error_s", f"line {line}", np.round(rng.normal(0, 60, VALUES), 6)) for line in range(SAMPLES))
        pieces.append(Slice(span, (), in_send_order([]), samples, census))
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        folder = Path(name)
        spent = cpu_us(lambda: _write(pieces, folder / "tape"), MINUTES, 1)
        size = sum(part.stat().st_size for part in (folder / "tape").rglob("part-*"))
        yield Line("tape: census and samples of a minute, write", spent, "µs", note=f"{size / MINUTES:,.0f} bytes a minute")
        read = cpu_us(lambda: sum(len(piece.samples) for piece in TapeSource(folder).slices()), MINUTES, 1)
        yield Line("tape: census and samples of a minute, replay", read, "µs")


def _write(pieces: list[Slice], folder: Path) -> None:
    header = TapeHeader((POSITION,), MINUTE_US, START_US, START_US + len(pieces) * MINUTE_US, "Asia/Shanghai")
    sink = TapeSink(folder, header)
    for piece in pieces:
        sink.stage(piece)
        sink.put(piece, 0, len(piece.send_order))
    sink.settle(60)
