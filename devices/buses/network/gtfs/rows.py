"""The rows of a feed's file: CSV as RFC 4180 has it, rewritten block by block so that a reader need not look for quotes.

Owns rows, their fields and their lines. Which quotes count is `quotes`' business, what a column means `tables`'.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from devices.buses.network.gtfs.quotes import COMMA, NEWLINE, QUOTE, SPACE, Places, TextAfterQuoteError, quotes
from devices.buses.network.gtfs.text import Repairs, TooLongError, blocks
from sim.arrays import Flags

SEPARATOR = "\x1f"  # of the rewritten files: no text holds it, control characters are spaces by then
MOST_ROW = 1 << 20  # bytes of a row with line ends within quotes; more is a quote that was not closed
NAMED = 5  # lines; more are counted

# InfluxDB takes no tag that ends in a backslash, and any id or name may become one.
_LAST_BACKSLASH = re.compile(rb"\\(?= *[\x1f\n])")
_UNQUOTED = bytes.maketrans(b",", SEPARATOR.encode())


class NotRowsError(ValueError):
    """A file that cannot be read as rows; the text says where and why."""


@dataclass(slots=True)
class Rows:
    """A rewritten file: its column names, how many rows it has, and what was repaired.

    `first_line` is the line after the header, `breaks` has a row's number for each line end within its quotes, `long` the first lines
    of the `long_count` rows with more fields than the header.
    """

    path: Path
    header: list[str] = field(default_factory=list)
    count: int = 0
    first_line: int = 1
    breaks: list[Places] = field(default_factory=list)
    long: list[int] = field(default_factory=list)
    long_count: int = 0
    repairs: Repairs = field(default_factory=Repairs)

    def lines(self, rows: Places) -> Places:
        """Return the line on which each row begins, numbered from 1: shape of `rows`."""
        return rows + self.first_line + (np.searchsorted(np.concatenate(self.breaks), rows) if self.breaks else 0)


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows: which characters are within quotes, which are no text, and where fields and rows end.

    `edges` are the places of separators, `last` says by edge which of them end a row.
    """

    text: bytes
    inside: Flags | None
    dropped: Flags | None
    edges: Places
    last: Places

    @property
    def ends(self) -> Places:
        """Return where each row ends."""
        return self.edges[self.last]

    @property
    def fields(self) -> Places:
        """Return the number of fields of each row."""
        return np.diff(self.last, prepend=-1)


def rewrite(file: BinaryIO, path: Path, spend: Callable[[int, int], None]) -> Rows:
    """Write a file's rows to `path`, fields between SEPARATORs, below names of columns as `column_name` gives them; return what is in it.

    Line ends within quotes become spaces. `spend` hears of the rows so far and of every block's bytes, and may refuse.
    Raises NotRowsError for what is no CSV: a quote never closed or closed before more text, rows run together by quotes, rows
    longer than the header.
    """
    rows = Rows(path)
    line, rest = 1, b""
    try:
        with path.open("wb") as out:
            for block in blocks(file, rows.repairs):
                text = rest + block
                piece = _taken_apart(text, line)
                out.write(_rewritten(piece, rows, line))
                spend(rows.count, len(block))
                rest = text[len(piece.text) :]
                line += piece.text.count(b"\n")
                if len(rest) > MOST_ROW:
                    break
    except TooLongError as error:
        raise NotRowsError(str(error)) from error
    if rest:
        opened = line + rest.count(b"\n", 0, int(np.argmax(quotes(_codes(rest))[0])))
        msg = f"line {opened}: a quote opens a field and is never closed: remove it, or write the field in quotes and a quote within twice"
        raise NotRowsError(msg)
    _refuse_long(rows)
    return rows


