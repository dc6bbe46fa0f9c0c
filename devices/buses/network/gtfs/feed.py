"""A GTFS feed opened for reading: its tables as columns of text, what is wrong with it, and what was repaired or left out.

Owns the reading of tables and the words of a refusal. What the values mean is the business of the modules beside it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import polars as pl

from devices.buses.network.gtfs.files import FeedFiles, feed_files, files_read
from devices.buses.network.gtfs.rows import SEPARATOR, NotRowsError, Rows, column_name, rewrite
from devices.buses.network.gtfs.tables import CALENDAR, CALENDAR_DATES, TABLES, Table
from sim.errors import DiskError, UsageError
from sim.notes import Note

NAMED_PROBLEMS = 5  # of one sort; more are counted
LINE = "line"
MOST_BYTES = 8_000_000_000  # of all tables unpacked; the largest feeds of whole countries have half of it
MOST_TEXT = 1_000  # characters of an id or a name: they become topics and tags

_ROW = "row"


@dataclass(slots=True)
class Feed:
    """An opened feed: `files` by table name, what is wrong with it, and what was repaired or left out."""

    source: str
    files: dict[str, Rows] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    spent_bytes: int = 0

    def has(self, table: Table) -> bool:
        """Return whether the feed has a file with a header."""
        return table.name in self.files

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return a file's columns as trimmed text (absent and empty: null) and the `line` of each row; no rows without the file."""
        if not self.has(table) or not self.files[table.name].count:
            return pl.LazyFrame(schema={LINE: pl.Int64} | dict.fromkeys(table.columns(), pl.String))
        rows = self.files[table.name]
        places = [column_name(place) for place in range(len(rows.header))]
        found = {name: place for place, name in reversed([*zip(places, rows.header, strict=True)])}
        columns = [_text(found[name]).alias(name) if name in found else pl.lit(None, pl.String).alias(name) for name in table.columns()]
        scan = pl.scan_csv(
            rows.path,
            glob=False,  # TMPDIR may have brackets
            infer_schema=False,
            separator=SEPARATOR,
            quote_char=None,
            truncate_ragged_lines=True,  # what is cut off has been found empty
            row_index_name=_ROW,
        )
        frame = scan.select(_line(rows), *columns)
        return frame.filter(pl.any_horizontal(pl.col(table.columns()).is_not_null()))

    def read(self, table: Table) -> pl.DataFrame:
        """Return a whole file, as `scan` gives it. Ids and names too long to be sent become problems."""
        rows = self.scan(table).collect(engine="streaming")
        for column in table.columns():
            long = rows.filter(pl.col(column).str.len_chars() > MOST_TEXT)[LINE]
            self.complain((f"{table.file} line {line}: {column}" for line in long), f"longer than {MOST_TEXT:,} characters: shorten it")
        return rows

    def distinct(self, table: Table, rows: pl.DataFrame, *key: str) -> pl.DataFrame:
        """Return the rows with the first of every key; the others, and those without a key, are noted."""
        known = rows.drop_nulls(key)
        if len(known) < len(rows):
            self.note_rows(table, rows.join(known, on=LINE, how="anti")[LINE], f"rows lack a {' or '.join(key)} and were left out")
        kept = known.unique(key, keep="first", maintain_order=True)
        if len(kept) < len(known):
            self.note_rows(table, known.join(kept, on=LINE, how="anti")[LINE], f"rows repeat a {' and '.join(key)}: the first is taken")
        return kept

    def complain(self, texts: Iterable[str], remedy: str) -> None:
        """Collect problems of one sort: the first few are named, the others counted."""
        every = list(texts)
        if every:
            more = f"; and {len(every) - NAMED_PROBLEMS:,} more" if len(every) > NAMED_PROBLEMS else ""
            self.problems.append("; ".join(every[:NAMED_PROBLEMS]) + more + f": {remedy}")

    def note(self, what: str, count: int = 0, file: str = "", line: int = 0) -> None:
        """Note what is repaired or left out: `count` times `what`, first met at a line of a file."""
        self.notes.append(Note(what, count, file, line))

    def note_rows(self, table: Table, lines: pl.Series, what: str, count: int | None = None) -> None:
        """Note rows by their lines, if there are any; `count` where it is not rows that are counted."""
        if len(lines):
            self.note(what, len(lines) if count is None else count, table.file, int(lines.to_numpy().min()))

    def check(self) -> None:
        """Raise UsageError with every problem collected so far, if there is one."""
        if self.problems:
            raise UsageError(self._message())

    def fail(self, problem: str) -> NoReturn:
        """Raise UsageError for a problem after which nothing more can be checked, with those collected before."""
        self.problems.append(problem)
        raise UsageError(self._message())

    def none_left(self, problem: str) -> NoReturn:
        """Raise UsageError for a feed of which nothing remains, with all that was noted."""
        self.fail("".join([problem, *(f"\n  - {note.text()}" for note in self.notes)]))

    def number(self, table: Table, rows: pl.DataFrame, column: str, dtype: type[pl.Float64 | pl.Int64]) -> pl.DataFrame:
        """Return the rows with a column as numbers; texts that are none become absent and are noted."""
        read = rows[column].cast(pl.Float64, strict=False)
        whole = read == read.round() if dtype is pl.Int64 else pl.repeat(value=True, n=len(read), eager=True)
        values = read.set((read.is_finite() & whole).not_(), None).cast(dtype, strict=False)
        wrong = rows.filter(values.is_null() & rows[column].is_not_null())
        self.note_rows(table, wrong[LINE], f"times {column} is not a number{_example(wrong, column)}")
        return rows.with_columns(values)

    def _message(self) -> str:
        return "\n- ".join([f"{self.source} is not a usable GTFS feed:", *self.problems])


