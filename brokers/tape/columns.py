"""Batches as the tape's columns: codes become words, absent becomes null.

Owns one direction of the tape's format; `brokers.tape.source` owns the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.tape.header import FAULT_WORDS, INSTANT, WORDS, part_schema
from sim.events.batches import WITHHELD, Batch, Column, Fault
from sim.events.kinds import Field, FieldType
from sim.names import Names

FAULT_NAMES = Fault.words()[1:]
# Of larger tables only the words that occur become a dictionary: a city has far more trips than a minute of it.
FEW = 256


@dataclass(frozen=True, slots=True)
class TapeRows:
    """The rows of one kind in one slice, and what wire faults add to their releases (None: nothing)."""

    slice_index: int
    batch: Batch
    delay_us: NDArray[np.int64] | None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.batch)


def tape_frame(pieces: Sequence[TapeRows]) -> pl.DataFrame:
    """Return the rows of one kind, in the order given, with the columns of `part_schema`."""
    frames = [_frame(list(group)) for _, group in groupby(pieces, key=_tables)]
    return frames[0] if len(frames) == 1 else pl.concat(frames)


def _tables(piece: TapeRows) -> tuple[int, ...]:
    """Return what tells tables of names apart: rows that share them are joined before codes become words."""
    return (id(piece.batch.roster), *(id(names) for names in piece.batch.names.values()))


def _frame(pieces: Sequence[TapeRows]) -> pl.DataFrame:
    batches = [piece.batch for piece in pieces]
    kind, roster = batches[0].kind, batches[0].roster
    columns = {
        "time": pl.Series(_joined([batch.time_us for batch in batches])),
        "release": _present(_joined([batch.release_us for batch in batches]), WITHHELD),
        "district": words([batch.district for batch in batches], roster.districts, WORDS),
        "device": words([batch.device for batch in batches], roster.names, WORDS),
        "seq": pl.Series(_joined([batch.seq for batch in batches])),
        "fault": words([batch.fault.astype(np.int8) - 1 for batch in batches], Names(FAULT_NAMES), FAULT_WORDS),
        "fault_delay_us": pl.Series(_joined([_delay(piece) for piece in pieces])),
    }
    for field in kind.fields:
        columns[field.name] = _field(field, batches)
    schema = part_schema(kind)
    ordered = {name: columns[name].cast(dtype) if dtype == INSTANT else columns[name] for name, dtype in schema.items()}
    return pl.DataFrame(ordered, schema=schema)


def _field(field: Field, batches: Sequence[Batch]) -> pl.Series:
    parts = [batch.columns[field.name] for batch in batches]
    if field.type is FieldType.CHOICE:
        return words(parts, field.choices, pl.Enum(field.values))
    if field.type is FieldType.TEXT:
        return words(parts, batches[0].names[field.name], WORDS)
    column = _joined(parts)
    return pl.Series(column) if field.type is FieldType.FLAG else _present(column, field.absent)


def _present(column: Column, absent: float) -> pl.Series:
    """Return a column with null for the mark of absence; without any, which is the rule, it stays as it is."""
    missing = np.isnan(column) if np.isnan(absent) else column == absent
    series = pl.Series(column)
    return series.set(pl.Series(missing), None) if missing.any() else series


def words(parts: Sequence[Column], names: Names, dtype: pl.DataType) -> pl.Series:
    """Return codes as words, null for NO_NAME: shape (sum of the parts' lengths,). Raises IndexError for a code without a word."""
    codes = _joined(parts).astype(np.int64)
    places = np.arange(len(names) + 1, dtype=np.uint32)  # NO_NAME, -1, is the last
    if len(names) <= FEW:
        occurring = list(names)
    else:
        met = np.zeros(len(names) + 1, dtype=np.bool_)
        met[codes] = True
        chosen = np.flatnonzero(met[:-1])
        places[chosen] = np.arange(len(chosen), dtype=np.uint32)
        places[-1] = len(chosen)
        occurring = [names[code] for code in chosen.tolist()]
    return pl.Series([*occurring, None], dtype=dtype).gather(pl.Series(places[codes]))


def _delay(piece: TapeRows) -> NDArray[np.int64]:
    return np.zeros(len(piece.batch), dtype=np.int64) if piece.delay_us is None else piece.delay_us


def _joined(parts: Sequence[Column]) -> Column:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