def _codes(text: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(text, dtype=np.uint8)


def _taken_apart(text: bytes, line: int) -> Piece:
    """Return the whole rows that a text begins with. Raises NotRowsError when a quote is followed by text."""
    codes = _codes(text)
    inside, dropped = None, None
    edges = (codes == COMMA) | (codes == NEWLINE)
    if QUOTE in text:
        try:
            inside, dropped = quotes(codes)
        except TextAfterQuoteError as error:
            opened, closed = (line + text.count(b"\n", 0, place) for place in (error.opened, error.closed))
            msg = f"line {opened}: a field in quotes goes on after its end on line {closed}: write a quote within quotes twice"
            raise NotRowsError(msg) from error
        edges &= ~inside
    places = np.flatnonzero(edges)
    rows = np.flatnonzero(codes[places] == NEWLINE)
    end = int(places[rows[-1]]) + 1 if len(rows) else 0
    within, no_text = (None if each is None else each[:end] for each in (inside, dropped))
    return Piece(text[:end], within, no_text, places[: rows[-1] + 1 if len(rows) else 0], rows)


def _rewritten(piece: Piece, rows: Rows, line: int) -> bytes:
    """Return a piece's rows as they are written, the header replaced when there is none yet."""
    text = _plain(piece)
    skipped = 0
    while not rows.header and skipped < len(piece.ends):  # blank lines may stand before the header
        first, _, text = text.partition(b"\n")
        rows.header = _header(first)
        skipped += 1
        rows.first_line = line + piece.text.count(b"\n", 0, int(piece.ends[skipped - 1]) + 1)
    if len(piece.ends) > skipped:
        _count(piece, rows, line, skipped)
    rows.count += len(piece.ends) - skipped
    head = SEPARATOR.join(column_name(place) for place in range(len(rows.header))) + "\n" if skipped and rows.header else ""
    text, count = _LAST_BACKSLASH.subn(rb"\\_", text) if b"\\" in text else (text, 0)
    rows.repairs.add("texts end in a backslash: an underscore is added, for no tag may end so", count, 0)
    return head.encode() + text


def column_name(place: int) -> str:
    """Return the name of a column of a rewritten file: feeds repeat names, or leave them out."""
    return f"column {place}"


def _header(row: bytes) -> list[str]:
    names = [name.strip(' "\ufeff').lower() for name in row.decode().split(SEPARATOR)]
    return names if any(names) else []


def _plain(piece: Piece) -> bytes:
    """Return a piece's text with separators for commas, and without quotes and line ends within them."""
    if piece.inside is None or piece.dropped is None:
        return piece.text.translate(_UNQUOTED)
    codes = _codes(piece.text).copy()
    codes[piece.inside & (codes == NEWLINE)] = SPACE
    between = piece.edges[codes[piece.edges] == COMMA]
    codes[between] = ord(SEPARATOR)
    return codes[~piece.dropped].tobytes()


def _count(piece: Piece, rows: Rows, line: int, skipped: int) -> None:
    """Note the rows of a piece that are longer or shorter than the header, and those on several lines."""
    if piece.inside is not None:
        _note_breaks(piece, piece.inside, rows, line, skipped)
    starts = np.concatenate([[0], piece.ends[:-1] + 1])
    least = max(place for place, name in enumerate(rows.header, start=1) if name)
    few = skipped + np.flatnonzero((piece.fields < least)[skipped:])
    short = [int(starts[row]) for row in few.tolist() if piece.text[starts[row] : piece.ends[row]].strip()]
    first = _line_at(piece, line, short[0]) if short else 0
    rows.repairs.add("rows have fewer fields than the header: those that lack are empty", len(short), first)
    long = _long(piece, len(rows.header), skipped)
    rows.long += [_line_at(piece, line, int(starts[row])) for row in long[: NAMED - len(rows.long)]]
    rows.long_count += len(long)


def _line_at(piece: Piece, line: int, place: int) -> int:
    return line + piece.text.count(b"\n", 0, place)


def _long(piece: Piece, width: int, skipped: int) -> list[int]:
    """Return the rows, from the skipped ones on, whose fields beyond the header's hold anything."""
    rows = skipped + np.flatnonzero((piece.fields > width)[skipped:])
    ends, fields = piece.ends[rows], piece.fields[rows]
    beyond = piece.edges[piece.last[rows] - fields + width]
    unsure = np.flatnonzero(ends - beyond != fields - width)  # more there than commas
    return [int(rows[each]) for each in unsure.tolist() if piece.text[beyond[each] : ends[each]].strip(b', "')]


def _note_breaks(piece: Piece, inside: Flags, rows: Rows, line: int, skipped: int) -> None:
    """Note line ends within quotes. Raises NotRowsError where every line would be a row of its own: a stray quote ran them together."""
    within = np.flatnonzero(inside & (_codes(piece.text) == NEWLINE))
    owners = np.searchsorted(piece.ends, within)
    for row in np.unique(owners).tolist():
        begin = int(piece.ends[row - 1]) + 1 if row else 0
        lines = piece.text[begin : int(piece.ends[row])].split(b"\n")
        if all(each.count(b",") >= len(rows.header) - 1 for each in lines):
            number = _line_at(piece, line, begin)
            msg = f"line {number}: quotes join {len(lines)} lines that could each be a row: remove the quotes or write each of them twice"
            raise NotRowsError(msg)
    within, owners = within[owners >= skipped], owners[owners >= skipped]
    if len(owners):
        rows.breaks.append(rows.count + owners - skipped)
        rows.repairs.add("line ends within quotes are read as spaces", len(owners), _line_at(piece, line, int(within[0])))


def _refuse_long(rows: Rows) -> None:
    if rows.long:
        more = f" and {rows.long_count - NAMED:,} more" if rows.long_count > NAMED else ""
        named = ", ".join(map(str, rows.long))
        msg = f"line {named}{more}: more fields than the {len(rows.header)} of the header: put texts with commas in quotes"
        raise NotRowsError(msg)
