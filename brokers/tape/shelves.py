"""Shelves: slices that wait, table by table, until they become parts.

Owns when parts are written and what stands in them. It knows no threads; `brokers.tape.sink` feeds it from one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.parquet.joining import PART_ROWS, join_parts
from brokers.parquet.parts import part_name, part_number, parts_of, read_part, write_part
from brokers.tape.columns import TapeRows, tape_frame
from brokers.tape.header import part_schema
from brokers.tape.observed import TABLES, Observed, observed
from brokers.tape.places import find_slices, note_of, slices_of
from sim.events.batches import Batch, Slice
from sim.events.kinds import Kind

# Rows of all kinds in memory at once; the fullest kind is written when there are more. Larger parts gain little.
MOST_ROWS = 250_000
# What is in memory is written after so long at the latest: what a killed run has sent is on its tape, but for this much. At speed
# 60 that is a slice minute.
LONGEST_WAIT_S = 1.0
# So many small parts of a kind are joined, and those that are left when the tape is closed.
MOST_SMALL_PARTS = 64

Rows = TapeRows | Observed[Any]  # of one table and one slice


@dataclass(slots=True)
class _Shelf:
    """What one table has in memory: whole slices; the number of its next part, how many are small, how many rows they have.

    `frame` makes of slices' rows what a part holds: columns as in `schema`.
    """

    schema: Mapping[str, pl.DataType]
    frame: Callable[[Sequence[Any]], pl.DataFrame]
    waiting: list[Any] = field(default_factory=list)
    rows: int = 0
    next_part: int = 0
    small: int = 0
    written: int = 0


class Shelves:
    """The shelves of one tape."""

    def __init__(self, folder: Path, kinds: Iterable[Kind], clock_s: Callable[[], float]) -> None:
        """Start with empty shelves; `clock_s` is monotonic."""
        self._folder = folder
        self._shelves = {kind.name: _Shelf(part_schema(kind), tape_frame) for kind in kinds}
        self._shelves |= {table.name: _Shelf(table.part_schema, table.frame) for table in TABLES}
        self._clock_s = clock_s
        self._due_s = clock_s() + LONGEST_WAIT_S

    def wait_s(self) -> float:
        """Return how long what is here may still wait."""
        return max(self._due_s - self._clock_s(), 0.0)

    def put(self, piece: Slice) -> None:
        """Take the rows of a slice; write those of the fullest kinds when there are too many."""
        for name, rows in _rows_of(piece).items():
            shelf = self._shelves[name]
            shelf.waiting.append(rows)
            shelf.rows += len(rows)
        while sum(shelf.rows for shelf in self._shelves.values()) > MOST_ROWS:
            self._write(max(self._shelves, key=lambda name: self._shelves[name].rows))

    def write_due(self) -> bool:
        """Write what is here when it has waited long enough; return whether it had."""
        due = not self.wait_s()
        if due:
            self.write_all()
        return due

    def write_all(self) -> None:
        """Write what is here, each kind as one part."""
        for name in self._shelves:
            self._write(name)
        self._due_s = self._clock_s() + LONGEST_WAIT_S

    def close(self) -> None:
        """Write what is here, and join the small parts."""
        self.write_all()
        for name, shelf in self._shelves.items():
            if shelf.small > 1:
                self._join(name)

    def cut(self, piece: Slice) -> None:
        """Put a shorter slice in the place of the one that was taken, in memory or in a part that is written already."""
        kept = _rows_of(piece)
        for name, shelf in self._shelves.items():
            place = next((at for at, rows in enumerate(shelf.waiting) if rows.slice_index == piece.span.index), None)
            if place is None:
                self._cut_written(name, piece.span.index, kept.get(name))
                continue
            shelf.rows -= len(shelf.waiting[place])
            shelf.waiting[place : place + 1] = [kept[name]] if name in kept else []
            shelf.rows += len(kept[name]) if name in kept else 0

    def rows(self) -> dict[str, int]:
        """Return how many rows the parts hold, by kind, for kinds that have any."""
        return {name: shelf.written for name, shelf in self._shelves.items() if shelf.written}

    def _write(self, name: str) -> None:
        """Write what a kind has in memory as one part; its note says which slices, in order, with how many rows."""
        shelf = self._shelves[name]
        if not shelf.waiting:
            return
        note = note_of([(each.slice_index, len(each)) for each in shelf.waiting])
        write_part(shelf.frame(shelf.waiting), self._folder / name / part_name(shelf.next_part), note)
        shelf.next_part += 1
        shelf.small += shelf.rows < PART_ROWS
        shelf.written += shelf.rows
        shelf.waiting.clear()
        shelf.rows = 0
        if shelf.small >= MOST_SMALL_PARTS:
            self._join(name)

    def _join(self, name: str) -> None:
        shelf = self._shelves[name]
        join_parts(self._folder / name, put_together)
        shelf.next_part = part_number(parts_of(self._folder / name)[-1]) + 1
        shelf.small = 0

    def _cut_written(self, name: str, index: int, kept: Rows | None) -> None:
        """Write the part that holds a slice again, with what is kept of the slice."""
        place = find_slices(self._folder / name).get(index)
        if place is None:
            return
        shelf = self._shelves[name]
        whole = read_part(place.part, shelf.schema)
        between = [shelf.frame([kept])] if kept is not None else []
        frame = pl.concat([whole.head(place.offset), *between, whole.slice(place.offset + place.rows)])
        rows = 0 if kept is None else len(kept)
        slices = [(each, rows if each == index else count) for each, count in slices_of(place.part)]
        write_part(frame, place.part, note_of([each for each in slices if each[1]]))
        shelf.written -= place.rows - rows


def put_together(parts: Sequence[Path], path: Path) -> None:
    """Write the slices of parts as one part."""
    note = note_of([each for part in parts for each in slices_of(part)])
    write_part(pl.concat([pl.read_parquet(part, glob=False) for part in parts]), path, note)


def _rows_of(piece: Slice) -> dict[str, Rows]:
    """Return what a slice leaves on the tape, by table: events, labels, and what was observed."""
    index = piece.span.index
    rows = {batch.kind.name: TapeRows(index, batch, fault_delay_us(piece, at)) for at, batch in enumerate(piece.batches) if len(batch)}
    return rows | {label.kind.name: TapeRows(index, label, None) for label in piece.labels if len(label)} | observed(piece)


def fault_delay_us(piece: Slice, index: int) -> NDArray[np.int64] | None:
    """Return what wire faults add to the releases of a slice's batch, or None when there are no faults."""
    batch: Batch = piece.batches[index]
    if not batch.fault.any():
        return None
    leaving = piece.send_order.batch == index
    rows = piece.send_order.row[leaving]
    delay = np.zeros(len(batch), dtype=np.int64)
    delay[rows] = piece.send_order.at_us[leaving] - batch.release_us[rows]
    return delay
