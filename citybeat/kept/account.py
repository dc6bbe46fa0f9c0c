"""The account of a run: its summary, or what its tape tells of a run that left none.

Owns reading either. A run without summary was killed, or still lives; what it was and what it meant to send stands on its tape.
"""

import os
from collections.abc import Mapping
from typing import Any

import polars as pl
from pydantic import TypeAdapter, ValidationError

from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader
from citybeat.kept.claim import lives
from citybeat.kept.folder import RunFolder, read_summary
from sim.errors import UsageError
from sim.figures import Figure

UNFINISHED = "unfinished"


def account_of(folder: RunFolder) -> dict[str, Any]:
    """Return summary.json; without one, what the tape tells, under the same names and `unfinished`. Raises UsageError when damaged."""
    return read_summary(folder.path) if os.path.lexists(folder.summary) else _from_tape(folder)


def what_became_of(folder: RunFolder) -> str:
    """Return in words why a run has no summary."""
    return "it still lives" if lives(folder.path) else "it was killed"


def figures_of(account: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures that the run's systems read; a table comes back as a tuple, which JSON does not know. Raises UsageError."""
    try:
        return TypeAdapter(tuple[Figure, ...]).validate_python(account.get("figures", ()))
    except (ValidationError, UsageError) as error:
        place = ".".join(map(str, error.errors()[0]["loc"])) if isinstance(error, ValidationError) else str(error)
        msg = f"summary.json cannot be read: figures: {place}; run the scenario again, or report it with the citybeat that wrote it"
        raise UsageError(msg) from error


def _from_tape(folder: RunFolder) -> dict[str, Any]:
    log = TapeLog(folder.path)
    header = log.header
    kinds = {kind.name: {"qos": kind.qos, **_planned(log, kind.name)} for kind in header.kinds}
    total = {count: sum(row[count] for row in kinds.values()) for count in ("planned", "withheld")}
    return {
        "run": folder.run,
        "scenario": header.scenario,
        "title": header.title,
        "replay_of": header.replay_of,
        "again": header.again,
        "seed": header.seed,
        "scale": header.scale,
        "scenario_digest": header.scenario_digest,
        "log_digest": "",
        "wire_digest": "",
        "speed": "",
        "zone": header.zone,
        "start_us": header.start_us,
        "end_us": reached_us(header, log.slices),
        "verdict": UNFINISHED,
        "why": f"the run left no summary: {what_became_of(folder)}. What follows is drawn from its tape alone",
        UNFINISHED: True,
        "books": {"total": total, "kinds": kinds},
        "objectives": [],
        "measures": [],
        "figures": [],
    }


def _planned(log: TapeLog, kind: str) -> dict[str, int]:
    left, rows = log.frame(kind).select(left=pl.col("release").count(), rows=pl.len()).collect().row(0)
    return {"planned": left, "withheld": rows - left}


def reached_us(header: TapeHeader, slices: int) -> int:
    """Return the instant of city time up to which a tape of so many slices goes."""
    return min(header.end_us, header.start_us + max(slices, 1) * header.slice_us)
