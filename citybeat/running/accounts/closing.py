"""The closing of a run's books: who counts last what, and the judgement of it.

Owns the order. Each step is tried, whatever the one before it met.
"""

from dataclasses import replace
from pathlib import Path

from brokers.codec.fingerprints import Fingerprints
from citybeat.running.accounts.accounts import Accounts
from citybeat.running.accounts.unsent import Comparison
from citybeat.running.accounts.why import waiting
from citybeat.running.ended import Ended
from citybeat.running.job import Job
from sim.errors import ServiceError
from sim.judge.measures import Family, Objective
from sim.judge.meters import Meters
from sim.judge.pipeline import BY_STAGE, SEND_LAG, record_books, spoiled
from sim.judge.verdict import Judged, Verdict, judge


def close_books(accounts: Accounts, folder: Path, ended: Ended) -> None:
    """Stop our ingest, take back what the broker keeps for us, let the store count, and judge. `folder` is the run's, with its tape."""
    ended.attempt(lambda: _read_last_status(accounts))
    ended.attempt(accounts.count)
    if not ended.interrupted:
        ended.attempt(lambda: _check_arrival(accounts))
    ended.attempt(lambda: _clear_retained(accounts))
    ended.attempt(lambda: _count_stored(accounts))
    ended.attempt(lambda: _compare(accounts, folder))
    judged: list[Judged] = []
    ended.attempt(lambda: judged.extend(_judged(accounts)))
    ended.judged = tuple(judged)


def _read_last_status(accounts: Accounts) -> None:
    if accounts.connections.listener is not None:
        accounts.connections.listener.read_last_status()


def _check_arrival(accounts: Accounts) -> None:
    """Raise ServiceError when the store takes nothing in the end."""
    listener = accounts.connections.listener
    if listener is not None and listener.store_away:
        raise ServiceError(waiting(accounts.connections) or "the store takes nothing, and ingest does not say why")


def _clear_retained(accounts: Accounts) -> None:
    if accounts.connections.delivery is not None:
        accounts.connections.delivery.clear_retained()
    if accounts.connections.left is not None:
        accounts.connections.left.cleared()


def _count_stored(accounts: Accounts) -> None:
    store = accounts.connections.store
    if store is not None:
        for kind, count in store.count(accounts.run, [kind.name for kind in accounts.job.kinds]).items():
            accounts.books.of(kind).stored = count
        accounts.stage_books.count(store, accounts.run, accounts.job.kinds, accounts.shift_us)


def _compare(accounts: Accounts, folder: Path) -> None:
    """Find what was received or stored and never sent."""
    delivery, listener, store = accounts.connections.delivery, accounts.connections.listener, accounts.connections.store
    if delivery is None or listener is None or store is None or not accounts.begun:
        return
    prints = Fingerprints(accounts.connections.key)
    Comparison(accounts.run, folder, accounts.shift_us, delivery, listener, store, prints).fill(accounts.books, accounts.job.kinds)


def _judged(accounts: Accounts) -> tuple[Judged, ...]:
    job = accounts.job
    if accounts.connections.delivery is None:
        return judge(modelled(job), job.measures, accounts.meters)
    record_books(accounts.meters, accounts.books)
    invalid = spoiled(accounts.meters, accounts.clock.step_us)
    whole = iter(judge([each for each in job.objectives if not _of_stage(each)], job.measures, accounts.meters, invalid=invalid))
    staged = iter(judge([each for each in job.objectives if _of_stage(each)], job.measures, _stage_meters(accounts), invalid=invalid))
    judged = [next(staged if _of_stage(each) else whole) for each in job.objectives]
    return tuple(_as_invalid(each) if each.objective.measure == SEND_LAG else each for each in judged)


def _of_stage(objective: Objective) -> bool:
    """Return whether a promise speaks of what is counted for a stage by itself, beside the count of the whole run."""
    return bool(objective.stage) and objective.measure in BY_STAGE


def _stage_meters(accounts: Accounts) -> Meters:
    meters = accounts.stage_books.meters()
    meters.histograms.update(accounts.stage_cuts.rejected_meters().histograms)
    return meters


def modelled(job: Job) -> tuple[Objective, ...]:
    """Return the promises about the city: a dry run has no pipeline to judge."""
    pipeline = {measure.name for measure in job.measures if measure.family is Family.PIPELINE}
    return tuple(objective for objective in job.objectives if objective.measure not in pipeline)


def _as_invalid(judged: Judged) -> Judged:
    """Return a late generator as invalid: it says nothing about what was measured."""
    return replace(judged, verdict=Verdict.INVALID) if judged.verdict is Verdict.FAIL else judged
