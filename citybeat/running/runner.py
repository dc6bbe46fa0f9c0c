"""The runner: one job from an empty run folder to summary, report and verdict.

Owns the frame around a session: what is opened before it, judged and written after it.
"""

import gc
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from brokers.codec.fingerprints import Fingerprints
from brokers.mqtt.clients import MqttClient
from brokers.mqtt.sink import MqttSink
from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from citybeat.kept import folder as folders
from citybeat.kept.claim import claimed
from citybeat.kept.folder import RunFolder
from citybeat.kept.places import RUNS
from citybeat.running.closing import close_books
from citybeat.running.connections import Connections, open_connections
from citybeat.running.ended import Ended
from citybeat.running.interruption import Interruption
from citybeat.running.job import Job
from citybeat.running.progress import Progress
from citybeat.running.recorded import differences
from citybeat.running.session import Session
from citybeat.running.settings import RunSettings
from citybeat.running.summary import Result, summarise
from dashboards.report import write_report
from sim.clock import Clock
from sim.errors import CitybeatError, Exit
from sim.judge.verdict import Verdict
from sim.play.pace import Pace
from sim.scenario import SLICE_US


def silent(_progress: Progress) -> None:
    """Show nothing."""


def play(job: Job, settings: RunSettings, speed: float, watch: Callable[[Progress], None]) -> Result:
    """Run a job and return what it came to. Everything it opened is closed again, whatever happens.

    Raises UsageError or ServiceError for what is wrong before the first message; later failures close the books and are in
    the result. Raises DiskError when the run folder cannot be written.
    """
    with Interruption() as interruption, claimed(settings.out, RUNS) as claim, ExitStack() as stack:
        folder = claim.folder
        tape = TapeSink(folder.path / "tape", tape_header(job, folder.run))
        claim.begun = lambda: bool(tape.taken)
        connections = open_connections(stack, settings, folder, job)
        session = _session(job, settings, speed, watch, folder, tape, connections, interruption)
        if session.delivery is not None:
            stack.callback(session.delivery.stop)
        interruption.hold()
        return _played(job, session, connections, folder)


def _session(
    job: Job,
    settings: RunSettings,
    speed: float,
    watch: Callable[[Progress], None],
    folder: RunFolder,
    tape: TapeSink,
    connections: Connections,
    interruption: Interruption,
) -> Session:
    clock = Clock()
    pace = Pace(speed, job.start_us, job.end_us, clock)
    return Session(
        job=job,
        run=folder.run,
        clock=clock,
        pace=pace,
        origin=settings.origin,
        tape=tape,
        delivery=_mqtt_sink(connections, connections.client, settings, pace, folder, interruption) if connections.client else None,
        listener=connections.listener,
        store=connections.store,
        qos=settings.qos,
        drain_us=settings.drain_us,
        watch=watch,
        interruption=interruption,
        recovery=recovery_command(settings, folder) if settings.ingest == "child" else "",
        check_span=getattr(connections.store, "check_span", lambda _start, _end: None),
    )


def recovery_command(settings: RunSettings, folder: RunFolder) -> str:
    """Return the command that brings in what our ingest left in its spool; no broker is needed for that."""
    return shlex.join(["citybeat", "ingest", "--run", folder.run, "--broker", "none", "--store", settings.store, "--out", str(folder.path)])


def _mqtt_sink(
    connections: Connections, client: MqttClient, settings: RunSettings, pace: Pace, folder: RunFolder, interruption: Interruption
) -> MqttSink:
    prints = Fingerprints(connections.key)
    sink = MqttSink(client, pace, folder.run, settings.root, settings.qos, hurry=lambda: interruption.pressing, fingerprints=prints)
    if connections.left is not None:
        sink.retaining = connections.left.expect
    return sink


def _played(job: Job, session: Session, connections: Connections, folder: RunFolder) -> Result:
    """Play a session, close its books, and write what it leaves behind: first the summary, then what may yet fail."""
    with standing_objects():
        ended = session.play()
    judged = close_books(job, session, connections, folder, ended)
    summary = summarise(job, session, ended, judged)
    if differs := differences(job, session.digester, complete=not (summary["failure"] or summary["interrupted"])):
        summary |= {"verdict": Verdict.FAIL.value, "why": differs, "failure": differs, "exit_code": int(Exit.FAILED)}
    folder.write_summary(summary)
    after = Ended()
    after.attempt(lambda: folders.write_json(folder.meters, session.meters.freeze(), compact=True))
    after.attempt(lambda: session.finish(session.ops_rows.objectives(session.reached_us, judged)))
    after.attempt(lambda: write_report(folder.report, summary, TapeLog(folder.path), job.figures))
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
    return TapeHeader(
        tuple(job.kinds),
        SLICE_US,
        job.start_us,
        job.end_us,
        job.calendar.zone,
        run=run,
        scenario=job.name,
        title=job.title,
        seed=job.seed,
        scale=job.scale,
        scenario_digest=job.scenario_digest,
        replay_of=job.replay_of,
        again=job.again,
        labels=tuple(job.labels),
    )
