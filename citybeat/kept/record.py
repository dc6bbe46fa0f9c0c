"""The record of a run: its summary, or what its tape tells of a run that left none.

Owns reading either. A run without summary was killed, or still lives; what it was and what it meant to send stands on its tape.
"""

import os

import polars as pl

from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader, read_header
from citybeat.kept.claim import lives
from citybeat.kept.folder import RunFolder
from sim.events.kinds import Kind
from sim.judge.books import Books, KindBooks
from sim.judge.verdict import Verdict
from sim.summary import ClosedBooks, RunSummary, read

# Its tape never said up to which slice every kind is there; so with every tape of an earlier citybeat.
EARLY = "before its tape was whole up to any slice, so kinds may end early on it or be missing"


def record_of(folder: RunFolder) -> RunSummary:
    """Return a run's summary; of one that left none what its tape tells, which is `unfinished`. Raises UsageError when damaged."""
    return read(folder.path) if os.path.lexists(folder.summary) else _from_tape(folder)


def what_became_of(folder: RunFolder) -> str:
    """Return in words why a run has no summary, and whether whole kinds may be missing on its tape."""
    if lives(folder.path):
        return "it still lives"
    return "it was killed" if read_header(folder.path / "tape").slices else f"it was killed {EARLY}"


def _from_tape(folder: RunFolder) -> RunSummary:
    log = TapeLog(folder.path)
    header = log.header
    books = Books({kind.name: _planned(log, kind) for kind in header.kinds})
    return RunSummary(
        run=folder.run,
        scenario=header.scenario,
        title=header.title,
        replay_of=header.replay_of,
        again=header.again,
        seed=header.seed,
        scale=header.scale,
        scenario_digest=header.scenario_digest,
        zone=header.zone,
        start_us=header.start_us,
        end_us=header.end_us,
        reached_us=reached_us(header, log.slices) if log.slices else header.start_us,
        verdict=Verdict.UNFINISHED,
        why=f"the run left no summary: {what_became_of(folder)}. What follows is drawn from its tape alone",
        books=ClosedBooks.from_books(books),
    )


def _planned(log: TapeLog, kind: Kind) -> KindBooks:
    left, rows = log.frame(kind.name).select(left=pl.col("release").count(), rows=pl.len()).collect().row(0)
    return KindBooks(planned=left, withheld=rows - left, qos=kind.qos)


def reached_us(header: TapeHeader, slices: int) -> int:
    """Return the instant of city time up to which a tape of so many slices goes."""
    return min(header.end_us, header.start_us + max(slices, 1) * header.slice_us)
