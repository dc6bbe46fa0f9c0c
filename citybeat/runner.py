"""The runner: one job from an empty run folder to summary, report and verdict.

Owns the frame around a session: what is opened before it, judged and written after it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from brokers.mqtt.clients import MqttClient, clear_retained
from brokers.mqtt.sink import MqttSink
from brokers.tape.header import TapeHeader
from brokers.tape.ledger import TapeLedger
from brokers.tape.sink import TapeSink
from brokers.wire.fingerprints import Fingerprints
from citybeat import folder as folders
from citybeat.claim import claimed
from citybeat.ended import Ended
from citybeat.folder import RunFolder
from citybeat.interruption import Interruption
from citybeat.job import Job
from citybeat.places import RUNS
from citybeat.plumbing import Pipes, open_pipes
from citybeat.progress import Progress
from citybeat.session import Session
from citybeat.settings import RunSettings
from citybeat.summary import Result, summarise
from citybeat.unsent import Comparison
from dashboards.report import write_report
from sim.errors import CitybeatError
from sim.measures import Family, Objective
from sim.pace import Pace
from sim.pipeline import SEND_LAG, generator_was_late, record_books
from sim.scenario import SLICE_US
from sim.verdict import Judged, Verdict, judge


@dataclass(slots=True)
class Silent:
    """A watcher that shows nothing."""

    def __call__(self, progress: Progress) -> None:
        """Look away."""


def play(job: Job, settings: RunSettings, speed: float, watch: Callable[[Progress], None]) -> Result:
    """Run a job and return what it came to. Everything it opened is closed again, whatever happens.

    Raises UsageError or ServiceError for what is wrong before the first message; later failures close the books and are in
    the result. Raises DiskError when the run folder cannot be written.
    """
    with Interruption() as interruption, claimed(settings.out, RUNS) as claim, ExitStack() as stack:
        folder = claim.folder
        tape = TapeSink(folder.path / "tape", tape_header(job, folder.run))
        claim.begun = lambda: bool(tape.taken)
        pipes = open_pipes(stack, settings, folder, job.kinds, series=job.series)
        session = _session(job, settings, Pace(speed, job.start_us, job.end_us), watch, folder, tape, pipes, interruption)
        if session.mqtt is not None:
            stack.callback(session.mqtt.stop)
        interruption.hold()
        return _played(job, session, pipes, folder)


def _session(
    job: Job,
    settings: RunSettings,
    pace: Pace,
    watch: Callable[[Progress], None],
    folder: RunFolder,
    tape: TapeSink,
    pipes: Pipes,
    interruption: Interruption,
) -> Session:
    return Session(
        job=job,
        run=folder.run,
        pace=pace,
        origin=settings.origin,
        tape=tape,
        mqtt=_mqtt_sink(pipes, pipes.client, settings, pace, folder, interruption) if pipes.client else None,
        monitor=pipes.monitor,
        store=pipes.store,
        qos=settings.qos,
        drain_us=settings.drain_us,
        watch=watch,
        interruption=interruption,
        check_span=getattr(pipes.store, "check_span", lambda _start, _end: None),
    )


def _mqtt_sink(
    pipes: Pipes, client: MqttClient, settings: RunSettings, pace: Pace, folder: RunFolder, interruption: Interruption
) -> MqttSink:
    prints = Fingerprints(pipes.key)
    sink = MqttSink(client, pace, folder.run, settings.root, settings.qos, hurry=lambda: interruption.pressing, fingerprints=prints)
    if pipes.left is not None:
        sink.retaining = pipes.left.expect
    return sink


def _played(job: Job, session: Session, pipes: Pipes, folder: RunFolder) -> Result:
    """Play a session, close its books, and write what it leaves behind: first the summary, then what may yet fail."""
    with standing_objects():
        ended = session.play()
    judged = _close_books(job, session, pipes, folder, ended)
    summary = summarise(job, session, ended, judged)
    folder.write_summary(summary)
    after = Ended()
    after.attempt(lambda: folders.write_json(folder.meters, session.meters.freeze(), compact=True))
    after.attempt(lambda: session.finish(session.narrator.objectives(session.reached_us, judged)))
    after.attempt(lambda: write_report(folder.report, summary, TapeLedger(folder.path), job.figures))
    added = {"ops_unwritten": session.unwritten} | (_belated(after.failure, summary) if after.failure else {})
    if any(summary[key] != value for key, value in added.items()):
        summary |= added
        folder.write_summary(summary)
    return Result(folder.path, Verdict(summary["verdict"]), int(summary["exit_code"]), summary)


def _belated(failure: CitybeatError, summary: dict[str, Any]) -> dict[str, Any]:
    """Return what a failure after the books were closed changes: not the verdict, and no earlier failure."""
    words = f"the run's books are closed, but not all that should lie beside them could be written: {failure}"
    if summary["failure"] or summary["interrupted"]:
        return {"why": f"{summary['why']}; {words}"}
    return {"why": f"{summary['why']}; {words}", "failure": words, "exit_code": int(failure.exit_code)}


@contextmanager
def standing_objects() -> Iterator[None]:
    """Keep what the city is made of out of the garbage collector's sight.

    It lives as long as the run, and each look at it delays the pump.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def tape_header(job: Job, run: str) -> TapeHeader:
    """Return what a reader of the tape must know."""
    return TapeHeader(tuple(job.kinds), SLICE_US, job.start_us, job.end_us, job.calendar.zone, run=run)


