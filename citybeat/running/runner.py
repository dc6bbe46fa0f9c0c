"""The runner: one job from an empty run folder to summary, report and verdict.

Owns the frame around a session: what is opened before it, judged and written after it.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from brokers.tape.declarations import declaration_of
from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from citybeat.kept import folder as folders
from citybeat.kept.claim import claimed
from citybeat.kept.folder import RunFolder
from citybeat.kept.places import RUNS
from citybeat.running.accounts.accounts import Accounts
from citybeat.running.accounts.closing import close_books
from citybeat.running.connections import open_connections
from citybeat.running.ended import Ended
from citybeat.running.interruption import Interruption
from citybeat.running.job import Job
from citybeat.running.observers import Observer
from citybeat.running.ops_reporter import OpsReporter
from citybeat.running.progress import Progress
from citybeat.running.progress_reporter import ProgressReporter
from citybeat.running.recorded import differences
from citybeat.running.session import Session
from citybeat.running.settings import RunSettings
from citybeat.running.summary import Result, summarise
from dashboards.report import write_report
from sim.clock import Clock
from sim.errors import Exit
from sim.judge.verdict import Verdict
from sim.play.pace import Pace
from sim.scenario import SLICE_US
from sim.summary import RunSummary


def play(
    job: Job, settings: RunSettings, speed: float, watch: Callable[[Progress], None] | None = None, observers: Sequence[Observer] = ()
) -> Result:
    """Run a job and return what it came to. Everything it opened is closed again, whatever happens.

    `watch` is shown each moment of the run, `observers` hear of all that it does. Raises UsageError or ServiceError for what is wrong
    before the first message; later failures close the books and are in the result. Raises DiskError when the run folder cannot be
    written.
    """
    clock = Clock()
    pace = Pace(speed, job.start_us, job.end_us, clock)
    with Interruption() as interruption, claimed(settings.out, RUNS) as claim, ExitStack() as stack:
        folder = claim.folder
        tape = TapeSink(folder.path / "tape", tape_header(job, folder.run))
        claim.begun = lambda: bool(tape.taken)
        connections = open_connections(stack, settings, folder, job, pace, lambda: interruption.pressing)
        accounts = Accounts(job, folder.run, clock, tape.taken, connections, settings.qos)
        ops = OpsReporter(connections.store, pace, connections.listener) if connections.store else None
        shown = [ProgressReporter(accounts, pace, watch)] if watch else []
        watching = [*([ops] if ops else []), *shown, *observers]
        interruption.hold()
        session = Session(job, settings, pace, tape, accounts, watching, interruption)
        return _played(session, folder, ops)


def _played(session: Session, folder: RunFolder, ops: OpsReporter | None) -> Result:
    """Play a session, close its books, and write what it leaves behind: first the summary, then what may yet fail."""
    job, accounts = session.job, session.accounts
    with standing_objects():
        ended = session.play()
    close_books(accounts, folder.path, ended)
    summary = summarise(accounts, session.pace, ended)
    if differs := differences(job, accounts.digester, accounts.meters, complete=not (summary.failure or summary.interrupted)):
        summary = summary.model_copy(update={"verdict": Verdict.FAIL, "why": differs, "failure": differs, "exit_code": int(Exit.FAILED)})
    summary.write(folder.summary)
    after = Ended()
    after.attempt(lambda: folders.write_json(folder.meters, accounts.meters.freeze()))
    session.end(ended, after)
    after.attempt(lambda: write_report(folder.report, summary, TapeLog(folder.path)))
    belated = _belated(summary, after, ops.unwritten if ops else 0)
    if belated != summary:
        belated.write(folder.summary)
    return Result(folder.path, belated)


def _belated(summary: RunSummary, after: Ended, unwritten: int) -> RunSummary:
    """Return what becomes of a summary after the books were closed: a failure changes no verdict, and no earlier failure."""
    summary = summary.model_copy(update={"ops_unwritten": unwritten})
    if after.failure is None:
        return summary
    words = f"the run's books are closed, but not all that should lie beside them could be written: {after.failure}"
    summary = summary.model_copy(update={"why": f"{summary.why}; {words}"})
    if summary.failure or summary.interrupted:
        return summary
    return summary.model_copy(update={"failure": words, "exit_code": int(after.failure.exit_code)})


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
        systems=tuple(declaration_of(each) for each in job.declared),
    )
