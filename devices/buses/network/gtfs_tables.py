"""The files of a GTFS feed as tables of text: zip or folder, files at the top or in one folder within.

Owns finding, unpacking and scanning them, and the list of what is wrong with a feed. What the values mean is the
business of the other `gtfs_*` modules.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import NoReturn

import polars as pl

from sim.errors import UsageError
from sim.notes import Note

NAMED_PROBLEMS = 5  # of one sort; more are counted
LINE = "line"
HEADER_LINES = 2  # rows are counted from 0, and the header is line 1


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the GTFS reference: the columns without which it cannot be used, and those read when there.

    A required name `a|b` asks for one of two columns.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    needed: bool = False

    @property
    def file(self) -> str:
        """Return the file's name."""
        return f"{self.name}.txt"

    def columns(self) -> list[str]:
        """Return every column that is read."""
        return [column for name in (*self.required, *self.optional) for column in name.split("|")]


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

AGENCY = Table("agency", ("agency_timezone",), ("agency_id", "agency_name"), needed=True)
STOPS = Table("stops", ("stop_id", "stop_lat", "stop_lon"), ("stop_name", "parent_station"), needed=True)
ROUTES = Table("routes", ("route_id", "route_type"), ("agency_id", "route_short_name", "route_long_name"), needed=True)
TRIPS = Table("trips", ("route_id", "service_id", "trip_id"), ("direction_id", "block_id", "shape_id"), needed=True)
STOP_TIMES = Table(
    "stop_times",
    ("trip_id", "arrival_time|departure_time", "stop_id", "stop_sequence"),
    ("location_id", "location_group_id"),
    needed=True,
)
CALENDAR = Table("calendar", ("service_id", *WEEKDAYS, "start_date", "end_date"))
CALENDAR_DATES = Table("calendar_dates", ("service_id", "date", "exception_type"))
FREQUENCIES = Table("frequencies", ("trip_id", "start_time", "end_time", "headway_secs"))
SHAPES = Table("shapes", ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"))
FARES = Table("fare_attributes", ("fare_id", "price"))
FARE_RULES = Table("fare_rules", ("fare_id",), ("route_id",))

TABLES = (AGENCY, STOPS, ROUTES, TRIPS, STOP_TIMES, CALENDAR, CALENDAR_DATES, FREQUENCIES, SHAPES, FARES, FARE_RULES)


@dataclass(slots=True)
class Feed:
    """An opened feed: `files` by table name, what is wrong with it, and what was repaired or left out."""

    source: str
    files: dict[str, Path]
    problems: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def has(self, table: Table) -> bool:
        """Return whether the feed has a file."""
        return table.name in self.files

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return a file's columns as trimmed text (absent and empty: null) and the `line` of each row; no rows without the file."""
        if not self.has(table):
            return pl.LazyFrame(schema={LINE: pl.Int64} | dict.fromkeys(table.columns(), pl.String))
        scan = _scan(self.files[table.name])
        found = {raw.strip(' "').lower(): raw for raw in reversed(_header(self.files[table.name]))}
        columns = [_text(found[name]).alias(name) if name in found else pl.lit(None, pl.String).alias(name) for name in table.columns()]
        rows = scan.select((pl.col("_row").cast(pl.Int64) + HEADER_LINES).alias(LINE), *columns)
        return rows.filter(pl.any_horizontal(pl.col(table.columns()).is_not_null()))

    def read(self, table: Table) -> pl.DataFrame:
        """Return a whole file, as `scan` gives it."""
        return self.collect(table, self.scan(table))

    def collect(self, table: Table, rows: pl.LazyFrame) -> pl.DataFrame:
        """Run a query over one file in bounded memory. Raises UsageError when the file is not CSV."""
        try:
            return rows.collect(engine="streaming")
        except pl.exceptions.PolarsError as error:
            cause = str(error).strip().splitlines()[-1]
            msg = f"{self.source}: {table.file} cannot be read as CSV ({cause}): export the feed again"
            raise UsageError(msg) from error

    def complain(self, texts: Iterable[str], remedy: str) -> None:
        """Note problems of one sort: the first few are named, the others counted."""
        every = list(texts)
        if every:
            more = f"; and {len(every) - NAMED_PROBLEMS:,} more" if len(every) > NAMED_PROBLEMS else ""
            self.problems.append("; ".join(every[:NAMED_PROBLEMS]) + more + f": {remedy}")

    def note(self, what: str, count: int = 0, file: str = "", line: int = 0) -> None:
        """Note what is repaired or left out: `count` times `what`, first met at a line of a file."""
        self.notes.append(Note(what, count, file, line))

    def check(self) -> None:
        """Raise UsageError with every problem noted so far, if there is one."""
        if self.problems:
            raise UsageError(self._message())

    def fail(self, problem: str) -> NoReturn:
        """Raise UsageError for a problem after which nothing more can be checked, with those noted before."""
        self.problems.append(problem)
        raise UsageError(self._message())

    def number(self, table: Table, rows: pl.DataFrame, column: str, dtype: type[pl.Float64 | pl.Int64]) -> pl.DataFrame:
        """Return the rows with a column as numbers; texts that are none become problems."""
        read = rows[column].cast(pl.Float64, strict=False)
        values = read.set(read.is_finite().not_(), None).cast(dtype, strict=False)
        wrong = rows.filter(values.is_null() & rows[column].is_not_null())
        self.complain(
            (f"{table.file} line {line}: {column} {text!r} is not a number" for line, text in wrong.select(LINE, column).iter_rows()),
            "correct the value",
        )
        return rows.with_columns(values)

    def _message(self) -> str:
        return "\n- ".join([f"{self.source} is not a usable GTFS feed:", *self.problems])


@contextmanager
def opened(path: Path) -> Iterator[Feed]:
    """Open a feed for reading. Raises UsageError when it is missing, broken, or lacks required files or columns (all at once)."""
    with TemporaryDirectory(prefix="gtfs-") as unpacked:
        feed = Feed(path.name, _files(path, Path(unpacked)))
        _check_structure(feed)
        yield feed


def _files(path: Path, unpacked: Path) -> dict[str, Path]:
    if path.is_dir():
        names = {PurePosixPath(file.relative_to(path).as_posix()): file for file in sorted(path.glob("**/*.txt"))}
        return {name.stem.lower(): names[name] for name in _feed_folder(names)}
    if not path.is_file():
        msg = f"{path}: no such GTFS feed; name a .zip file or a folder with its .txt files"
        raise UsageError(msg)
    try:
        with zipfile.ZipFile(path) as archive:
            return _unpack(archive, unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        msg = f"{path} is not a readable zip file ({error}): fetch the feed again, or name a folder with its .txt files"
        raise UsageError(msg) from error


def _unpack(archive: zipfile.ZipFile, unpacked: Path) -> dict[str, Path]:
    files = {}
    for name in _feed_folder(PurePosixPath(member) for member in archive.namelist()):
        files[name.stem.lower()] = unpacked / name.name.lower()
        with archive.open(str(name)) as packed, files[name.stem.lower()].open("wb") as plain:
            copyfileobj(packed, plain, 1 << 20)
    return files


def _feed_folder(names: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Return the names of GTFS files in the folder that holds most of them; of equals the one nearest to the top."""
    known = {table.file for table in TABLES}
    folders: dict[PurePosixPath, list[PurePosixPath]] = {}
    for name in names:
        if name.name.lower() in known and "__MACOSX" not in name.parts:
            folders.setdefault(name.parent, []).append(name)
    ranked = sorted(folders, key=lambda folder: (-len(folders[folder]), len(folder.parts), str(folder)))
    return folders[ranked[0]] if ranked else []


def _check_structure(feed: Feed) -> None:
    for table in TABLES:
        if not table.needed and feed.has(table) and not _header(feed.files[table.name]):
            del feed.files[table.name]
        if not feed.has(table):
            if table.needed:
                feed.problems.append(f"{table.file} is missing: add it, GTFS requires it")
            continue
        found = {raw.strip(' "').lower() for raw in _header(feed.files[table.name])}
        missing = [name.replace("|", " or ") for name in table.required if not found.intersection(name.split("|"))]
        if missing:
            feed.problems.append(f"{table.file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}: add to its first line")
    if not feed.has(CALENDAR) and not feed.has(CALENDAR_DATES):
        feed.problems.append("calendar.txt and calendar_dates.txt are both missing or empty: add one, it says on which days trips run")
    feed.check()


def _scan(file: Path) -> pl.LazyFrame:
    return pl.scan_csv(file, glob=False, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True, row_index_name="_row")


def _header(file: Path) -> list[str]:
    try:
        return _scan(file).collect_schema().names()[1:]
    except pl.exceptions.PolarsError:
        return []  # an empty file: every column is missing


def _text(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars(' \t\r"')
    return pl.when(text != "").then(text)
