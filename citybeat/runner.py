"""The runner: one job from an empty run folder to summary, report and verdict.

Owns the frame around a session: what is opened before it, judged and written after it.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from brokers.mqtt.clients import clear_retained
from brokers.mqtt.sink import MqttSink
from brokers.tape.header import TapeHeader
from brokers.tape.ledger import TapeLedger
from brokers.tape.sink import TapeSink
from citybeat import folder as folders
from citybeat.folder import RunFolder
from citybeat.interruption import Interruption
from citybeat.job import Job
from citybeat.plumbing import Pipes, open_pipes
from citybeat.progress import Progress
from citybeat.session import Ended, Session
from citybeat.settings import RUNS, RunSettings
from citybeat.summary import Result, summarise
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
    folder = folders.create(settings.out, RUNS)
    try:
        with ExitStack() as stack:
            tape = TapeSink(folder.path / "tape", tape_header(job, folder.run))
            pipes = open_pipes(stack, settings, folder, job.kinds, series=job.series)
            interruption = stack.enter_context(Interruption())
            session = _session(job, settings, Pace(speed, job.start_us, job.end_us), watch, folder, tape, pipes, interruption)
            if session.mqtt is not None:
                stack.callback(session.mqtt.stop)
            return _played(job, session, pipes, folder)
    except BaseException:
        if not (folder.summary.exists() or any(folder.path.rglob("*.parquet"))):
            folders.discard(folder, RUNS)  # nothing half-written stays behind a run that never began
        raise


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
        mqtt=MqttSink(pipes.client, pace, folder.run, settings.root, settings.qos) if pipes.client else None,
        monitor=pipes.monitor,
        store=pipes.store,
        qos=settings.qos,
        drain_us=settings.drain_us,
        watch=watch,
        interruption=interruption,
        check_span=getattr(pipes.store, "check_span", lambda _start, _end: None),
    )


def _played(job: Job, session: Session, pipes: Pipes, folder: RunFolder) -> Result:
    """Play a session, close its books, and write what it leaves behind."""
    with standing_objects():
        ended = session.play()
    judged = _close_books(job, session, pipes, ended)
    session.finish(session.narrator.objectives(job.end_us, judged))
    summary = summarise(job, session, ended, judged)
    folders.write_json(folder.meters, session.meters.freeze(), compact=True)
    folder.write_summary(summary)
    write_report(folder.report, summary, TapeLedger(folder.path), job.figures)
    return Result(folder.path, Verdict(summary["verdict"]), int(summary["exit_code"]), summary)


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


def _close_books(job: Job, session: Session, pipes: Pipes, ended: Ended) -> tuple[Judged, ...]:
    """Stop our ingest, take back what the broker keeps for us, let the store count, and judge."""
    if pipes.monitor is not None:
        pipes.monitor.hear_last_words()
        session.take_stock()
    try:
        if session.mqtt is not None and session.mqtt.retained:
            clear_retained(session.mqtt.client, sorted(session.mqtt.retained))
    except CitybeatError as error:
        ended.fail(error)
    try:
        if pipes.store is not None:
            for kind, count in pipes.store.count(session.run, list(session.books.kinds)).items():
                session.books.of(kind).stored = count
    except CitybeatError as error:
        ended.fail(error)
    if session.mqtt is None:
        return judge(modelled(job), job.measures, session.meters)
    record_books(session.meters, session.books)
    judged = judge(job.objectives, job.measures, session.meters, latency_invalid=generator_was_late(session.meters))
    return tuple(_as_invalid(each) if each.objective.measure == SEND_LAG else each for each in judged)


def modelled(job: Job) -> tuple[Objective, ...]:
    """Return the promises about the city: a dry run has no pipeline to judge."""
    pipeline = {measure.name for measure in job.measures if measure.family is Family.PIPELINE}
    return tuple(objective for objective in job.objectives if objective.measure not in pipeline)


def _as_invalid(judged: Judged) -> Judged:
    """Return a late generator as invalid: it says nothing about what was measured."""
    return replace(judged, verdict=Verdict.INVALID) if judged.verdict is Verdict.FAIL else judged
