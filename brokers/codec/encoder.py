"""The encoder: batches as payloads, one compact JSON object per event.

Owns how values are printed. Texts are rendered once for each word, never per event; numbers are printed by polars,
reals as the shortest text that reads back to the same float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import polars as pl
from numpy.typing import NDArray

from sim.events.batches import Batch, Column
from sim.events.kinds import ABSENT_INT, Field, FieldType
from sim.names import Names

Piece = str | pl.Expr  # a text common to all rows, or one text or number per row, null for nothing

FLAGS = Names(("false", "true"))


@dataclass(slots=True)
class _Rendered:
    """The words of a table as `,"field":"word"`, in code order, and last a null for the absent one."""

    names: Names
    texts: pl.Series


class Encoder:
    """Encodes batches; keeps the rendered words of every field between calls."""

    def __init__(self) -> None:
        """Start empty."""
        self._rendered: dict[tuple[str, str], _Rendered] = {}

    def encode(self, batch: Batch, *, run: str, shift_us: int, due_us: NDArray[np.int64] | None) -> list[bytes]:
        """Return one payload per row: run, t, seq, due, then the kind's fields; absent ones are left out.

        The run comes first, so that even what is left of a torn message says whose it is.

        City time is shifted by `shift_us` to wire time. `due_us` (wall clock, µs since 1970, shape (n,)) is None at speed
        max. Raises ValueError for an infinite real, which JSON cannot carry.
        """
        if not len(batch):
            return []
        pieces: list[Piece] = [f'{{"run":{quoted(run)},"t":', _series(batch.time_us + shift_us), ',"seq":', _series(batch.seq)]
        if due_us is not None:
            pieces += [',"due":', _series(due_us)]
        for field in batch.kind.wire_fields:
            pieces += self._field(batch, field, shift_us)
        return _join([*pieces, "}"], len(batch))

    def _field(self, batch: Batch, field: Field, shift_us: int) -> list[Piece]:
        column = batch.columns[field.name]
        if field.type in (FieldType.CHOICE, FieldType.TEXT, FieldType.FLAG):
            return [self._words(batch, field, column)]
        absent = np.isnan(column) if field.type is FieldType.REAL else column == ABSENT_INT
        if field.type is FieldType.INSTANT:
            column = column + shift_us
        elif field.type is FieldType.REAL and np.isinf(column).any():
            msg = f"{batch.kind.name}.{field.name} is infinite: JSON cannot carry it"
            raise ValueError(msg)
        return _numbers(f',"{field.name}":', column, absent)

    def _words(self, batch: Batch, field: Field, column: Column) -> pl.Expr:
        names = FLAGS if field.type is FieldType.FLAG else batch.words(field.name)
        key = (batch.kind.name, field.name)
        known = self._rendered.get(key)
        if known is None or (known.names is not names and field.type is FieldType.TEXT):
            known = self._rendered[key] = _Rendered(names, pl.Series([None], dtype=pl.String))
        elif field.type is FieldType.CHOICE:
            names = known.names
        _extend(known, field, names)
        codes = column.astype(np.int64)
        return pl.lit(known.texts).gather(pl.lit(pl.Series(np.where(codes < 0, len(names), codes))))


def stamped(payloads: Sequence[bytes], sent_us: int) -> list[bytes]:
    """Return the payloads with `"sent"` in front: the wall clock, µs since 1970, at the moment of the put."""
    front = b'{"sent":%d,' % sent_us
    return [front + payload[1:] for payload in payloads]


def quoted(text: str) -> str:
    """Return a text as a JSON string."""
    return orjson.dumps(text).decode()


def _extend(known: _Rendered, field: Field, names: Names) -> None:
    """Render the words that came since the last call."""
    done = len(known.texts) - 1
    if done == len(names):
        return
    mark = "" if field.type is FieldType.FLAG else '"'
    words = [names[code] for code in range(done, len(names))]
    fresh = [f',"{field.name}":{quoted(word) if mark else word}' for word in words]
    known.texts = pl.concat([known.texts.head(done), pl.Series([*fresh, None], dtype=pl.String)], rechunk=True)


def _numbers(key: str, column: Column, absent: NDArray[np.bool_]) -> list[Piece]:
    """Return the pieces of a number field; a row without a value gets nothing, not even the key."""
    if not absent.any():
        return [key, _series(column)]
    return [pl.when(_series(~absent)).then(pl.concat_str([pl.lit(key), _series(column)]))]


def _series(column: Column) -> pl.Expr:
    return pl.lit(pl.Series(np.ascontiguousarray(column)))


def _join(pieces: Sequence[Piece], count: int) -> list[bytes]:
    """Glue the pieces of every row: shape (count,)."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    parts = [pl.lit(piece) if isinstance(piece, str) else piece for piece in merged]
    row = pl.concat_str(parts, ignore_nulls=True).cast(pl.Binary)
    payloads: list[bytes] = pl.select(row).to_series().to_list()
    if len(payloads) != count:
        msg = f"{len(payloads)} payloads for {count} events"
        raise ValueError(msg)
    return payloads
