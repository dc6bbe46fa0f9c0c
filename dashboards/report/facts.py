"""The facts of a finished run: summary.json read as typed rows.

Owns reading. Names are the run folder's contract; keys nobody needs here are passed over, so older and newer runs can be reported.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sim.city.calendar import Calendar
from sim.errors import UsageError
from sim.notes import Note
from sim.units import SECOND_US

# A day within what a calendar can tell in every zone.
EARLIEST_US = round(datetime(1, 1, 2, tzinfo=UTC).timestamp()) * SECOND_US
LATEST_US = round(datetime(9999, 12, 30, tzinfo=UTC).timestamp()) * SECOND_US


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Promise(_Row):
    """An objective held against its measure; `value` is absent without data."""

    measure: str
    where: str = ""
    stage: str = ""
    statistic: str
    limit: float | None = None
    bound: float
    sense: str
    unit: str
    value: float | None = None
    samples: int = 0
    needed: int = 1
    verdict: str
    required: bool = False
    grade: str = "K"
    source: str = ""

    @property
    def system(self) -> str:
        """Return the system whose measure it is, or `pipeline`."""
        return self.measure.partition(".")[0]


class Measured(_Row):
    """A measure's usual statistics, in all (`where` empty) or under one label; absent without samples."""

    measure: str
    where: str = ""
    unit: str
    doc: str = ""
    family: str
    count: int = 0
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None
    cv: float | None = None


class KindCounts(_Row):
    """The books of one kind, or of all together (which has no QoS)."""

    qos: int | None = None
    planned: int = 0
    withheld: int = 0
    sent: int = 0
    acked: int = 0
    refused: int = 0
    received: int = 0
    duplicated: int = 0
    spooled: int = 0
    stored: int = 0
    lost: int = 0
    late: int = 0
    unsent: int = 0
    rejected: dict[str, int] = {}
    injected: dict[str, int] = {}
    foreign: dict[str, int] = {}

    @property
    def unexplained(self) -> int:
        """Return what is lost beyond the faults that were injected to lose or spoil messages."""
        return self.lost - self.injected.get("lost", 0) - self.injected.get("malformed", 0)


class Books(_Row):
    """The books of the run."""

    total: KindCounts
    kinds: dict[str, KindCounts] = {}

    @property
    def published(self) -> bool:
        """Return whether anything left the process; a dry run has only plans."""
        return bool(self.total.sent or self.total.stored)


class Mark(_Row):
    """Something that happened at an instant of city time."""

    at_us: int
    what: str
    text: str


class Facts(_Row):
    """summary.json, or of a run that left none what its tape tells: then it is `unfinished`."""

    run: str
    scenario: str
    title: str = ""
    replay_of: str = ""
    seed: int
    scale: float = 1.0
    again: str = ""
    scenario_digest: str = ""
    log_digest: str = ""
    wire_digest: str = ""
    speed: float | str = ""
    zone: str
    start_us: int = Field(ge=EARLIEST_US, le=LATEST_US)
    end_us: int = Field(ge=EARLIEST_US, le=LATEST_US)
    elapsed_s: float | None = None
    verdict: str
    why: str = ""
    exit_code: int | None = None
    unfinished: bool = False
    interrupted: bool = False
    failure: str = ""
    books: Books
    objectives: tuple[Promise, ...] = ()
    measures: tuple[Measured, ...] = ()
    marks: tuple[Mark, ...] = ()
    series: int = 0
    notes: tuple[Note, ...] = ()
    versions: dict[str, str] = {}
    machine: dict[str, str | int] = {}

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        Calendar(zone)
        return zone

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.start_us > self.end_us:
            msg = "end_us: lies before start_us"
            raise ValueError(msg)
        return self

    @property
    def calendar(self) -> Calendar:
        """Return the calendar of the city."""
        return Calendar(self.zone)


def read_facts(summary: Mapping[str, Any]) -> Facts:
    """Return a summary as typed rows. Raises UsageError naming every key that is missing or wrong."""
    try:
        return Facts.model_validate(summary)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'all'}: {each['msg']}" for each in error.errors())
        msg = f"summary.json cannot be read: {places}; run the scenario again, or report it with the citybeat that wrote it"
        raise UsageError(msg) from error