def _example(rows: pl.DataFrame, column: str) -> str:
    return f", such as {rows[column][0]!r}" if len(rows) else ""


def feed_paths(folder: Path) -> list[Path]:
    """Return the files that are read of a folder, in order. Raises UsageError when one is there twice."""
    return files_read(folder, [table.name for table in TABLES])


@contextmanager
def opened(path: Path) -> Iterator[Feed]:
    """Open a feed for reading.

    Raises UsageError when it is missing, broken, too large, or lacks required files or columns (all at once); DiskError where
    there is no room to unpack it.
    """
    try:
        folder = TemporaryDirectory(prefix="gtfs-")
    except OSError as error:
        msg = f"cannot unpack {path}: {error.strerror or error}: set TMPDIR to a folder that can be written"
        raise DiskError(msg) from error
    with folder as unpacked:
        with feed_files(path, [table.name for table in TABLES]) as found:
            feed = Feed(found.source)
            _take_in(feed, found, Path(unpacked))
        _check_structure(feed)
        yield feed


def _take_in(feed: Feed, found: FeedFiles, unpacked: Path) -> None:
    """Rewrite every table of a feed below a folder, and note what had to be repaired."""
    _bounded(feed, sum(file.size for file in found.files.values()))
    for other in found.others:
        feed.note(f"the folder {other} holds as many tables and is not read")
    for table in TABLES:
        file = found.files.get(table.name)
        if file is None:
            continue
        try:
            with file.open() as plain:
                rows = rewrite(plain, unpacked / table.file, partial(_spend, feed, table))
        except NotRowsError as error:
            feed.problems.append(f"{table.file} {error}")
            continue
        except OSError as error:
            msg = f"cannot read {file.name} of {feed.source}: {error.strerror or error}"
            raise DiskError(msg) from error
        if rows.header:
            feed.files[table.name] = rows
            _note_repairs(feed, table, rows)
    feed.check()


def _spend(feed: Feed, table: Table, rows: int, read_bytes: int) -> None:
    feed.spent_bytes += read_bytes
    _bounded(feed, feed.spent_bytes)
    if rows > table.most_rows:
        feed.fail(f"{table.file} has more than {table.most_rows:,} rows, the most that is read: cut the feed to the region that is wanted")


def _bounded(feed: Feed, unpacked_bytes: int) -> None:
    if unpacked_bytes > MOST_BYTES:
        feed.fail(f"its tables unpack to {unpacked_bytes:,} bytes, more than the {MOST_BYTES:,} that are read: cut the feed to a region")


def _note_repairs(feed: Feed, table: Table, rows: Rows) -> None:
    for what, (count, line) in rows.repairs.found.items():
        feed.note(what, count, table.file, line)
    twice = [name for name in table.columns() if rows.header.count(name) > 1]
    if twice:
        feed.note(f"columns stand twice, the first is read: {', '.join(twice)}", 0, table.file, 0)


def _check_structure(feed: Feed) -> None:
    for table in TABLES:
        if not feed.has(table):
            if table.needed:
                feed.problems.append(f"{table.file} is missing or empty: add it, GTFS requires it")
            continue
        header = feed.files[table.name].header
        missing = [name.replace("|", " or ") for name in table.required if not set(name.split("|")).intersection(header)]
        if missing:
            feed.problems.append(f"{table.file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}: {_remedy(header)}")
    if not feed.has(CALENDAR) and not feed.has(CALENDAR_DATES):
        feed.problems.append("calendar.txt and calendar_dates.txt are both missing or empty: add one, it says on which days trips run")
    feed.check()


def _remedy(header: list[str]) -> str:
    marks = {";": "semicolons", "|": "bars", " ": "tabs"}  # a tab is a space by now
    other = next((name for mark, name in marks.items() if len(header) == 1 and mark in header[0]), "")
    return f"separate its fields with commas, not with {other}" if other else "add to its first line"


def _line(rows: Rows) -> pl.Expr:
    row = pl.col(_ROW).cast(pl.Int64)
    if not rows.breaks:
        return (row + rows.first_line).alias(LINE)
    return row.map_batches(lambda numbers: pl.Series(LINE, rows.lines(numbers.to_numpy())), return_dtype=pl.Int64).alias(LINE)


def _text(column: str) -> pl.Expr:
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)
