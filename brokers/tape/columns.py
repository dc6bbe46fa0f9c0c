"""Batches as the tape's columns: codes become words, absent becomes null.

Owns one direction of the tape's format; `brokers.tape.source` owns the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.tape.header import FAULT_WORDS, INSTANT, tape_schema
from sim.batches import FAULTS, WITHHELD, Batch, Column
from sim.kinds import Field, FieldType
from sim.names import Names


@dataclass(frozen=True, slots=True)
class TapeRows:
    """The rows of one kind in one slice, and what wire faults add to their releases (None: nothing)."""

    slice_index: int
    batch: Batch
    delay_us: NDArray[np.int64] | None


def tape_frame(pieces: Sequence[TapeRows]) -> pl.DataFrame:
    """Return the rows of one kind, in the order given, with the columns of `tape_schema`."""
    frames = [_frame(list(group)) for _, group in groupby(pieces, key=_tables)]
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def _tables(piece: TapeRows) -> tuple[int, ...]:
    """Return what tells tables of names apart: rows that share them are joined before codes become words."""
    return (id(piece.batch.roster), *(id(names) for names in piece.batch.names.values()))


def _frame(pieces: Sequence[TapeRows]) -> pl.DataFrame:
    batches = [piece.batch for piece in pieces]
    kind, roster = batches[0].kind, batches[0].roster
    release_us = _series([batch.release_us for batch in batches])
    columns = {
        "time": _series([batch.time_us for batch in batches]),
        "release": release_us.set(release_us == WITHHELD, None),
        "district": words([batch.district for batch in batches], roster.districts, pl.String()),
        "device": words([batch.device for batch in batches], roster.names, pl.String()),
        "seq": _series([batch.seq for batch in batches]),
        "fault": words([batch.fault.astype(np.int64) - 1 for batch in batches], Names(FAULTS[1:]), FAULT_WORDS),
        "fault_delay_us": _series([_delay(piece) for piece in pieces]),
    }
    for field in kind.fields:
        columns[field.name] = _field(field, batches)
    schema = tape_schema(kind)
    ordered = {name: columns[name].cast(dtype) if dtype == INSTANT else columns[name] for name, dtype in schema.items()}
    return pl.DataFrame(ordered, schema=schema)


def _field(field: Field, batches: Sequence[Batch]) -> pl.Series:
    parts = [batch.columns[field.name] for batch in batches]
    if field.type in (FieldType.CHOICE, FieldType.TEXT):
        names = batches[0].words(field.name)
        return words(parts, names, pl.Enum(field.values) if field.type is FieldType.CHOICE else pl.String())
    column = _series(parts)
    if field.type is FieldType.FLAG:
        return column
    return column.fill_nan(None) if field.type is FieldType.REAL else column.set(column == field.absent, None)


def words(parts: Sequence[Column], names: Names, dtype: pl.DataType) -> pl.Series:
    """Return codes as words, null for a negative code: shape (sum of the parts' lengths,)."""
    codes = np.concatenate(parts).astype(np.int64)
    table = pl.Series([*names, None], dtype=dtype)
    return table.gather(pl.Series(np.where(codes < 0, len(names), codes)))


def _delay(piece: TapeRows) -> NDArray[np.int64]:
    return np.zeros(len(piece.batch), dtype=np.int64) if piece.delay_us is None else piece.delay_us


def _series(parts: Sequence[Column]) -> pl.Series:
    return pl.Series(np.concatenate(parts))