def _close_books(job: Job, session: Session, pipes: Pipes, folder: RunFolder, ended: Ended) -> tuple[Judged, ...]:
    """Stop our ingest, take back what the broker keeps for us, let the store count, and judge."""
    ended.attempt(lambda: _hear_last_words(session, pipes))
    ended.attempt(lambda: _clear_retained(session, pipes))
    ended.attempt(lambda: _count_stored(session, pipes))
    ended.attempt(lambda: _compare(session, pipes, folder))
    judged: list[Judged] = []
    ended.attempt(lambda: judged.extend(_judged(job, session)))
    return tuple(judged)


def _hear_last_words(session: Session, pipes: Pipes) -> None:
    if pipes.monitor is not None:
        pipes.monitor.hear_last_words()
        session.take_stock()


def _clear_retained(session: Session, pipes: Pipes) -> None:
    if session.mqtt is not None and session.mqtt.retained:
        clear_retained(session.mqtt.client, sorted(session.mqtt.retained))
    if pipes.left is not None:
        pipes.left.cleared()


def _count_stored(session: Session, pipes: Pipes) -> None:
    if pipes.store is not None:
        for kind, count in pipes.store.count(session.run, [kind.name for kind in session.job.kinds]).items():
            session.books.of(kind).stored = count


def _judged(job: Job, session: Session) -> tuple[Judged, ...]:
    if session.mqtt is None:
        return judge(modelled(job), job.measures, session.meters)
    record_books(session.meters, session.books)
    judged = judge(job.objectives, job.measures, session.meters, latency_invalid=generator_was_late(session.meters))
    return tuple(_as_invalid(each) if each.objective.measure == SEND_LAG else each for each in judged)


def _compare(session: Session, pipes: Pipes, folder: RunFolder) -> None:
    """Find what was received or stored and never sent."""
    if session.mqtt is None or pipes.monitor is None or pipes.store is None or not session.pace.began_us:
        return
    shift_us, prints = session.narrator.shift_us, session.mqtt.fingerprints
    Comparison(session.run, folder.path, shift_us, session.mqtt, pipes.monitor, pipes.store, prints).fill(session.books, session.job.kinds)


def modelled(job: Job) -> tuple[Objective, ...]:
    """Return the promises about the city: a dry run has no pipeline to judge."""
    pipeline = {measure.name for measure in job.measures if measure.family is Family.PIPELINE}
    return tuple(objective for objective in job.objectives if objective.measure not in pipeline)


def _as_invalid(judged: Judged) -> Judged:
    """Return a late generator as invalid: it says nothing about what was measured."""
    return replace(judged, verdict=Verdict.INVALID) if judged.verdict is Verdict.FAIL else judged
