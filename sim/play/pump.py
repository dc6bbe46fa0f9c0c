"""The pump: the one loop between a source and its sinks. A run, a dry run and a replay all pass here.

Owns prefetching, ticks and the cut at an interruption. What a slice means is the sinks' business.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

import numpy as np

from sim.events.batches import WITHHELD, Batch, SendOrder, Slice
from sim.play.pace import Pace
from sim.ports import Sink, Source, Step, never
from sim.units import LONG_AGO_US

TICK_S = 0.005
# Slices that may wait, staged, for their time: enough to ride out a slow one, few enough to bound memory.
AHEAD = 4


@dataclass(slots=True, eq=False)
class Open:
    """A staged slice, how many of its events have left, and whether its time is over; equal to itself only."""

    piece: Slice
    gone: int = 0
    passed: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """What one turn of the pump did: city time reached, events put, slices passed and finished, and whether the source is behind.

    A slice has passed when its time is over; it is finished, in order, when its last event has left too, which an outage can delay.
    """

    city_us: int
    put: int
    passed: tuple[Slice, ...]
    finished: tuple[Slice, ...]
    starved: bool


@dataclass(slots=True)
class Pump:
    """Moves slices from a source to sinks at a pace.

    `steps` are taken with each slice, one after the other, before it is staged. `begun` is called once, when the first slice is
    ready and the pace has begun, before anything is staged. At the end the source may finish its slice, unless `hurry` says that
    nobody waits for it.
    """

    source: Source
    sinks: Sequence[Sink]
    pace: Pace
    steps: Sequence[Step] = ()
    begun: Callable[[], None] = field(default=lambda: None)
    sleep: Callable[[float], None] = time.sleep
    hurry: Callable[[], bool] = never
    # One less than may wait: one more is in the engine's hands.
    _ready: "queue.Queue[Slice | BaseException | None]" = field(default_factory=lambda: queue.Queue(maxsize=AHEAD - 1))
    _stop: threading.Event = field(default_factory=threading.Event)
    _open: list[Open] = field(default_factory=list)
    _reached_us: int = LONG_AGO_US

    def ticks(self) -> Generator[Tick, None, None]:
        """Run to the end, one tick after the other. A failure of the source or of a sink is raised here.

        Closing the generator (or an exception thrown into it) stops the source; call `interrupt` then.
        """
        worker = threading.Thread(target=self._fetch, name="engine", daemon=True)
        worker.start()
        try:
            yield from self._turn()
        finally:
            self._stop.set()
            while worker.is_alive() and not self.hurry():
                _drain(self._ready)
                worker.join(timeout=0.05)

    def _fetch(self) -> None:
        """Pull and stage slices ahead of their time, in a thread of its own."""
        try:
            first = True
            for piece in self.source.slices(self._stop.is_set):
                if first:
                    self.pace.begin()
                    self.begun()
                    first = False
                ready = through(self.steps, piece)
                for sink in self.sinks:
                    sink.stage(ready)
                if not self._hand_over(ready):
                    return
            self._hand_over(None)
        except BaseException as error:  # noqa: BLE001 - whatever it was, the loop must end with it
            self._hand_over(error)

    def _hand_over(self, item: Slice | BaseException | None) -> bool:
        while not self._stop.is_set():
            try:
                self._ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _turn(self) -> Iterator[Tick]:
        more = True
        while more or self._open:
            more, starved = self._admit(more)
            now_us = self.pace.city_now_us()
            over = not more and now_us >= self.pace.end_us
            put = self._put_due(now_us, everything=over or self.pace.unpaced)
            passed = self._pass(now_us)
            finished = self._finish()
            yield Tick(self._reached_us, put, passed, finished, starved)
            if not self.pace.unpaced:
                self.sleep(TICK_S)

    def _admit(self, more: bool) -> tuple[bool, bool]:  # noqa: FBT001 - a private step of the loop
        """Open every slice whose time has come; wait for one when there is nothing else to do."""
        while more:
            now_us = self.pace.city_now_us()
            last = self._open[-1].piece.span if self._open else None
            if last is not None and last.start_us > now_us:
                return True, False
            needed = last is None or last.end_us <= now_us
            try:
                item = self._ready.get(timeout=0.02) if needed else self._ready.get_nowait()
            except queue.Empty:
                return True, needed and bool(self.pace.began_us)
            if isinstance(item, BaseException):
                raise item
            if item is None:
                return False, False
            self._open.append(Open(item))
            if self.pace.unpaced:
                return True, False
        return False, False

    def _put_due(self, now_us: int, *, everything: bool) -> int:
        """Put what has its time; `everything` at `max`, and at the end what has not been released by then: late, and counted so.

        A slice of which nothing has left by its end is put with an empty stretch.
        """
        put = 0
        for each in self._open:
            at_us = each.piece.send_order.at_us
            last = len(at_us) if everything else int(np.searchsorted(at_us, now_us, side="right"))
            first, last = each.gone, max(last, each.gone)
            silent = not last and not each.passed and each.piece.span.end_us <= now_us
            if last > first or silent:
                for sink in self.sinks:
                    sink.put(each.piece, first, last)
                    each.gone = last  # from the first sink on, the tape: what it holds is planned, whoever fails after it
                put += last - first
            self._reached_us = max(self._reached_us, min(now_us, each.piece.span.end_us))
        return put

    def _pass(self, now_us: int) -> tuple[Slice, ...]:
        fresh = [each for each in self._open if not each.passed and each.piece.span.end_us <= now_us]
        for each in fresh:
            each.passed = True
        return tuple(each.piece for each in fresh)

    def _finish(self) -> tuple[Slice, ...]:
        """Return what is complete, never a slice before an earlier one: digests chain them, at any speed in the same order."""
        done = list(takewhile(lambda each: each.passed and each.gone == len(each.piece.send_order), self._open))
        del self._open[: len(done)]
        return tuple(each.piece for each in done)

    def interrupt(self) -> tuple[Slice, ...]:
        """Return what was put of the slices still open, as slices of their own, and forget them."""
        cut = tuple(keep(each.piece, each.gone, passed=each.passed) for each in self._open)
        self._open.clear()
        return cut


def keep(piece: Slice, gone: int, *, passed: bool = False) -> Slice:
    """Return the slice with only its first `gone` departures, and the withheld events and labels before the last of them.

    Samples, census and marks stay when its time has `passed`: before, nobody took them over.
    """
    last_us = int(piece.send_order.at_us[gone - 1]) if gone else piece.span.start_us
    batches: list[Batch] = []
    batch_of, row_of = piece.send_order.batch[:gone].copy(), piece.send_order.row[:gone].copy()
    for index, batch in enumerate(piece.batches):
        kept = (batch.release_us == WITHHELD) & (batch.time_us < last_us)
        leaving = piece.send_order.batch[:gone] == index
        kept[piece.send_order.row[:gone][leaving]] = True
        if kept.any():
            row_of[leaving] = (np.cumsum(kept) - 1)[row_of[leaving]]
            batch_of[leaving] = len(batches)
            batches.append(batch.take(np.flatnonzero(kept)))
    order = SendOrder(piece.send_order.at_us[:gone], batch_of, row_of)
    labels = tuple(label.take(np.flatnonzero(label.time_us < last_us)) for label in piece.labels)
    kept = replace(piece, batches=tuple(batches), send_order=order, labels=labels)
    return kept if passed else replace(kept, samples=(), census=(), marks=())


def through(steps: Sequence[Step], piece: Slice) -> Slice:
    """Return what becomes of a slice when every step is taken, in their order."""
    for step in steps:
        piece = step(piece)
    return piece


def _drain(ready: "queue.Queue[Slice | BaseException | None]") -> None:
    while True:
        try:
            ready.get_nowait()
        except queue.Empty:
            return
