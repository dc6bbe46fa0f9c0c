"""The tape: the recorded event log of a run, the first sink, which sees rows before the wire does.

Owns writing `RUN/tape`. Slices wait until they were put entirely and become parts in a thread of their own, so that
`put` returns at once; reading is `brokers.tape.source`'s and `brokers.tape.ledger`'s.
"""

import queue
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from brokers.parquet.parts import part_name, parts_of, write_part
from brokers.tape.columns import TapeRows, tape_frame
from brokers.tape.header import TapeHeader, write_header
from sim.batches import Batch, Slice
from sim.errors import DiskError, UsageError
from sim.ports import Receipt
from sim.pump import keep

# Rows of all kinds in memory at once; the fullest kind is written when there are more. Larger parts gain little.
MOST_ROWS = 250_000
# A rare kind is written after so many slices at the latest, so that a crash costs an hour of it, not a week.
MOST_SLICES = 60
# Slices the writer may be behind before `put` waits for it: only at speed max, when the disk is the slowest part.
MOST_WAITING = 16


@dataclass(slots=True)
class _Open:
    piece: Slice
    gone: int = 0


@dataclass(slots=True)
class _Shelf:
    """What one kind has in memory: whole slices, and how many parts it has written."""

    waiting: list[TapeRows] = field(default_factory=list)
    rows: int = 0
    parts: int = 0
    written: int = 0


class TapeSink:
    """Writes the tape of one run into `folder`. Raises UsageError when there is a tape already, DiskError for a full disk."""

    def __init__(self, folder: Path, header: TapeHeader) -> None:
        """Write the header; the writer starts with the first slice."""
        if (folder / "schema.json").exists() or any(parts_of(folder / kind.name) for kind in header.kinds):
            msg = f"{folder} holds a tape already: choose another folder with --out"
            raise UsageError(msg)
        self._folder = folder
        self._header = header
        self._shelves = {kind.name: _Shelf() for kind in header.kinds}
        self._open: dict[int, _Open] = {}
        self._lock = threading.Lock()  # stage is called from the engine's thread, put from the pump's
        self._taken: Counter[str] = Counter()
        self._slices = 0
        self._finished: queue.Queue[Slice | None] = queue.Queue(maxsize=MOST_WAITING)
        self._failure: BaseException | None = None
        self._writer = threading.Thread(target=self._write_all, name="tape", daemon=True)
        write_header(folder, header)

    def stage(self, piece: Slice) -> None:
        """Remember a slice; nothing is written before its time."""
        with self._lock:
            self._open[piece.span.index] = _Open(piece)

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Take departures first..last; a slice that is complete goes to the writer. Raises the writer's DiskError."""
        self._raise_failure()
        counts = np.bincount(piece.departures.batch[first:last], minlength=len(piece.batches))
        taken = {batch.kind.name: int(count) for batch, count in zip(piece.batches, counts, strict=True) if count}
        self._taken.update(taken)
        with self._lock:
            self._open[piece.span.index].gone = last
            done = self._take_done(piece.span.index)
        for each in done:
            self._hand_over(each)
        return Receipt(taken)

    @property
    def taken(self) -> Mapping[str, int]:
        """Return how many events were put so far, by kind: what is planned up to now."""
        return self._taken

    def settle(self, deadline_s: float) -> Receipt:
        """Cut what was never put, write the rest and close the tape. Raises DiskError, also when the deadline passes."""
        with self._lock:
            rest = [self._open.pop(index) for index in sorted(self._open)]
        cut_short = any(each.gone < len(each.piece.departures) for each in rest)
        for each in rest:
            whole = not cut_short and each.gone == len(each.piece.departures)
            self._hand_over(each.piece if whole else keep(each.piece, each.gone), played=whole or each.gone > 0)
        self._hand_over(None)
        if self._writer.is_alive():
            self._writer.join(timeout=deadline_s)
        if self._writer.is_alive():
            msg = f"cannot finish {self._folder} in {deadline_s:g} s: the disk is too slow; its earlier parts are whole"
            raise DiskError(msg)
        self._raise_failure()
        write_header(self._folder, self._closed_header())
        return Receipt(dict(self._taken))

    def _closed_header(self) -> TapeHeader:
        """Return the header with what was counted; after an interruption the run ends with its last slice."""
        rows = {name: shelf.written for name, shelf in self._shelves.items() if shelf.written}
        reached_us = self._header.start_us + max(self._slices, 1) * self._header.slice_us
        end_us = min(self._header.end_us, reached_us)
        return replace(self._header, closed=True, slices=self._slices, rows=rows, end_us=end_us)

    def _take_done(self, latest: int) -> list[Slice]:
        """Forget and return complete slices; one without departures is never put and is complete when a later one is put."""
        done = [index for index, each in self._open.items() if each.gone == len(each.piece.departures) and (each.gone or index < latest)]
        return [self._open.pop(index).piece for index in sorted(done)]

    def _hand_over(self, piece: Slice | None, *, played: bool = True) -> None:
        if not self._writer.is_alive() and self._failure is None and self._writer.ident is None:
            self._writer.start()
        if piece is not None and played:
            self._slices = max(self._slices, piece.span.index + 1)
        while self._writer.is_alive():
            try:
                self._finished.put(piece, timeout=0.1)
            except queue.Full:
                continue
            return

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _write_all(self) -> None:
        """Turn finished slices into parts until None comes: the writer's thread."""
        try:
            while (piece := self._finished.get()) is not None:
                self._shelve(piece)
            for name in self._shelves:
                self._write(name)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the pump's thread raises it
            self._failure = error

    def _shelve(self, piece: Slice) -> None:
        for index, batch in enumerate(piece.batches):
            if len(batch):
                shelf = self._shelves[batch.kind.name]
                shelf.waiting.append(TapeRows(piece.span.index, batch, fault_delay_us(piece, index)))
                shelf.rows += len(batch)
        for name, shelf in self._shelves.items():
            if shelf.waiting and piece.span.index - shelf.waiting[0].slice_index >= MOST_SLICES:
                self._write(name)
        while sum(shelf.rows for shelf in self._shelves.values()) > MOST_ROWS:
            self._write(max(self._shelves, key=lambda name: self._shelves[name].rows))

    def _write(self, name: str) -> None:
        """Write what a kind has in memory as one part; its note says which slices, in order, with how many rows."""
        shelf = self._shelves[name]
        if not shelf.waiting:
            return
        frame = tape_frame(shelf.waiting)
        note = orjson.dumps([[each.slice_index, len(each.batch)] for each in shelf.waiting]).decode()
        write_part(frame, self._folder / name / part_name(shelf.parts), note)
        shelf.parts += 1
        shelf.written += shelf.rows
        shelf.waiting.clear()
        shelf.rows = 0


def fault_delay_us(piece: Slice, index: int) -> NDArray[np.int64] | None:
    """Return what wire faults add to the releases of a slice's batch, or None when there are no faults."""
    batch: Batch = piece.batches[index]
    if not batch.fault.any():
        return None
    leaving = piece.departures.batch == index
    rows = piece.departures.row[leaving]
    delay = np.zeros(len(batch), dtype=np.int64)
    delay[rows] = piece.departures.at_us[leaving] - batch.release_us[rows]
    return delay
