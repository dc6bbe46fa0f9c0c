"""Wire format, tape and embedded store against peers measured in the same run: CPU time a message.

Run it as a script; it prints one table. The messages are `vehicle_position`, the largest and most frequent kind. Peers are
orjson on ready-made Python objects (which is less than our job: no columns, no topics, no checks) and polars' bare Parquet.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from brokers.parquet_store import ParquetStore
from brokers.tape import TapeSink
from brokers.tape_columns import TapeRows, tape_frame
from brokers.tape_header import TapeHeader
from brokers.tape_source import TapeSource
from brokers.wire import Decoder, DeviceTopics, Encoder, stamped
from devices.buses.kinds import VEHICLE_POSITION
from sim.batches import Batch, Column, Roster, Slice, Span
from sim.departures import depart
from sim.digests import Digester
from sim.districts import DISTRICTS
from sim.kinds import Field, FieldType
from sim.names import Names
from sim.units import MINUTE_US

RUN = "abcdefgh"
START_US = 1_425_250_800_000_000
DEVICES = 2_000
BLOCKS = (1_000, 5_000, 50_000)
SLICES, SLICE_ROWS = 10, 100_000
REPEATS = 15


def batch_of(rows: int, index: int = 0) -> Batch:
    rng = np.random.default_rng(index)
    names = {field.name: Names(f"{field.name}-{number:05d}" for number in range(5_000)) for field in VEHICLE_POSITION.fields}
    roster = Roster(Names())
    for number in range(DEVICES):
        roster.add(f"bus-{number}", DISTRICTS[number % len(DISTRICTS)].name)
    return fill(roster, names, rows, index, rng)


def fill(roster: Roster, names: dict[str, Names], rows: int, index: int, rng: np.random.Generator) -> Batch:
    time_us = START_US + index * MINUTE_US + np.sort(rng.choice(MINUTE_US, rows, replace=False))
    device = rng.integers(0, DEVICES, rows).astype(np.int32)
    columns = {field.name: values(field, rows, rng) for field in VEHICLE_POSITION.fields}
    seq, fault = np.arange(rows) + index * rows, np.zeros(rows, dtype=np.uint8)
    district = roster.district_codes()[device]
    return Batch(VEHICLE_POSITION, roster, time_us, time_us + 80_000, district, device, seq, fault, columns, names)


def values(field: Field, rows: int, rng: np.random.Generator) -> Column:
    if field.type is FieldType.REAL:
        return np.round(rng.uniform(0, 130, rows), field.decimals)
    limit = {FieldType.CHOICE: len(field.values), FieldType.TEXT: 5_000}.get(field.type, 60)
    return rng.integers(0, limit, rows).astype(field.dtype)


def cpu_us(work: Callable[[], object], rows: int, repeats: int = REPEATS) -> float:
    """Return the least CPU time of all threads a row, in µs, over several repeats."""
    work()
    best = float("inf")
    for _ in range(repeats):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best / rows * 1e6


def line(what: str, rows: int, ours: float, peer: str = "", theirs: float | None = None) -> None:
    ratio = f"{ours / theirs:5.2f} x {peer} ({theirs:.2f})" if theirs else ""
    print(f"{what:34} {rows:>8,} {ours:8.2f} {1 / ours:8.2f}   {ratio}")


def wire(rows: int) -> None:
    batch = batch_of(rows)
    encoder, topics, decoder = Encoder(), DeviceTopics(), Decoder([VEHICLE_POSITION], RUN)
    due_us = batch.release_us
    plain = encoder.encode(batch, run=RUN, shift_us=0, due_us=due_us)
    payloads, addresses = stamped(plain, START_US), topics.of(batch)
    objects = [orjson.loads(payload) for payload in plain]
    dumps = cpu_us(lambda: [orjson.dumps(each) for each in objects], rows)
    loads = cpu_us(lambda: [orjson.loads(payload) for payload in payloads], rows)
    line("encode", rows, cpu_us(lambda: encoder.encode(batch, run=RUN, shift_us=0, due_us=due_us), rows), "orjson.dumps", dumps)
    line("topics", rows, cpu_us(lambda: topics.of(batch), rows))
    line("stamp", rows, cpu_us(lambda: stamped(plain, START_US), rows))
    line("decode", rows, cpu_us(lambda: decoder.decode("vehicle_position", addresses, payloads), rows), "orjson.loads", loads)
    spoilt = [payload[:-9] if place % 100 == 0 else payload for place, payload in enumerate(payloads)]
    line("decode, 1 % cut off", rows, cpu_us(lambda: decoder.decode("vehicle_position", addresses, spoilt), rows), "orjson.loads", loads)
    spoilt[rows // 2] = payloads[0].replace(b'"hdop":', b'"hdop":"x')
    line("decode, and one wrong type", rows, cpu_us(lambda: decoder.decode("vehicle_position", addresses, spoilt), rows))


def tape() -> None:
    first = batch_of(SLICE_ROWS)
    pieces = []
    for index in range(SLICES):
        batch = fill(first.roster, dict(first.names), SLICE_ROWS, index, np.random.default_rng(index))
        span = Span(index, START_US + index * MINUTE_US, START_US + (index + 1) * MINUTE_US)
        pieces.append(Slice(span, (batch,), depart([batch])))
    header = TapeHeader((VEHICLE_POSITION,), MINUTE_US, START_US, START_US + SLICES * MINUTE_US, "Asia/Shanghai")
    rows = SLICES * SLICE_ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frames = [tape_frame([TapeRows(0, piece.batches[0], None)]) for piece in pieces]
        bare = cpu_us(lambda: [frame.write_parquet(folder / "bare.parquet") for frame in frames], rows, 1)
        began, wall = time.process_time(), time.perf_counter()
        sink = TapeSink(folder / "tape", header)
        for piece in pieces:
            sink.stage(piece)
            sink.put(piece, 0, len(piece.departures))
        sink.settle(60)
        ours, took = (time.process_time() - began) / rows * 1e6, time.perf_counter() - wall
        line("tape: write", rows, ours, "bare Parquet", bare)
        size = sum(part.stat().st_size for part in (folder / "tape").rglob("part-*"))
        print(f"{'':34} {rows / took / 1e6:.2f} M rows/s of wall time, {size / rows:.1f} bytes a row")
        line("tape: replay", rows, cpu_us(lambda: sum(len(piece.departures) for piece in TapeSource(folder).slices()), rows, 1))
        digests = [Digester(), Digester()]
        for piece, again in zip(pieces, TapeSource(folder).slices(), strict=True):
            digests[0].add(piece)
            digests[1].add(again)
        print(f"{'':34} same digests: {digests[0].wire_digest == digests[1].wire_digest}")


def store() -> None:
    batch = batch_of(50_000)
    payloads = Encoder().encode(batch, run=RUN, shift_us=0, due_us=None)
    frame = Decoder([VEHICLE_POSITION], RUN).decode("vehicle_position", DeviceTopics().of(batch), payloads).frame
    with tempfile.TemporaryDirectory() as name:
        kept = ParquetStore(Path(name))
        line("embedded store: write", frame.height, cpu_us(lambda: kept.write(VEHICLE_POSITION, frame), frame.height, 5))


def main() -> None:
    print(f"{'CPU time a message':34} {'rows':>8} {'us':>8} {'M/s':>8}   beside a peer")
    for rows in BLOCKS:
        wire(rows)
    tape()
    store()


if __name__ == "__main__":
    main()
