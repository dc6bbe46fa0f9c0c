"""The tape: the recorded event log of a run, the first sink, which sees rows before the wire does.

Owns writing `RUN/tape`. A slice goes to the writer with its first event; what is left of it when the run is interrupted, the pump
knows. Parts are written in a thread of their own, so that `put` returns at once; when and how is `brokers.tape.shelves`', reading
is `brokers.tape.source`'s and `brokers.tape.event_log`'s.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from brokers.parquet.parts import parts_of
from brokers.tape.header import TapeHeader, write_header
from brokers.tape.shelves import Shelves
from sim.errors import DiskError, UsageError
from sim.events.batches import Slice
from sim.ports import Receipt

# Slices the writer may be behind before `put` waits for it: only at speed max, when the disk is the slowest part.
MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class _Cut:
    """What is kept of a slice that the writer has."""

    piece: Slice


class TapeSink:
    """Writes the tape of one run into `folder`. Raises UsageError when there is a tape already, DiskError for a full disk."""

    def __init__(self, folder: Path, header: TapeHeader) -> None:
        """Write the header; the writer starts with the first slice."""
        if (folder / "schema.json").exists() or any(parts_of(folder / name) for name in header.names):
            msg = f"{folder} holds a tape already: choose another folder with --out"
            raise UsageError(msg)
        self._folder = folder
        self._header = header
        self._shelves = Shelves(folder, header.all_kinds, time.monotonic)
        self._staged: dict[int, Slice] = {}  # filled from the engine's thread, emptied from the pump's
        self._taken: Counter[str] = Counter()
        self._slices = 0
        self._handled = self._whole = 0  # slices that the writer was given, and how many of them are whole on the disk
        self._handed: queue.Queue[Slice | _Cut | None] = queue.Queue(maxsize=MOST_WAITING)
        self._failure: BaseException | None = None
        self._writer = threading.Thread(target=self._write_all, name="tape", daemon=True)
        write_header(folder, header)

    def stage(self, piece: Slice) -> None:
        """Remember a slice; nothing is written before its time."""
        self._staged[piece.span.index] = piece

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Take events first..last of the send order; with its first stretch a slice goes to the writer. Raises the writer's DiskError."""
        self._raise_failure()
        counts = np.bincount(piece.send_order.batch[first:last], minlength=len(piece.batches))
        taken = {batch.kind.name: int(count) for batch, count in zip(piece.batches, counts, strict=True) if count}
        self._taken.update(taken)
        if self._staged.pop(piece.span.index, None) is not None:
            self._slices = max(self._slices, piece.span.index + 1)
            self._hand_over(piece)
        return Receipt(taken)

    def cut(self, piece: Slice) -> None:
        """Put what is left of an interrupted slice in the place of the whole one, if that was begun. Call it before `settle`."""
        if piece.span.index not in self._staged:
            self._hand_over(_Cut(piece))

    @property
    def taken(self) -> Mapping[str, int]:
        """Return how many events were put so far, by kind: what is planned up to now."""
        return self._taken

    def settle(self, deadline_s: float) -> Receipt:
        """Write the rest and close the tape, without what was never begun. Raises DiskError, also when the deadline passes."""
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
        reached_us = self._header.start_us + max(self._slices, 1) * self._header.slice_us
        end_us = min(self._header.end_us, reached_us)
        return replace(self._header, closed=True, slices=self._slices, rows=self._shelves.rows(), end_us=end_us)

    def _hand_over(self, piece: Slice | _Cut | None) -> None:
        if not self._writer.is_alive() and self._failure is None and self._writer.ident is None:
            self._writer.start()
        while self._writer.is_alive():
            try:
                self._handed.put(piece, timeout=0.1)
            except queue.Full:
                continue
            return

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _write_all(self) -> None:
        """Turn slices into parts until None comes: the writer's thread."""
        try:
            while (piece := self._next()) is not None:
                if isinstance(piece, _Cut):
                    self._shelves.cut(piece.piece)
                else:
                    self._shelves.put(piece)
                    self._handled = max(self._handled, piece.span.index + 1)
                self._write_due()
            self._shelves.close()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the pump's thread raises it
            self._failure = error

    def _next(self) -> Slice | _Cut | None:
        """Wait for what comes next; meanwhile write what has waited long enough."""
        while True:
            try:
                return self._handed.get(timeout=self._shelves.wait_s())
            except queue.Empty:
                self._write_due()

    def _write_due(self) -> None:
        """Write what has waited long enough; then every table has its rows of the slices so far, and the header says so."""
        if self._shelves.write_due() and self._handled > self._whole:
            self._whole = self._handled
            write_header(self._folder, replace(self._header, slices=self._whole))
