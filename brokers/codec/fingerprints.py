"""Fingerprints: what a row says, as one 64-bit number, alike for the sender's columns and for a reader's.

Owns the number and its sum without order, by which two ends agree that they saw the same rows. What is `due` and `sent` is left out:
neither is part of the event.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.events.batches import Batch, Column
from sim.events.kinds import FieldType, Kind
from sim.names import text_hash

Prints = NDArray[np.uint64]

ABSENT = np.uint64(0x6A09E667F3BCC908)  # no text hashes to it but by a chance of one in 2**64
MOST_WORDS = 1_000_000  # a stranger may invent texts without end; from here on the table of hashes starts anew
WRAP = 1 << 64

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd: multiplying by it loses nothing
_HALF = np.uint64(32)


class Fingerprints:
    """Reckons fingerprints of rows. With a key, nobody without it can make other rows of the same sum."""

    def __init__(self, key: bytes = b"") -> None:
        """Draw the first state from the key."""
        self._start = np.frombuffer(blake2b(key, digest_size=8, person=b"citybeat rows").digest(), dtype=np.uint64)[0]
        self._words = _Words()

    def of_batch(self, batch: Batch, shift_us: int) -> Prints:
        """Return the fingerprint of every row as it travels, in wire time: shape (n,)."""
        districts, devices = batch.roster.districts.hashes(), batch.roster.names.hashes()
        columns = [_whole(batch.time_us + shift_us), _whole(batch.seq), districts[batch.district], devices[batch.device]]
        for field in batch.kind.wire_fields:
            column = batch.columns[field.name]
            if field.type is FieldType.TEXT:
                columns.append(_spoken(batch.words(field.name).hashes())[column])
            elif field.type is FieldType.REAL:
                columns.append(np.where(np.isnan(column), ABSENT, _real_bits(column)))
            else:
                moved = column + shift_us if field.type is FieldType.INSTANT else column
                columns.append(np.where(column == field.absent, ABSENT, _whole(moved)) if _may_lack(field.type) else _whole(moved))
        return self._mixed(columns, len(batch))

    def of_frame(self, kind: Kind, frame: pl.DataFrame) -> Prints:
        """Return the fingerprint of every row of a decoded frame, or of any with the same columns: shape (height,)."""
        columns = [_whole(frame.get_column(name).to_numpy()) for name in ("t", "seq")]
        columns += [self._texts(frame.get_column(name)) for name in ("district", "device")]
        plain, absent = _numbers(kind, frame), _absent(kind, frame)
        for field in kind.wire_fields:
            if field.type is FieldType.TEXT:
                columns.append(self._texts(frame.get_column(field.name)))
                continue
            column = plain[field.name]
            bits = _real_bits(column) if field.type is FieldType.REAL else _whole(column)
            columns.append(np.where(absent[field.name], ABSENT, bits) if field.name in absent else bits)
        return self._mixed(columns, frame.height)

    def _texts(self, series: pl.Series) -> Prints:
        if len(self._words) > MOST_WORDS:
            self._words.clear()
        return np.fromiter(map(self._words.__getitem__, series.to_list()), dtype=np.uint64, count=len(series))

    def _mixed(self, columns: Sequence[Prints], count: int) -> Prints:
        state = np.full(count, self._start)
        for column in columns:
            state ^= column
            state *= _FACTOR
            state ^= state >> _HALF
        return state


def total(prints: Prints) -> int:
    """Return the sum of fingerprints modulo 2**64, which no order changes."""
    return int(prints.sum(dtype=np.uint64))


class _Words(dict[str | None, int]):
    """The hash of every text met; an empty one is absent, as in a store's tags."""

    def __missing__(self, text: str | None) -> int:
        found = self[text] = text_hash(text) if text else int(ABSENT)
        return found


def _spoken(hashes: Prints) -> Prints:
    """Return a table's hashes with absence where it has none or an empty text."""
    return np.where((hashes == 0) | (hashes == _EMPTY), ABSENT, hashes)


_EMPTY = np.uint64(text_hash(""))


def _may_lack(declared: FieldType) -> bool:
    return declared is not FieldType.FLAG


def _whole(column: Column) -> Prints:
    return column.astype(np.int64).view(np.uint64)


def _real_bits(column: Column) -> Prints:
    return (np.asarray(column, dtype=np.float64) + 0.0).view(np.uint64)  # one zero: -0.0 and 0.0 are the same number


def _numbers(kind: Kind, frame: pl.DataFrame) -> dict[str, Column]:
    """Return the columns that are no texts, choices as codes and nothing absent; by one query, for each has its price."""
    names = [field.name for field in kind.wire_fields if field.type is not FieldType.TEXT]
    coded = {field.name for field in kind.wire_fields if field.type is FieldType.CHOICE}
    asked = [name for name in names if name in coded or frame.get_column(name).null_count()]
    made = frame.select_seq((pl.col(name).to_physical() if name in coded else pl.col(name)).fill_null(0) for name in asked)
    return {name: (made if name in asked else frame).get_column(name).to_numpy() for name in names}


def _absent(kind: Kind, frame: pl.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return where a column that is no text has nothing, of columns with such rows."""
    lacking = [field.name for field in kind.wire_fields if field.type is not FieldType.TEXT and frame.get_column(field.name).null_count()]
    made = frame.select_seq(pl.col(name).is_null() for name in lacking)
    return {name: made.get_column(name).to_numpy() for name in lacking}
