"""Whole systems as shipped: events a second of the engine, with and without digest and tape.

Owns the runs of `bus_arrivals` and of an ordinary hour of a 10 % city. CPU seconds are of this process with all its threads.
"""

import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import orjson

from benchmarks.processes import best
from benchmarks.table import Line
from citybeat.running.job import simulate
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from scenarios.loader import load
from sim.engine.engine import Engine
from sim.scenario import Scenario
from sim.units import SECOND_US

SHIPPED_PER_S = 0.2e6
HOUR_OF_TENTH_S = 60.0
REPEATS = 3


def lines() -> Iterator[Line]:
    """Measure both scenarios."""
    yield _shipped(load("bus_arrivals"))
    yield _hour(load("shanghai").model_copy(update={"scale": 0.1}))


def _shipped(scenario: Scenario) -> Line:
    """Measure a scenario from its start: the engine's slices, and as a peer one orjson.dumps of a ready dictionary an event."""
    counts: list[int] = []

    def work() -> float:
        source = Engine(scenario).slices()
        first = next(source)  # the warm-up lies before it
        started = time.process_time()
        counts.append(sum(len(batch) for piece in source for batch in piece.batches))
        assert first.batches  # noqa: S101 - a city that says nothing would make the figure meaningless
        return time.process_time() - started

    seconds = best(work, REPEATS)
    events = counts[0]
    note = f"{events:,} events after the first minute; with riders, signs and dispatchers"
    peer = "orjson.dumps of dicts"
    return Line("bus_arrivals as shipped, engine", events / seconds, "events/s", peer, dumps_per_s(), at_least=SHIPPED_PER_S, note=note)


def dumps_per_s() -> float:
    """Return how many ready-made dictionaries of seven fields orjson prints in a CPU second."""
    ready = {"t": 1_425_250_800_000_000, "seq": 1, "run": "abcdefgh", "speed_m_s": 7.5, "trip": "t", "route": "r", "fix_type": "rtk"}
    objects = [dict(ready) for _ in range(50_000)]

    def work() -> float:
        started = time.process_time()
        for each in objects:
            orjson.dumps(each)
        return time.process_time() - started

    return len(objects) / best(work, REPEATS)


def _hour(scenario: Scenario) -> Line:
    """Measure a dry run of one hour at speed max, warm-up, tape, digest, judgement and report included."""
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        settings = RunSettings(broker="none", out=Path(name) / "run")
        wall, cpu = time.perf_counter(), time.process_time()
        result = play(simulate(scenario), settings, math.inf)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events = result.summary["books"]["total"]["planned"]
    city_s = scenario.duration / SECOND_US
    note = f"{events:,} events from setting up to the report, {city_s / wall:.0f} × city time; {cpu:.1f} s of CPU"
    return Line("an ordinary hour of a 10 % city at max, no broker", wall, "s", at_most=HOUR_OF_TENTH_S, note=note)
