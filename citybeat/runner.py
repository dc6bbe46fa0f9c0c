"""The runner: one job from an empty run folder to summary, report and verdict.

Owns the frame around a session: what is opened before it, judged and written after it.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

from brokers.clients import clear_retained
from brokers.mqtt_sink import MqttSink
from brokers.tape import TapeSink
from brokers.tape_header import TapeHeader
from brokers.tape_ledger import TapeLedger
from citybeat import folder as folders
from citybeat.folder import RunFolder
from citybeat.job import Job
from citybeat.origin import check_origin
from citybeat.plumbing import Pipes, open_pipes
from citybeat.progress import Progress
from citybeat.session import Ended, Session
from citybeat.settings import RUNS, RunSettings
from citybeat.summary import Result, summarise
from dashboards.report import write_report
from sim.errors import CitybeatError
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
    the result.
    """
    check_origin(settings.origin)
    folder = folders.create(settings.out, RUNS)
    try:
        return _play(job, settings, speed, watch, folder)
    except BaseException:
        _remove_if_empty(folder)
        raise


def _play(job: Job, settings: RunSettings, speed: float, watch: Callable[[Progress], None], folder: RunFolder) -> Result:
    pace = Pace(speed, job.start_us, job.end_us)
    with ExitStack() as stack:
        tape = TapeSink(folder.path / "tape", tape_header(job))
        pipes = open_pipes(stack, settings, folder, job.kinds, series=job.series)
        mqtt = MqttSink(pipes.client, pace, folder.run, settings.root, settings.qos) if pipes.client else None
        session = Session(
            job=job,
            run=folder.run,
            pace=pace,
            origin=settings.origin,
            tape=tape,
            mqtt=mqtt,
            monitor=pipes.monitor,
            store=pipes.store,
            qos=settings.qos,
            drain_us=settings.drain_us,
            watch=watch,
            check_span=getattr(pipes.store, "check_span", lambda _start, _end: None),
        )
        ended = session.play()
        judged = _close_books(job, session, pipes, ended, folder)
        session.finish(session.narrator.objectives(job.end_us, judged))
        if mqtt is not None and pipes.client is not None and mqtt.retained and ended.failure is None:
            clear_retained(pipes.client, sorted(mqtt.retained))
    summary = summarise(job, session, ended, judged)
    folders.write_json(folder.meters, session.meters.freeze(), compact=True)
    folder.write_summary(summary)
    write_report(folder.report, summary, TapeLedger(folder.path), job.figures)
    return Result(folder.path, Verdict(summary["verdict"]), int(summary["exit_code"]), summary)


def tape_header(job: Job) -> TapeHeader:
    """Return what a reader of the tape must know."""
    return TapeHeader(tuple(job.kinds), SLICE_US, job.start_us, job.end_us, job.calendar.zone)


def _close_books(job: Job, session: Session, pipes: Pipes, ended: Ended, folder: RunFolder) -> tuple[Judged, ...]:
    """Stop our ingest, let the store count, and judge."""
    if pipes.monitor is not None and pipes.monitor.child is not None:
        pipes.monitor.child.stop()
        session.take_stock()
    if pipes.store is not None:
        try:
            for kind, count in pipes.store.count(folder.run, list(session.books.kinds)).items():
                session.books.of(kind).stored = count
        except CitybeatError as error:
            ended.failure = ended.failure or error
        record_books(session.meters, session.books)
    late = generator_was_late(session.meters)
    judged = judge(job.objectives, job.measures, session.meters, latency_invalid=late)
    return tuple(
        replace(each, verdict=Verdict.INVALID) if each.objective.measure == SEND_LAG and each.verdict is Verdict.FAIL else each
        for each in judged
    )


def _remove_if_empty(folder: RunFolder) -> None:
    """Leave nothing half-written behind a run that never began: remove a folder without a summary and without events."""
    if folder.summary.exists() or any(folder.path.rglob("*.parquet")):
        return
    folders.delete(folder)
