"""The summary of a run: what summary.json holds, typed, written and read here and nowhere else.

Owns its names, which testers' scripts read, and their number. What a run came to, `citybeat.running.summary` fills in.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from pydantic import Field, ValidationError, field_serializer, field_validator, model_validator

from sim.city.calendar import Calendar
from sim.city.profile import Stage
from sim.errors import DiskError, UsageError
from sim.events.batches import Mark
from sim.figures import Figure
from sim.files import written_aside
from sim.judge.books import Books, Counts, KindBooks
from sim.judge.measures import Family, Measure, Statistic
from sim.judge.meters import Meters, value_of
from sim.judge.promises import Promise, Row
from sim.judge.verdict import Verdict
from sim.notes import Note
from sim.units import SECOND_US

FILE = "summary.json"
RUN_ID = re.compile(r"[0-9a-f]{8}")
SCHEMA = 1  # counts up when a key changes its meaning or goes; a key more needs no new number
UNNUMBERED = 0  # of a citybeat that did not number its summaries yet
CUT_SHORT = {
    Verdict.INTERRUPTED: "interrupted at",
    Verdict.ABORTED: "aborted at",
    Verdict.UNFINISHED: "unfinished, on its tape up to",
}

# A day within what a calendar can tell in every zone.
EARLIEST_US = round(datetime(1, 1, 2, tzinfo=UTC).timestamp()) * SECOND_US
LATEST_US = round(datetime(9999, 12, 30, tzinfo=UTC).timestamp()) * SECOND_US


class Measured(Row):
    """A measure's usual statistics, in all or under one label; null without samples."""

    measure: str
    where: str = ""
    """The label; empty: all samples together."""
    unit: str
    doc: str = ""
    family: Family
    count: int = 0
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None
    cv: float | None = None

    @classmethod
    def from_meters(cls, measure: Measure, meters: Meters, where: str) -> Self:
        """Return the row of a measure under a label."""
        histogram = meters.select(measure.name, where=where)
        usual = (Statistic.MEAN, Statistic.P50, Statistic.P95, Statistic.P99, Statistic.MAX, Statistic.CV)
        values = {each.value: value_of(histogram, each) for each in usual}
        known: dict[str, Any] = {name: None if math.isnan(value) else value for name, value in values.items()}
        return cls(
            measure=measure.name, where=where, unit=measure.unit, doc=measure.doc, family=measure.family, count=histogram.count, **known
        )


def measured(measures: Sequence[Measure], meters: Meters) -> tuple[Measured, ...]:
    """Return every measure with its usual statistics, in all and by label."""
    rows = []
    for measure in measures:
        labels = [label for label in meters.labels(measure.name) if label]
        rows += [Measured.from_meters(measure, meters, where) for where in ("", *labels)]
    return tuple(rows)


class ClosedBooks(Row):
    """The books of a run: the sums, then every kind."""

    total: Counts
    kinds: dict[str, KindBooks] = Field(default_factory=dict)

    @classmethod
    def from_books(cls, books: Books) -> Self:
        """Return books that are closed, kinds in alphabetical order."""
        return cls(total=books.total(), kinds={name: books.kinds[name] for name in sorted(books.kinds)})

    @property
    def published(self) -> bool:
        """Return whether anything left the process; a dry run has only plans."""
        return bool(self.total.sent or self.total.stored)


class IngestTrust(Row):
    """Whom the run believed about what arrived."""

    proven: bool = True
    """Whether what ingest said is proven to come from it."""
    ignored_statuses: dict[str, int] = Field(default_factory=dict)
    """Statuses that were not believed, by reason."""


