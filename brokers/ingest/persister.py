"""The persister: brings blocks of messages into the store, or into the spool while the store is away, then acknowledges.

Owns the order of things and the books of what happened. It runs in a thread of its own, so that the socket is read
while a write is under way; reading the socket is `brokers.ingest.reader`'s.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import polars as pl

from brokers.backoff import Backoff
from brokers.codec import frame_schema
from brokers.ingest.accounts import IngestBooks
from brokers.ingest.blocks import Batch, Block, Tokens, by_run
from brokers.ingest.intake import Intake
from brokers.ingest.spool import Damage, Record, Spool, SpoolFullError
from brokers.ingest.status import StoreState
from brokers.ingest.writers import Writer, Written
from sim.clock import wall_us
from sim.errors import CitybeatError, ServiceError

# QoS 1 is bounded by the broker's window; QoS 0 has none, so beyond this much in memory it is dropped and counted.
HELD_BYTES = 64 * 1024 * 1024

FIRST_DELAY_S, LONGEST_DELAY_S = 0.25, 5.0  # before an absent store is tried again
IDLE_S = 0.05  # how soon the persister notices that it should drain or end
DRAINED_RECORDS = 16  # after each block: more than one block puts in, so that the spool empties under load too
DAMAGED = "damaged_in_spool"
UNKNOWN_KIND = "unknown_kind"
MERGED_ROWS = 20_000  # blocks that wait are kept together: a block costs some 2 ms a kind beside its rows


class Persister:
    """Takes blocks from the reader and keeps them, one after the other."""

    def __init__(
        self,
        intake: Intake,
        writer: Writer,
        spool: Spool,
        books: IngestBooks,
        acknowledge: Callable[[Tokens], None],
    ) -> None:
        """Join the parts; `start` begins. What an earlier process left in the spool is drained first."""
        self._intake = intake
        self._writer = writer
        self.spool = spool
        self._left_over = spool.records  # of an earlier process, which are on nobody's books
        self._books = books
        self._acknowledge = acknowledge
        self._queue: queue.SimpleQueue[Block] = queue.SimpleQueue()
        self._held_lock = threading.Lock()
        self.held_rows = 0
        self._held_bytes = 0
        self._backoff = Backoff(FIRST_DELAY_S, LONGEST_DELAY_S)
        self._ending = threading.Event()
        self._give_up = threading.Event()
        self._failure: BaseException | None = None
        self._abandoned = False
        self._note_damage(received=True)
        self._thread = threading.Thread(target=self._work, name="persister", daemon=True)

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def put(self, block: Block) -> None:
        """Hand over a block; returns at once. QoS 0 messages for which memory has no room are dropped and counted.

        Raises what ended the persister, if something did.
        """
        self.check()
        if self._held_bytes > HELD_BYTES:
            droppable = block.tokens < 0
            self._intake.dropped(block.take(np.flatnonzero(droppable)))
            block = block.take(np.flatnonzero(~droppable))
        if len(block):
            self._hold(len(block), sum(map(len, block.payloads)))
            self._queue.put(block)

    def check(self) -> None:
        """Raise what ended the persister, if something did."""
        if self._failure is not None:
            raise self._failure

    def finish(self, patience_s: float) -> bool:
        """Keep what was handed over, for at most so long; return whether all of it is in the store or in the spool."""
        self._ending.set()
        self._thread.join(patience_s)
        self._give_up.set()
        self._thread.join()
        self.check()
        return self.held_rows == 0

    def _work(self) -> None:
        try:
            while not self._done():
                with suppress(queue.Empty):
                    self._keep(self._next())
                self._drain()
        except BaseException as error:  # noqa: BLE001 - the reader raises it
            self._failure = error

    def _next(self) -> Block:
        """Return what waits, as one block. Raises queue.Empty when nothing comes for a while."""
        blocks = [self._queue.get(timeout=IDLE_S)]
        while not self._queue.empty() and sum(map(len, blocks)) < MERGED_ROWS:
            blocks.append(self._queue.get())
        return Block.joined(blocks)

    def _done(self) -> bool:
        """Return whether to end: all is in the store, or in the spool while the store is away."""
        drained = not self.spool.rows or self._books.store is not StoreState.UP or self._give_up.is_set()
        return self._ending.is_set() and self._queue.empty() and drained

    def _keep(self, block: Block) -> None:
        """Store or spool a block, then acknowledge it. Without room for either it waits here, unacknowledged.

        What comes after an abandoned block is abandoned too: it may hold repeats, whose first delivery is not kept.
        """
        if self._abandoned:
            return
        left = [batch for batch in self._intake.read(block) if not self._stored(batch)]
        while left and not self._spooled(left):
            if self._give_up.wait(IDLE_S):
                self._abandoned = True
                return
            self._drain()
            left = [batch for batch in left if not self._stored(batch)]
        self._acknowledge(block.tokens[block.tokens >= 0])
        self._hold(-len(block), -sum(map(len, block.payloads)))

    def _stored(self, batch: Batch) -> bool:
        """Write rows if the store is up or due for another try; return whether it has dealt with all of them."""
        if not self._due():
            return False
        try:
            written = _sensible(self._writer.write(batch.kind, batch.frame), batch.frame.height)
        except CitybeatError as error:
            # Refusals count as absence too: a token or a bucket can be repaired while the rows wait in the spool.
            return self._away(str(error))
        except Exception as error:  # noqa: BLE001 - what a store answers is not ours: nothing of it may end ingest or count as stored
            return self._away(f"the store's answer cannot be understood ({type(error).__name__}: {error}): rows are written again")
        self._backoff.reset()
        if self._books.store is not StoreState.UP:
            self._books.turn(StoreState.UP, "")
        self._note_stored(batch, dict(written.rejected))
        return True

    def _due(self) -> bool:
        return not self._backoff.wait_s(time.monotonic())

    def _away(self, error: str) -> bool:
        """Note that the store took nothing; return False."""
        self._backoff.failed(time.monotonic())
        self._books.turn(StoreState.AWAY, error)
        return False

    def _note_stored(self, batch: Batch, rejected: dict[int, str]) -> None:
        now_us = wall_us()
        kind, taken = batch.kind, batch.frame
        if rejected:
            stored = np.ones(taken.height, dtype=np.bool_)
            stored[list(rejected)] = False
            taken = taken.filter(pl.Series(stored))
        with self._books.lock:
            for run, rows in by_run(taken):
                part = taken if rows.all() else taken.filter(pl.Series(rows))
                books = self._books.of(kind.name, run)
                books.stored += part.height
                books.from_due.record(now_us - part.get_column("due").drop_nulls().to_numpy())
                books.from_sent.record(now_us - part.get_column("sent").drop_nulls().to_numpy())
        if rejected:
            self._intake.refused(batch, list(rejected.items()))

    def _spooled(self, left: Sequence[Batch]) -> bool:
        """Flush rows to the spool; return False when it is full."""
        try:
            self.spool.append([batch.record() for batch in left])
        except SpoolFullError as error:
            self._books.turn(StoreState.FULL, str(error))
            return False
        if self._books.store is StoreState.FULL:
            self._books.turn(StoreState.AWAY, self._books.last_error)
        with self._books.lock:
            for batch in left:
                for run, rows in by_run(batch.frame):
                    books = self._books.of(batch.kind.name, run)
                    books.spooled += int(rows.sum())
                    books.waiting += int(rows.sum())
        return True

    def _drain(self) -> None:
        """Write spooled records, oldest first, while the store takes them; some of them even while new blocks wait."""
        drained = 0
        while self._due() and (record := self.spool.oldest()) is not None:
            batch = self._readable(record)
            if batch is None:  # of another citybeat's kinds, so it is an earlier process's
                self._books.reject(record.kind, [UNKNOWN_KIND] * record.rows, received=True)
            elif not self._stored(batch):
                return
            self._note_unspooled(record, batch)
            self.spool.drop_oldest()
            drained += 1
            if self._give_up.is_set() or (drained >= DRAINED_RECORDS and not self._queue.empty()):
                return

        self._note_damage(received=False)

    def _readable(self, record: Record) -> Batch | None:
        """Return a record as rows, None when it is of no kind that we read or has other columns."""
        kind = self._intake.kinds.get(record.kind)
        batch = Batch.read(kind, record) if kind is not None else None
        return batch if batch is not None and dict(batch.frame.schema) == frame_schema(batch.kind) else None

    def _note_unspooled(self, record: Record, batch: Batch | None) -> None:
        if self._left_over:
            self._left_over -= 1
        elif batch is not None:
            with self._books.lock:
                for run, rows in by_run(batch.frame):
                    self._books.of(record.kind, run).waiting -= int(rows.sum())

    def _note_damage(self, *, received: bool) -> None:
        """Book and say what of the spool is lost; rows of an earlier process have not been counted as received."""
        found, self.spool.damage = self.spool.damage, []
        for each in found:
            self._note_lost(each, received=received)
            self._books.note(each.words)

    def _note_lost(self, damage: Damage, *, received: bool) -> None:
        if not damage.rows:
            return
        self._books.reject(damage.kind, [DAMAGED] * damage.rows, received=received or bool(self._left_over))
        if self._left_over:
            self._left_over -= damage.kind != ""
            return
        with self._books.lock:
            books = self._books.of(damage.kind)
            books.waiting -= min(damage.rows, books.waiting)

    def _hold(self, rows: int, size_bytes: int) -> None:
        with self._held_lock:
            self.held_rows += rows
            self._held_bytes += size_bytes


def _sensible(written: Written, rows: int) -> Written:
    """Return a store's account of a write. Raises ServiceError for one that cannot be: then nothing of it counts."""
    refused = {row for row, _ in written.rejected}
    if written.stored + len(refused) != rows or len(refused) != len(written.rejected) or not refused <= set(range(rows)):
        msg = f"the store says it took {written.stored} and refused {len(written.rejected)} of {rows} rows: they are written again"
        raise ServiceError(msg)
    return written
