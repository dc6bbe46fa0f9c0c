"""The tape's header: `tape/schema.json`, what a reader must know before the first row.

Owns the file and its checks. Rows are written by `brokers.tape.sink` and read by `brokers.tape.source`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import orjson
import polars as pl
from pydantic import ConfigDict, TypeAdapter, ValidationError

from brokers.codec.messages import column_type
from brokers.parquet.parts import disk_guard
from brokers.tape.declarations import Declaration, declared_again
from sim.city.calendar import Calendar
from sim.city.declared import Declared
from sim.errors import UsageError
from sim.events.batches import Fault, Span
from sim.events.kinds import Kind
from sim.files import written_aside

FILE = "schema.json"
FORMAT = 3
READABLE = (2, FORMAT)  # before 3 there were the events alone
# What was observed beside the events; no kind has such a name, and what reads a folder of Parquet files passes over it.
OBSERVED = ("_census", "_marks", "_samples")

FAULT_WORDS = pl.Enum(Fault.words()[1:])  # null for none
INSTANT = pl.Datetime("us", "UTC")
WORDS = pl.Categorical()  # how parts hold ids: polars hashes every row of a String column for its dictionary, four times the work


@dataclass(frozen=True, slots=True)
class TapeHeader:
    """Kinds with their fields, the length of a slice, the run's span of city time and its time zone.

    `closed` is set when the tape was finished: `slices` is how many were played, `rows` how many rows each table has. Before, `slices`
    counts those of which every table has its rows. The last lines
    say which run records, and what: all that is known of a run that was killed. `observed` are the tables beside those of kinds,
    `systems` what the run's systems declared beside kinds.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    kinds: tuple[Kind, ...]
    slice_us: int
    start_us: int
    end_us: int
    zone: str
    closed: bool = False
    slices: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    format: int = FORMAT
    run: str = ""
    scenario: str = ""
    title: str = ""
    seed: int = 0
    scale: float = 1.0
    scenario_digest: str = ""
    replay_of: str = ""
    again: str = ""
    labels: tuple[Kind, ...] = ()
    observed: tuple[str, ...] = OBSERVED
    systems: tuple[Declaration, ...] = ()

    @property
    def declared(self) -> tuple[Declared, ...]:
        """Return what the run's systems declared; of an older tape only their kinds. Raises UsageError for a damaged header."""
        return tuple(declared_again(self.systems, self.all_kinds))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all tables."""
        return (*(kind.name for kind in self.all_kinds), *self.observed)

    @property
    def all_kinds(self) -> tuple[Kind, ...]:
        """Return every kind that has rows on the tape: those of events, then labels."""
        return self.kinds + self.labels

    def spans(self, count: int) -> Iterator[Span]:
        """Yield the first `count` slices of the run."""
        for index in range(count):
            start_us = self.start_us + index * self.slice_us
            yield Span(index, start_us, min(start_us + self.slice_us, self.end_us))


def tape_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the columns of a kind on the tape, city time; truth labels are fields like the others.

    `fault_delay_us` is what a wire fault adds to the release: the event left at release + fault_delay_us.
    """
    head = {"time": INSTANT, "release": INSTANT, "district": pl.String(), "device": pl.String(), "seq": pl.Int64()}
    fields = {each.name: column_type(each) for each in kind.fields}
    return head | fields | {"fault": FAULT_WORDS, "fault_delay_us": pl.Int64()}


def part_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the columns of a kind as its parts hold them: `tape_schema` with ids from dictionaries."""
    return in_dictionaries(tape_schema(kind))


def in_dictionaries(schema: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
    """Return columns with texts from dictionaries, as parts hold them."""
    return {name: WORDS if dtype == pl.String() else dtype for name, dtype in schema.items()}


def write_header(folder: Path, header: TapeHeader) -> None:
    """Write the header aside and rename it. Raises DiskError."""
    path = folder / FILE
    with disk_guard(path), written_aside(path) as aside:
        folder.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(orjson.dumps(header, option=orjson.OPT_INDENT_2))


def read_header(folder: Path) -> TapeHeader:
    """Return the header of a tape. Raises UsageError when it is missing, damaged or of another format."""
    path = folder / FILE
    try:
        header = TypeAdapter(TapeHeader).validate_json(path.read_bytes())
    except FileNotFoundError as error:
        msg = f"{folder} holds no tape ({FILE} is missing): give the folder of a run, as `citybeat runs` lists it"
        raise UsageError(msg) from error
    except OSError as error:
        msg = f"cannot read {path}: {error.strerror}"
        raise UsageError(msg) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        msg = f"{path} is damaged: {place}: {first['msg']} ({error.error_count()} in all); record the run again"
        raise UsageError(msg) from error
    if header.format not in READABLE:
        known = " and ".join(map(str, READABLE))
        msg = f"{path} has format {header.format}, and this citybeat reads {known}: read it with the citybeat that wrote it"
        raise UsageError(msg)
    if header.format < FORMAT:
        header = replace(header, observed=())
    if wrong := _impossible(header):
        msg = f"{path} is damaged: {wrong}; record the run again"
        raise UsageError(msg)
    Calendar(header.zone)
    return header


def _impossible(header: TapeHeader) -> str:
    """Return what no tape can have, in words; empty for a header that can be."""
    if header.slice_us <= 0 or header.start_us >= header.end_us:
        return f"slices of {header.slice_us} us from {header.start_us} to {header.end_us}"
    most = -(-(header.end_us - header.start_us) // header.slice_us)
    if not 0 <= header.slices <= most:
        return f"{header.slices} slices where {most} have room"
    named = set(header.names)
    if len(named) != len(header.names) or not named.issuperset(header.rows):
        return "rows or fields of a kind that it does not name, or names twice"
    if unknown := set(header.observed).difference(OBSERVED):
        return f"a table {min(unknown)!r} of an unknown form"
    return ""
