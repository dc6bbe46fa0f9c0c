"""The tape: the recorded event log of a run, the first sink, which sees rows before the wire does.

Owns writing `RUN/tape`. A slice goes to the writer with its first event and is cut at the last one when the run is interrupted. Parts
are written in a thread of their own, so that `put` returns at once; when and how is `brokers.tape.shelves`', reading is
`brokers.tape.source`'s and `brokers.tape.event_log`'s.
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
from sim.play.pump import keep
from sim.ports import Receipt

# Slices the writer may be behind before `put` waits for it: only at speed max, when the disk is the slowest part.
MOST_WAITING = 16


@dataclass(slots=True)
class _Open:
    """A staged slice: how many of its events have gone, and whether the writer has it."""

    piece: Slice
    gone: int = 0
    handed: bool = False


@dataclass(frozen=True, slots=True)
class _Cut:
    """What is kept of a slice that the writer has."""

    piece: Slice


class TapeSink:
    """Writes the tape of one run into `folder`. Raises UsageError when there is a tape already, DiskError for a full disk."""

    def __init__(self, folder: Path, header: TapeHeader) -> None:
        """Write the header; the writer starts with the first slice."""
        if (folder / "schema.json").exists() or any(parts_of(folder / kind.name) for kind in header.tables):
            msg = f"{folder} holds a tape already: choose another folder with --out"
            raise UsageError(msg)
        self._folder = folder
        self._header = header
        self._shelves = Shelves(folder, header.tables, time.monotonic)
        self._open: dict[int, _Open] = {}
        self._lock = threading.Lock()  # stage is called from the engine's thread, put from the pump's
        self._taken: Counter[str] = Counter()
        self._slices = 0
        self._finished: queue.Queue[Slice | _Cut | None] = queue.Queue(maxsize=MOST_WAITING)
        self._failure: BaseException | None = None
        self._writer = threading.Thread(target=self._write_all, name="tape", daemon=True)
        write_header(folder, header)

    def stage(self, piece: Slice) -> None:
        """Remember a slice; nothing is written before its time."""
        with self._lock:
            self._open[piece.span.index] = _Open(piece)

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Take events first..last of the send order; with its first one a slice goes to the writer. Raises the writer's DiskError."""
        self._raise_failure()
        counts = np.bincount(piece.send_order.batch[first:last], minlength=len(piece.batches))
        taken = {batch.kind.name: int(count) for batch, count in zip(piece.batches, counts, strict=True) if count}
        self._taken.update(taken)
        with self._lock:
            self._open[piece.span.index].gone = last
            begun = self._take_begun(piece.span.index)
        for each in begun:
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
        cut_short = any(each.gone < len(each.piece.send_order) for each in rest)
        for each in rest:
            whole = not cut_short and each.gone == len(each.piece.send_order)
            kept = each.piece if whole else keep(each.piece, each.gone)
            if not each.handed:
                self._hand_over(kept, played=whole or each.gone > 0)
            elif not whole:
                self._hand_over(_Cut(kept))
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

    def _take_begun(self, latest: int) -> list[Slice]:
        """Return slices that have begun and that the writer does not have, and forget complete ones.

        One without departures is never put; it has begun, and is complete, when a later one is put.
        """
        begun = []
        for index, each in sorted(self._open.items()):
            complete = each.gone == len(each.piece.send_order) and (each.gone or index < latest)
            if (each.gone or complete) and not each.handed:
                begun.append(each.piece)
                each.handed = True
            if complete:
                del self._open[index]
        return begun

    def _hand_over(self, piece: Slice | _Cut | None, *, played: bool = True) -> None:
        if not self._writer.is_alive() and self._failure is None and self._writer.ident is None:
            self._writer.start()
        if isinstance(piece, Slice) and played:
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
        """Turn slices into parts until None comes: the writer's thread."""
        try:
            while (piece := self._next()) is not None:
                if isinstance(piece, _Cut):
                    self._shelves.cut(piece.piece)
                else:
                    self._shelves.put(piece)
                self._shelves.write_due()
            self._shelves.close()
        except BaseException as error:  # noqa: BLE001 - whatever it was, the pump's thread raises it
            self._failure = error

    def _next(self) -> Slice | _Cut | None:
        """Wait for what comes next; meanwhile write what has waited long enough."""
        while True:
            try:
                return self._finished.get(timeout=self._shelves.wait_s())
            except queue.Empty:
                self._shelves.write_due()
