"""Closing and digest against their limit: rows a second beside a bare stable sort and BLAKE2b of the same bytes.

Owns blocks of several sizes. Rows are bus-like: devices in 17 districts report at random instants of a minute.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

import numpy as np

from benchmarks.table import Line
from sim.city.districts import DISTRICTS
from sim.city.links import Link
from sim.city.uplinks import Uplinks
from sim.engine.sequencing import Sequencer
from sim.events.batches import Column, Roster, Slice, Span
from sim.events.collector import Block
from sim.events.digests import Digester
from sim.events.kinds import Field, Kind, choice, integer, real, text
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.streams import Streams
from sim.units import MINUTE_US

DEVICES = 17_000
EIGHT = (real("speed_m_s", "m/s", 1), real("latitude", "degrees", 6), integer("odometer_m"), choice("state", "on", "off"), text("trip"))
WIDE = (*EIGHT, *(real(f"reading_{number}", "W", 2) for number in range(11)))  # 19 columns with time, device and seq
AT_LEAST_S = 0.5  # measured for so long each, so that a short block is not a guess


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table: the fields, the rows of a block, and whether they come sorted and rounded."""

    fields: tuple[Field, ...]
    rows: int
    sorted: bool


CASES = (
    Case(EIGHT, 58, sorted=False),
    Case(EIGHT, 1_000, sorted=False),
    Case(EIGHT, 1_000_000, sorted=False),
    Case(EIGHT, 1_000_000, sorted=True),
    Case(WIDE, 1_000_000, sorted=True),
)


def roster() -> Roster:
    """Return the devices."""
    devices = Roster(Names(district.name for district in DISTRICTS))
    for number in range(DEVICES):
        devices.add(f"bus {number}", DISTRICTS[number % len(DISTRICTS)].name)
    return devices


def block(kind: Kind, case: Case) -> Block:
    """Return rows of one minute from its start at 0, in any order or sorted by time and device."""
    rng = np.random.default_rng(case.rows)
    time_us = rng.integers(0, MINUTE_US, size=case.rows)
    device = rng.integers(0, DEVICES, size=case.rows).astype(np.int32)
    if case.sorted:
        order = np.lexsort((device, time_us))
        time_us, device = time_us[order], device[order]
    columns: dict[str, Column] = {}
    for field in kind.fields:
        drawn = rng.random(case.rows) * 100
        columns[field.name] = np.round(drawn, field.decimals) if field.type == "real" else (drawn % 2).astype(field.dtype)
    return Block(kind, time_us, device, columns, rounded=case.sorted)


def seconds_each(step: Callable[[], object]) -> float:
    """Return the CPU seconds of one call, over calls of at least half a second in all; other programs then count for less."""
    step()
    started, calls = time.process_time(), 0
    while time.process_time() - started < AT_LEAST_S:
        step()
        calls += 1
    return (time.process_time() - started) / calls


def limit(rows: Block) -> Callable[[], object]:
    """Return the least that could do: one stable sort of the times and one hash over the bytes of all columns."""

    def work() -> bytes:
        np.argsort(rows.time_us, kind="stable")
        state = blake2b(digest_size=16)
        for column in (rows.time_us, rows.time_us, rows.device, rows.time_us, *rows.columns.values()):
            state.update(np.ascontiguousarray(column).data)
        return state.digest()

    return work


def measure(case: Case) -> tuple[float, float, float]:
    """Return seconds a block for closing, for closing and digest, and for the limit."""
    kind = Kind("reading", system="lamps", doc="a reading", plan_ids=("N18",), qos=0, fields=case.fields)
    texts = {field.name: Names(["a", "b"]) for field in case.fields if field.type == "text"}
    uplinks = Uplinks.of(kind.system, Link(), roster(), lambda _district: (), Streams(1))
    sequencer, digester, minutes = Sequencer(kind, uplinks, texts), Digester(), count()
    rows = block(kind, case)

    def close() -> Slice:
        index = next(minutes)
        start_us = index * MINUTE_US
        moved = Block(kind, rows.time_us + start_us, rows.device, rows.columns, rows.rounded)
        span = Span(index, start_us, start_us + MINUTE_US)
        return Slice(span, (sequencer.close(span, [moved]),), in_send_order(()))

    return seconds_each(close), seconds_each(lambda: digester.add(close())), seconds_each(limit(rows))


def lines() -> Iterator[Line]:
    """Measure every case."""
    for case in CASES:
        closing, both, least = measure(case)
        order = "sorted" if case.sorted else "unsorted"
        step = f"close and digest, {case.rows:,} {order} rows a block, {len(case.fields) + 3} columns"
        note = f"closing alone {closing / case.rows * 1e9:,.0f} ns a row"
        yield Line(step, case.rows / both, "rows/s", "sort and hash alone", case.rows / least, note=note)
