"""The closing of a run's books: who counts last what, and the judgement of it.

Owns the order. Each step is tried, whatever the one before it met.
"""

from dataclasses import replace

from brokers.codec.fingerprints import Fingerprints
from citybeat.kept.folder import RunFolder
from citybeat.running.connections import Connections
from citybeat.running.ended import Ended
from citybeat.running.job import Job
from citybeat.running.session import Session
from citybeat.running.unsent import Comparison
from citybeat.running.why import waiting
from sim.errors import ServiceError
from sim.judge.measures import Family, Objective
from sim.judge.meters import Meters
from sim.judge.pipeline import BY_STAGE, SEND_LAG, record_books, spoiled
from sim.judge.verdict import Judged, Verdict, judge


def close_books(job: Job, session: Session, connections: Connections, folder: RunFolder, ended: Ended) -> tuple[Judged, ...]:
    """Stop our ingest, take back what the broker keeps for us, let the store count, and judge."""
    ended.attempt(lambda: _read_last_status(session, connections))
    if not ended.interrupted:
        ended.attempt(lambda: _check_arrival(session))
    ended.attempt(lambda: _clear_retained(session, connections))
    ended.attempt(lambda: _count_stored(session, connections))
    ended.attempt(lambda: _compare(session, connections, folder))
    judged: list[Judged] = []
    ended.attempt(lambda: judged.extend(_judged(job, session)))
    return tuple(judged)


def _read_last_status(session: Session, connections: Connections) -> None:
    if connections.listener is not None:
        connections.listener.read_last_status()
        session.take_stock()


def _check_arrival(session: Session) -> None:
    """Raise ServiceError when the store takes nothing in the end."""
    if session.listener is not None and session.listener.store_away:
        raise ServiceError(waiting(session) or "the store takes nothing, and ingest does not say why")


def _clear_retained(session: Session, connections: Connections) -> None:
    if session.delivery is not None:
        session.delivery.clear_retained()
    if connections.left is not None:
        connections.left.cleared()


def _count_stored(session: Session, connections: Connections) -> None:
    if connections.store is not None:
        for kind, count in connections.store.count(session.run, [kind.name for kind in session.job.kinds]).items():
            session.books.of(kind).stored = count
        session.stage_books.count(connections.store, session.run, session.job.kinds, session.ops_rows.shift_us)


def _judged(job: Job, session: Session) -> tuple[Judged, ...]:
    if session.delivery is None:
        return judge(modelled(job), job.measures, session.meters)
    record_books(session.meters, session.books)
    invalid = spoiled(session.meters, session.clock.step_us)
    whole = iter(judge([each for each in job.objectives if not _of_stage(each)], job.measures, session.meters, invalid=invalid))
    staged = iter(judge([each for each in job.objectives if _of_stage(each)], job.measures, _stage_meters(session), invalid=invalid))
    judged = [next(staged if _of_stage(each) else whole) for each in job.objectives]
    return tuple(_as_invalid(each) if each.objective.measure == SEND_LAG else each for each in judged)


def _of_stage(objective: Objective) -> bool:
    """Return whether a promise speaks of what is counted for a stage by itself, beside the count of the whole run."""
    return bool(objective.stage) and objective.measure in BY_STAGE


def _stage_meters(session: Session) -> Meters:
    meters = session.stage_books.meters()
    if session.stock is not None:
        meters.histograms.update(session.stock.rejected_meters().histograms)
    return meters


def _compare(session: Session, connections: Connections, folder: RunFolder) -> None:
    """Find what was received or stored and never sent."""
    if session.delivery is None or connections.listener is None or connections.store is None or not session.pace.began_us:
        return
    compared = Comparison(
        session.run,
        folder.path,
        session.ops_rows.shift_us,
        session.delivery,
        connections.listener,
        connections.store,
        Fingerprints(connections.key),
    )
    compared.fill(session.books, session.job.kinds)


def modelled(job: Job) -> tuple[Objective, ...]:
    """Return the promises about the city: a dry run has no pipeline to judge."""
    pipeline = {measure.name for measure in job.measures if measure.family is Family.PIPELINE}
    return tuple(objective for objective in job.objectives if objective.measure not in pipeline)


def _as_invalid(judged: Judged) -> Judged:
    """Return a late generator as invalid: it says nothing about what was measured."""
    return replace(judged, verdict=Verdict.INVALID) if judged.verdict is Verdict.FAIL else judged
