"""The plan of a run: how many events, how fast, how many series, how long, before anything is published.

Owns a bounded dry simulation: the same engine, no sinks.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass

import orjson

from citybeat.running.job import Job
from citybeat.screen.console import console, table
from sim.play.pace import Pace
from sim.units import SECOND_US, duration_text

# A long run is simulated only so far and extrapolated, and the plan says so.
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What was counted: events by kind over `simulated_us` of city time, and the most in one slice."""

    events: Counter[str]
    simulated_us: int
    busiest_per_s: float
    wall_s: float


def plan_of(job: Job) -> Plan:
    """Simulate without sinks, for at most PATIENCE_S."""
    events: Counter[str] = Counter()
    busiest = 0.0
    began_s = time.monotonic()
    reached_us = job.start_us
    for piece in job.source.slices():
        in_slice = 0
        for batch in piece.batches:
            events[batch.kind.name] += len(batch)
            in_slice += len(batch)
        reached_us = piece.span.end_us
        busiest = max(busiest, in_slice * SECOND_US / (piece.span.end_us - piece.span.start_us))
        if time.monotonic() - began_s > PATIENCE_S:
            break
    return Plan(events, reached_us - job.start_us, busiest, time.monotonic() - began_s)


def as_dict(job: Job, plan: Plan, speed: float) -> dict[str, object]:
    """Return the plan as JSON can hold it: counts over the whole run, extrapolated where `simulated_us` is less than it."""
    whole_us = job.end_us - job.start_us
    grown = whole_us / plan.simulated_us
    return {
        "scenario": job.name,
        "seed": job.seed,
        "scale": job.scale,
        "start_us": job.start_us,
        "end_us": job.end_us,
        "simulated_us": plan.simulated_us,
        "events": {kind.name: round(plan.events[kind.name] * grown) for kind in job.kinds},
        "busiest_per_city_s": plan.busiest_per_s,
        "series": job.series,
        "speed": "max" if math.isinf(speed) else speed,
        "wall_s": plan.wall_s * grown if math.isinf(speed) else whole_us / speed / SECOND_US,
        "notes": [note.as_dict() for note in job.notes],
    }


def few(rate: float) -> str:
    """Return a rate in words: whole numbers where there are many, else two digits that count."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"  # noqa: PLR2004 - two digits


def print_plan(job: Job, speed: float, *, as_json: bool = False) -> None:
    """Print the plan of a job at a speed, to stdout."""
    plan = plan_of(job)
    if as_json:
        print(orjson.dumps(as_dict(job, plan, speed), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 - what was asked for
        return
    whole_us = job.end_us - job.start_us
    grown = whole_us / plan.simulated_us
    pace = Pace(speed, job.start_us, job.end_us)
    counts = table("kind", "QoS", "events", "per city second")
    for kind in job.kinds:
        count = plan.events[kind.name] * grown
        counts.add_row(kind.name, str(kind.qos), f"{count:,.0f}", f"{count * SECOND_US / whole_us:,.2f}")
    total = plan.events.total() * grown
    out = console()
    out.print(counts)
    local = job.calendar.local(job.start_us)
    lines = [
        f"{job.title}, seed {job.seed}, {100 * job.scale:.3g} % of the city",
        f"city time   {local:%a %Y-%m-%d %H:%M} {job.calendar.zone}, for {duration_text(whole_us)}",
        f"events      {total:,.0f}, at most {few(plan.busiest_per_s)} per city second",
        f"series      at most {job.series:,}",
    ]
    if pace.unpaced:
        lines.append(f"at max      as fast as it goes; the simulation alone takes about {duration_text(plan.wall_s * grown * SECOND_US)}")
    else:
        wall_us = whole_us / speed
        lines.append(f"at {speed:g}       {duration_text(wall_us)} of wall time, at most {few(plan.busiest_per_s * speed)} messages/s")
    lines += [f"{'note' if not number else '':12}{note.text()}" for number, note in enumerate(job.notes)]
    if grown > 1:
        lines.append(f"            (counted over the first {duration_text(plan.simulated_us)} and extrapolated)")
    out.print("\n".join(lines), soft_wrap=True)