class RunSummary(Row):
    """What a run came to. Instants end in `_us`: µs since 1970, UTC, in city time unless said otherwise."""

    schema_number: int = Field(default=UNNUMBERED, alias="schema", ge=0)
    """The number of this layout; it counts up when a key changes its meaning or goes."""
    run: str
    """8 hexadecimal digits."""
    scenario: str
    title: str = ""
    replay_of: str = ""
    """The run that was played again."""
    again: str = ""
    """The line for a shell that repeats the run; empty when it was started by code."""
    seed: int
    scale: float = 1.0
    """The share of the city that was simulated."""
    scenario_digest: str = ""
    log_digest: str = ""
    """Of all events; two runs with the same one had the same events."""
    wire_digest: str = ""
    """Of the messages, injected faults included."""
    speed: float | Literal["max", ""] = ""
    """City time over wall time."""
    shift_us: int = 0
    """Wire time minus city time."""
    zone: str
    start_us: int = Field(ge=EARLIEST_US, le=LATEST_US)
    end_us: int = Field(ge=EARLIEST_US, le=LATEST_US)
    reached_us: int | None = None
    """The instant up to which the run was played."""
    clock_step_us: int = 0
    """By how much the machine's clock was set meanwhile; 0 for less than a second."""
    elapsed_s: float | None = None
    """Wall time from the start of the pace on."""
    verdict: Verdict
    why: str = ""
    exit_code: int | None = None
    interrupted: bool = False
    failure: str = ""
    """What broke the run; empty when nothing did."""
    dry: bool = False
    """Whether nothing was to be published."""
    broker: dict[str, int | float] = Field(default_factory=dict)
    """How the connection to the broker fared: losses and waits; empty for a dry run."""
    ingest: IngestTrust = IngestTrust()
    books: ClosedBooks
    objectives: tuple[Promise, ...] = ()
    measures: tuple[Measured, ...] = ()
    series: int = 0
    """The most series that the run can have made in the store."""
    ops_unwritten: int = 0
    """Rows about the run that never reached the store."""
    figures: tuple[Figure, ...] = ()
    marks: tuple[Mark, ...] = Field(default=(), alias="happenings")  # the key that testers' scripts read
    """Stages and incidents."""
    stages: tuple[Stage, ...] = ()
    """The stages of the load profile; a ramp has reached the multiplier `until` at its end."""
    notes: tuple[Note, ...] = ()
    """What was repaired or left out in the input."""
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str | int] = Field(default_factory=dict)

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

    @field_serializer("ingest")
    def _known_of_ingest(self, ingest: IngestTrust) -> dict[str, Any]:
        return ingest.model_dump(exclude_unset=True)

    @field_serializer("notes")
    def _with_text(self, notes: tuple[Note, ...]) -> list[dict[str, str | int]]:
        return [note.as_dict() for note in notes]

    @property
    def calendar(self) -> Calendar:
        """Return the calendar of the city."""
        return Calendar(self.zone)

    @property
    def unfinished(self) -> bool:
        """Return whether this is told by the tape of a run that left no summary."""
        return self.verdict is Verdict.UNFINISHED

    @property
    def played_to_us(self) -> int:
        """Return the instant up to which there is anything to show; the end, of a summary that says nothing of it."""
        return self.end_us if self.reached_us is None else min(max(self.reached_us, self.start_us), self.end_us)

    @property
    def cut_short(self) -> str:
        """Return `interrupted at 07:03:58` of a run that did not come to its end; empty of others."""
        if self.played_to_us == self.end_us:
            return ""
        return f"{CUT_SHORT.get(self.verdict, 'cut short at')} {self.calendar.clock(self.played_to_us)}"

    def as_json(self) -> bytes:
        """Return summary.json."""
        return orjson.dumps(
            self.model_dump(by_alias=True, warnings=False),
            default=str,
            option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY,
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what a reader of summary.json gets: plain values, lists and mappings."""
        content: dict[str, Any] = orjson.loads(self.as_json())
        return content

    def write(self, path: Path) -> None:
        """Write summary.json whole or not at all. Raises DiskError."""
        try:
            with written_aside(path) as aside:
                aside.write_bytes(self.as_json())
        except OSError as error:
            msg = f"cannot write {path}: {error.strerror}; make room there or choose another --out"
            raise DiskError(msg) from error


def read(folder: Path) -> RunSummary:
    """Return the summary of a run's folder. Raises UsageError when it is missing, damaged or of a later citybeat."""
    return from_content(content_of(folder))


def content_of(folder: Path) -> dict[str, Any]:
    """Return what a run's summary.json holds, of whatever citybeat. Raises UsageError when it is missing or names no run."""
    file = folder / FILE
    try:
        content = orjson.loads(file.read_bytes())
    except FileNotFoundError as error:
        msg = f"{folder} is no run folder: it has no {FILE}"
        raise UsageError(msg) from error
    except (OSError, orjson.JSONDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        msg = f"{file} is damaged ({reason}): run the scenario again, or move the file away to have what its tape tells"
        raise UsageError(msg) from error
    if not isinstance(content, dict) or not RUN_ID.fullmatch(str(content.get("run"))):
        msg = f"{file} is not a citybeat summary: it names no run"
        raise UsageError(msg)
    return content


def from_content(content: Mapping[str, Any]) -> RunSummary:
    """Return a summary from what its file holds. Raises UsageError naming every key that is missing or wrong, or a later layout."""
    number = content.get("schema", UNNUMBERED)
    if isinstance(number, int) and number > SCHEMA:
        msg = f"{FILE} cannot be read: a later citybeat wrote it (schema {number}, and this one reads up to {SCHEMA}): use that one"
        raise UsageError(msg)
    try:
        return RunSummary.model_validate(content)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'all'}: {each['msg']}" for each in error.errors())
        msg = f"{FILE} cannot be read: {places}; run the scenario again, or report it with the citybeat that wrote it"
        raise UsageError(msg) from error
