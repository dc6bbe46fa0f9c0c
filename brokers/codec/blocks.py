"""Blocks of payloads read at once by polars, with the proof for each row that nothing was overlooked.

Owns the proof. polars refuses most wrong types, but it skips unknown fields and empty lines, takes a number for a text
and null for absent. What it hides shows in the number of colons and quotes, so marks are counted, not values read twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.codec.messages import MOST_SEQ, REQUIRED, RUN_ID, payload_schema
from sim.events.kinds import Kind

MOST_MARKS = 2**16 - 1  # a payload is counted in 16 bits, four times faster than in 64; longer ones go one by one
# Payloads whose marks are counted together: some 100 KB, so that the passes over them stay in the processor's cache.
IN_CACHE = 256

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Marks:
    """How many colons and quotes each payload has, and whether it is plain: a candidate for being read at once.

    A plain payload begins with { and ends with }, and has no newline (rows would shift), no backslash and no [ (a quote
    would not delimit a text of ours).
    """

    colons: Counts
    quotes: Counts
    plain: Mask


def count_marks(payloads: Sequence[bytes], limit_bytes: int) -> Marks:
    """Count what the proof needs: arrays of shape (len(payloads),), which is at least 1."""
    longest = min(limit_bytes, MOST_MARKS)
    pieces = [_count_piece(payloads[first : first + IN_CACHE], longest) for first in range(0, len(payloads), IN_CACHE)]
    return Marks(
        np.concatenate([piece.colons for piece in pieces]),
        np.concatenate([piece.quotes for piece in pieces]),
        np.concatenate([piece.plain for piece in pieces]),
    )


def _count_piece(payloads: Sequence[bytes], longest: int) -> Marks:
    lengths = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    joined = b"\n".join([*payloads, b""])
    letters = np.frombuffer(joined, dtype=np.uint8)
    ends = np.cumsum(lengths + 1) - 1
    starts = ends - lengths
    plain = (lengths > 1) & (lengths <= longest) & (letters[starts] == ord("{")) & (letters[ends - 1] == ord("}"))
    for mark in (b"\\", b"["):
        if mark in joined:
            plain &= _count(letters, mark, starts) == 0
    if np.count_nonzero(letters == ord("\n")) > len(payloads):
        plain &= _count(letters, b"\n", starts) == 1
    return Marks(_count(letters, b":", starts), _count(letters, b'"', starts), plain)


def _count(letters: NDArray[np.uint8], mark: bytes, starts: Counts) -> Counts:
    """Return how often a byte occurs in each piece, a payload with the newline after it."""
    return np.add.reduceat((letters == ord(mark)).view(np.uint8), starts, dtype=np.uint16).astype(np.int64)


class BlockReader:
    """Reads blocks of one kind; with a `run`, rows of other runs are left in doubt."""

    def __init__(self, kind: Kind, run: str | None, limit_bytes: int) -> None:
        """Prepare the schema: polars itself refuses a word that is not one of a choice's."""
        self.schema = payload_schema(kind)
        self._texts = [name for name, dtype in self.schema.items() if dtype in (pl.String, pl.Enum)]
        self._run = run
        self._limit_bytes = limit_bytes

    def read(self, payloads: Sequence[bytes]) -> tuple[pl.DataFrame, Mask]:
        """Return the rows that are surely good, and which payloads those are: shape (len(payloads),).

        Every other payload is in doubt: perhaps bad, perhaps only written in an unusual way.
        """
        sure = np.zeros(len(payloads), dtype=np.bool_)
        if not payloads:
            return pl.DataFrame(schema=self.schema), sure
        marks = count_marks(payloads, self._limit_bytes)
        candidates = payloads if marks.plain.all() else [payloads[at] for at in np.flatnonzero(marks.plain).tolist()]
        frame = self._parse(candidates)
        if frame is None:
            return pl.DataFrame(schema=self.schema), sure
        good = self._complete(frame) & _exact(frame, self._texts, marks.colons[marks.plain], marks.quotes[marks.plain])
        sure[marks.plain] = good
        return (frame if good.all() else frame.filter(pl.Series(good))), sure

    def _parse(self, payloads: Sequence[bytes]) -> pl.DataFrame | None:
        """Return one row per payload, or None when any of them is not as declared."""
        try:
            frame = pl.read_ndjson(BytesIO(b"\n".join(payloads)), schema=self.schema)
        except (pl.exceptions.ComputeError, pl.exceptions.SchemaError):
            return None
        return frame if frame.height == len(payloads) else None

    def _complete(self, frame: pl.DataFrame) -> Mask:
        """Return which rows have all that is required and are of the run: shape (height,)."""
        complete = np.ones(frame.height, dtype=np.bool_)
        for name in REQUIRED:
            if frame.get_column(name).null_count():
                complete &= frame.get_column(name).is_not_null().to_numpy()
        seq = frame.get_column("seq")
        counted = seq.is_between(0, MOST_SEQ)
        if not counted.all():
            complete &= counted.fill_null(value=False).to_numpy()
        same = self._of_our_runs(frame.get_column("run"))
        complete &= (same.fill_null(value=False) if same.null_count() else same).to_numpy()
        return complete

    def _of_our_runs(self, runs: pl.Series) -> pl.Series:
        """Return which rows are of the one run that is read, or of any that can be one."""
        if self._run is not None:
            return runs == self._run
        possible = runs.unique()
        return runs.is_in(possible.filter(possible.str.contains(f"^{RUN_ID}$")).to_list())


def _exact(frame: pl.DataFrame, texts: Sequence[str], colons: Counts, quotes: Counts) -> Mask:
    """Return which rows were read without a loss, from the number of colons and quotes in their payloads.

    Each key brings a colon and two quotes, each text two quotes. As many colons as values read: no unknown, doubled or
    null field, nothing nested. Then as many quotes as two a key and two a text: every text was one. Rows with more colons
    may have them inside their texts, where a quote in a text would betray a nested object.
    """
    values = _present(frame, frame.columns)
    quoted = quotes == 2 * (values + _present(frame, texts))
    exact: Mask = quoted & (colons == values)
    again = np.flatnonzero(quoted & (colons > values))
    if len(again):
        inside, nested = _look_inside(frame.select(pl.col(pl.String))[again])
        exact[again] = (colons[again] == values[again] + inside) & ~nested
    return exact


def _present(frame: pl.DataFrame, names: Sequence[str]) -> Counts:
    """Return how many of the columns have a value in each row: shape (height,)."""
    count = np.full(frame.height, len(names), dtype=np.int64)
    for name in names:
        column = frame.get_column(name)
        if column.null_count() == frame.height:
            count -= 1
        elif column.null_count():
            count -= column.is_null().to_numpy()
    return count


def _look_inside(texts: pl.DataFrame) -> tuple[Counts, Mask]:
    """Return how many colons the texts of each row have, and whether any has a quote: shape (height,)."""
    looked = texts.select(
        inside=pl.sum_horizontal(pl.all().str.count_matches(":", literal=True)),
        nested=pl.any_horizontal(pl.all().str.contains('"', literal=True).fill_null(value=False)),
    )
    return looked.get_column("inside").to_numpy(), looked.get_column("nested").to_numpy()
