"""Positions of a whole city once a second, from SimPy to closed sorted batches, digest and tape, through the buses' own code.

Owns lines by step and in all. The limit beside them is what numpy needs to draw and stably sort one column of as many 64-bit numbers.
Seconds are CPU seconds of this process with all its threads, so that one core is meant; each step counts with its best city minute.
As in a run, a slice is let go once it is done with (kept ones would all be filled into memory never touched before, which costs as much
as making the rows), and what the city is made of is out of the garbage collector's sight.
"""

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.processes import best
from benchmarks.table import Line
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from citybeat.running.runner import standing_objects
from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.positions.cohort import PositionParameters, Positions
from devices.buses.system import Buses, BusInstallation
from sim.engine.engine import Engine
from sim.engine.sequencing import Sequencer
from sim.events.batches import Slice, Span
from sim.events.digests import Digester
from sim.events.send_order import in_send_order
from sim.scenario import Scenario
from sim.units import HOUR_US, MINUTE_US, SECOND_US

WARM_MINUTES = 90
SLICES = 10
TAPED = 3  # slices on a tape, written TAPES times
TAPES = 2
EVERY_SECOND = PositionParameters(interval=SECOND_US)
ENGINE_SHARE = 0.1  # of the limit's rate, at least
TAPED_SHARE = 0.045
SETTLE_S = 60.0

OPERATION, SENSORS, ROWS, CLOSE = "SimPy processes", "legs, sensors, counters", "rows of positions", "close"
DEPART, DIGEST, TAPE = "order of departure", "digest", "tape"
ENGINE = (OPERATION, SENSORS, ROWS, CLOSE)

T = TypeVar("T")


@dataclass(slots=True)
class Clock:
    """CPU seconds of each call, by step."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def time(self, step: str, work: Callable[[], T]) -> T:
        """Do a step and note its seconds."""
        started = time.process_time()
        result = work()
        self.seconds.setdefault(step, []).append(time.process_time() - started)
        return result

    def best(self, *steps: str) -> float:
        """Return the least seconds of each of the steps, added up."""
        return sum(min(self.seconds[step]) for step in steps)


def spans(start_us: int) -> Iterator[Span]:
    """Yield the minutes of the warm-up, then those that are measured."""
    for index in range(WARM_MINUTES + SLICES):
        begin_us = start_us + index * MINUTE_US
        yield Span(index, begin_us, begin_us + MINUTE_US, warm=index < WARM_MINUTES)


def limit_s(rows: int) -> float:
    """Return the seconds numpy needs to draw a column of so many numbers and sort it stably, best of five."""

    def work() -> float:
        started = time.process_time()
        np.argsort(np.random.default_rng(rows).integers(0, MINUTE_US, size=rows), kind="stable")
        return time.process_time() - started

    return best(work, 5)


@dataclass(slots=True)
class Ran:
    """What a run of the benchmark leaves: events of the measured slices, the last of them for the tape, and the fleet's vehicles."""

    vehicles: int
    rows: int = 0
    last: deque[Slice] = field(default_factory=lambda: deque(maxlen=TAPED))


def run(engine: Engine, clock: Clock) -> Ran:
    """Warm the city up, then measure slice by slice up to the digest."""
    city, installation = engine.city, engine.tenants[0].installation
    assert isinstance(installation, BusInstallation)  # noqa: S101 - the benchmark's own scenario
    site = installation.site
    positions = Positions(site, installation.fleet.timetable.network, installation.fleet.journal, EVERY_SECOND)
    names = {name: city.names(name) for name in ("route", "trip", "start_date")}
    sequencer = Sequencer(VEHICLE_POSITION, site.uplinks(site.link(VEHICLE_POSITION)), names)
    digester, ran = Digester(), Ran(len(installation.fleet.vehicles))
    for span in spans(city.warm_from_us):
        measured = Clock() if span.warm else clock
        measured.time(OPERATION, partial(city.env.run, until=span.end_us))
        measured.time(SENSORS, partial(installation.operation.emit, span, site))
        city.out.take_blocks(span.end_us)
        city.out.take_samples()
        measured.time(ROWS, partial(positions.emit, span, site))
        blocks = city.out.take_blocks(span.end_us).get(VEHICLE_POSITION.name, [])
        city.out.take_samples()
        if not span.warm:
            batch = measured.time(CLOSE, partial(sequencer.close, span, blocks))
            piece = Slice(span, (batch,), measured.time(DEPART, partial(in_send_order, [batch])))
            measured.time(DIGEST, partial(digester.add, piece))
            ran.rows += len(batch)
            ran.last.append(piece)
    return ran


def write_tape(pieces: Sequence[Slice], zone: str) -> None:
    """Write slices to a tape and close it."""
    header = TapeHeader((VEHICLE_POSITION,), MINUTE_US, pieces[0].span.start_us, pieces[-1].span.end_us, zone)
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        tape = TapeSink(Path(name) / "tape", header)
        for piece in pieces:
            tape.stage(piece)
            tape.put(piece, 0, len(piece.send_order))
        tape.settle(SETTLE_S)


def lines() -> Iterator[Line]:
    """Measure; the targets are on the whole way from SimPy on, the steps are printed under it."""
    warm_up = WARM_MINUTES * MINUTE_US
    engine = Engine(
        Scenario(name="positions", systems=(Buses(),), scale=1.0, start=8 * HOUR_US, duration=SLICES * MINUTE_US, warm_up=warm_up),
    )
    clock = Clock()
    with standing_objects():
        ran = run(engine, clock)
    rows, vehicles = ran.rows / SLICES, ran.vehicles
    for _ in range(TAPES):
        clock.time(TAPE, partial(write_tape, ran.last, engine.hours.calendar.zone))
    clock.seconds[TAPE] = [seconds / TAPED for seconds in clock.seconds[TAPE]]
    limit = rows / limit_s(round(rows))

    def line(step: str, *steps: str, at_least: float | None = None, note: str = "") -> Line:
        return Line(step, rows / clock.best(*steps), "events/s", "draw and sort a column", limit, at_least=at_least, note=note)

    note = f"{vehicles:,} vehicles, {rows:,.0f} positions a city minute; stops, riders and sensors count as cost, not as events"
    yield line("positions of a 100 % city at 1 s: SimPy → closed batches", *ENGINE, at_least=ENGINE_SHARE, note=note)
    yield line("  the same with digest and tape", *clock.seconds, at_least=TAPED_SHARE)
    yield line("  the cohort alone: legs driven → closed batches", ROWS, CLOSE)
    yield line("  the cohort alone, with digest and tape", ROWS, CLOSE, DEPART, DIGEST, TAPE)
    for step in clock.seconds:
        yield line(f"    {step}", step)
