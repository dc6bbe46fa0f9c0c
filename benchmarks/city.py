"""Whole systems as shipped: events a second of the engine, with and without digest and tape.

Owns the runs of `bus_arrivals` and of an ordinary hour of a 10 % city. CPU seconds are of this process with all its threads.
"""

import math
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import simpy

from benchmarks.processes import best
from benchmarks.table import Line
from citybeat.running.job import simulate
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from scenarios.loader import load
from sim.engine.engine import Engine
from sim.scenario import Scenario
from sim.units import SECOND_US

PEER = "bare SimPy timeouts"
PROCESSES, TIMEOUTS = 1_000, 200
SHIPPED = 0.1  # of the peer's rate, at least
HOUR_OF_TENTH = 13.0  # of the peer's time, at most
REPEATS = 3


def lines() -> Iterator[Line]:
    """Measure both scenarios."""
    yield _shipped(load("bus_arrivals"))
    yield _hour(load("shanghai").model_copy(update={"scale": 0.1}))


def _shipped(scenario: Scenario) -> Line:
    """Measure a scenario from its start: the engine's slices, and as a peer one timeout of SimPy an event."""
    counts: list[int] = []

    def work() -> float:
        source = Engine(scenario).slices()
        first = next(source)  # the warm-up lies before it
        started = time.process_time()
        counts.append(sum(len(batch) for piece in source for batch in piece.batches))
        assert first.batches  # noqa: S101 - a city that says nothing would make the figure meaningless
        return time.process_time() - started

    seconds = best(work, REPEATS)
    note = f"{counts[0]:,} events after the first minute; with riders, signs and dispatchers"
    return Line("bus_arrivals as shipped, engine", counts[0] / seconds, "events/s", PEER, timeouts_per_s(), at_least=SHIPPED, note=note)


def timeouts_per_s() -> float:
    """Return how many timeouts of processes that do nothing else SimPy plays in a CPU second."""

    def work() -> float:
        env = simpy.Environment()
        for number in range(PROCESSES):
            env.process(waiting(env, number))
        started = time.process_time()
        env.run()
        return time.process_time() - started

    return PROCESSES * TIMEOUTS / best(work, REPEATS)


def waiting(env: simpy.Environment, number: int) -> Iterator[simpy.Timeout]:
    """Wait again and again, each process at instants of its own."""
    for _ in range(TIMEOUTS):
        yield env.timeout(PROCESSES + number)


def _hour(scenario: Scenario) -> Line:
    """Measure a dry run of one hour at speed max, warm-up, tape, digest, judgement and report included."""
    with tempfile.TemporaryDirectory(prefix="citybeat-bench-") as name:
        settings = RunSettings(broker="none", out=Path(name) / "run")
        wall, cpu = time.perf_counter(), time.process_time()
        result = play(simulate(scenario), settings, math.inf)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events = result.summary["books"]["total"]["planned"]
    city_s = scenario.duration / SECOND_US
    note = f"{events:,} events from setting up to the report in {wall:.1f} s, {city_s / wall:.0f} × city time"
    step, least = "an ordinary hour of a 10 % city at max, no broker: CPU", events / timeouts_per_s()
    return Line(step, cpu, "s", f"{PEER}, as many", least, at_most=HOUR_OF_TENTH, note=note)
