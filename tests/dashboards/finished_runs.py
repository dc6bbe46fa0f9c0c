"""Finished runs to report on: a scenario driven through the engine onto a real tape, with a pipeline's counts made up around it.

Owns what a session would have counted. `spoil` bends the counts, to see what a report says of a bad run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from brokers.tape.event_log import TapeLog
from brokers.tape.sink import TapeSink
from citybeat.running.job import Job, simulate
from citybeat.running.runner import tape_header
from citybeat.running.summary import machine, versions
from sim.events.batches import Mark
from sim.events.digests import Digester
from sim.judge.books import Books
from sim.judge.pipeline import ACK, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT, record_books
from sim.judge.promises import Promise
from sim.judge.verdict import Verdict, exit_code, judge, overall
from sim.play.pump import through
from sim.scenario import Scenario
from sim.summary import SCHEMA, ClosedBooks, RunSummary, measured

RUN = "k3v9x2ab"


@dataclass(frozen=True, repr=False)  # a job is too much to be shown where a test fails
class FinishedRun:
    """summary.json and the tape of a run, and the job it came from."""

    record: RunSummary
    log: TapeLog
    job: Job

    @property
    def summary(self) -> dict[str, Any]:
        """Return summary.json as a test may change it."""
        return self.record.as_dict()


def finish(folder: Path, scenario: Scenario, spoil: Callable[[Books], None] = lambda _books: None) -> FinishedRun:
    """Drive the scenario to its end; every event planned counts as sent and stored unless `spoil` says otherwise."""
    job = simulate(scenario)
    tape, books, digester, marks = TapeSink(folder / "tape", tape_header(job, RUN)), Books(), Digester(), []
    for kind in job.kinds:
        books.of(kind.name, kind.qos)
    for piece in (through(job.steps, each) for each in job.source.slices()):
        tape.stage(piece)
        tape.put(piece, 0, len(piece.send_order))
        digester.add(piece)
        books.plan(piece)
        job.meters.observe(piece.samples, job.profile.stage(piece.span.start_us))
        marks += piece.marks
    tape.settle(30)
    for row in books.kinds.values():
        spoilt = row.injected["malformed"]
        row.sent = row.planned - row.injected["lost"]
        row.received = row.stored = row.sent - spoilt
        row.acked = row.sent if row.qos else 0
        if spoilt:
            row.rejected["malformed"] = spoilt
    spoil(books)
    _latencies(job, books)
    record_books(job.meters, books)
    return FinishedRun(_record(job, books, digester, marks), TapeLog(folder), job)


def _latencies(job: Job, books: Books) -> None:
    rng = np.random.default_rng(7)
    for name, row in books.kinds.items():
        sent = rng.lognormal(np.log(0.18), 0.45, row.stored)
        lag = rng.lognormal(np.log(0.004), 0.7, row.stored)
        job.meters.record(STORED_FROM_SENT, sent, where=name)
        job.meters.record(STORED_FROM_DUE, sent + lag, where=name)
        job.meters.record(SEND_LAG, lag)
        job.meters.record(ACK, rng.lognormal(np.log(0.01), 0.5, row.acked))


def _record(job: Job, books: Books, digester: Digester, marks: list[Mark]) -> RunSummary:
    judged = judge(job.objectives, job.measures, job.meters)
    verdict = overall(judged)
    broken = sum(each.verdict is Verdict.FAIL for each in judged)
    return RunSummary(
        schema_number=SCHEMA,
        run=RUN,
        scenario=job.name,
        title=job.title,
        seed=job.seed,
        scale=job.scale,
        scenario_digest=job.scenario_digest,
        log_digest=digester.log_digest,
        wire_digest=digester.wire_digest,
        speed=60.0,
        zone=job.calendar.zone,
        start_us=job.start_us,
        end_us=job.end_us,
        elapsed_s=61.25,
        verdict=verdict,
        why=f"{broken} of {len(judged)} promises broken" if broken else "",
        exit_code=int(exit_code(verdict)),
        books=ClosedBooks.from_books(books),
        objectives=tuple(map(Promise.from_judged, judged)),
        measures=measured(job.measures, job.meters),
        figures=tuple(job.figures),
        marks=tuple(marks),
        versions=versions(),
        machine=machine(),
    )
