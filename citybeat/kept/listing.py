"""The listing of runs: one row for every run in a folder, finished, unfinished or damaged; none hides another.

Owns telling them apart. What a summary holds is `sim.summary`'s.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from brokers.tape.header import read_header
from citybeat.kept.claim import lives
from citybeat.kept.folder import TAPE_HEADER, RunFolder
from citybeat.kept.record import what_became_of
from sim.errors import UsageError
from sim.judge.verdict import Verdict
from sim.summary import FILE, RUN_ID, read

DAMAGED = "damaged"
UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """A run as it is listed, all in words; `trouble` says what is wrong with one that is unfinished or damaged."""

    path: Path
    run: str
    scenario: str
    seed: str
    speed: str
    events: str
    stored: str
    verdict: str
    trouble: str = ""


def listed_runs(runs: Path) -> list[Row]:
    """Return the runs of a folder, oldest first. Raises UsageError when the folder itself cannot be read."""
    try:
        found = [path for path in runs.iterdir() if path.is_dir()] if runs.exists() else []
    except OSError as error:
        msg = f"cannot read the folder of runs {runs}: {error.strerror}"
        raise UsageError(msg) from error
    return [row for path in sorted(found, key=_begun_s) if (row := _row_of(path))]


def _row_of(path: Path) -> Row | None:
    """Return the row of a folder, None for one that holds no run."""
    try:
        if os.path.lexists(path / FILE):
            return _finished(path)
        if os.path.lexists(path / TAPE_HEADER):
            return _unfinished(path)
        if not RUN_ID.fullmatch(path.name) or lives(path):
            return None
        next(path.iterdir(), None)
    except UsageError as error:
        return _damaged(path, str(error))
    except OSError as error:
        return _damaged(path, f"it cannot be read ({error.strerror})")
    return _damaged(path, f"it holds neither summary.json nor {TAPE_HEADER}")


def _finished(path: Path) -> Row:
    summary = read(path)
    counts = summary.books.total
    speed = f"{summary.speed:g}" if isinstance(summary.speed, float) else summary.speed
    return Row(path, summary.run, summary.scenario, str(summary.seed), speed, f"{counts.planned:,}", f"{counts.stored:,}", summary.verdict)


def _unfinished(path: Path) -> Row:
    header = read_header(path / TAPE_HEADER.parent)
    if not RUN_ID.fullmatch(header.run):
        msg = f"{path / TAPE_HEADER} names no run"
        raise UsageError(msg)
    trouble = f"{path} is run {header.run}, unfinished: {what_became_of(RunFolder(path, header.run))}"
    return Row(path, header.run, header.scenario, str(header.seed), UNKNOWN, UNKNOWN, UNKNOWN, Verdict.UNFINISHED, trouble)


def _damaged(path: Path, words: str) -> Row:
    trouble = words if words.startswith(str(path)) else f"{path} is damaged: {words}"
    return Row(path, path.name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, DAMAGED, trouble)


def _begun_s(path: Path) -> float:
    for file in (path / FILE, path / TAPE_HEADER, path):
        try:
            return file.stat().st_mtime
        except OSError:
            continue
    return 0.0
