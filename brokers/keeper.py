"""The keeper: brings blocks of messages into the store, or into the spool while the store is away, then acknowledges.

Owns the order of things and the books of what happened. It runs in a thread of its own, so that the socket is read
while a write is under way; reading the socket is `brokers.ingest`'s.
"""

import queue
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from operator import itemgetter
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.dead_letters import DeadLetters, Letter
from brokers.duplicates import Duplicates
from brokers.spool import Record, Spool, SpoolFullError
from brokers.status import IngestBooks, StoreState, is_status_topic
from brokers.wire import Bad, Decoder, Reason
from brokers.writers import Writer
from sim.errors import DiskError, ServiceError
from sim.kinds import Kind
from sim.pace import wall_us

Tokens = NDArray[np.int64]

# QoS 1 is bounded by the broker's window; QoS 0 has none, so beyond this much in memory it is dropped and counted.
HELD_BYTES = 64 * 1024 * 1024
NO_ROOM = "no_room"

FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 5.0
IDLE_S = 0.05  # how soon the keeper notices that it should drain or end
MERGED_ROWS = 20_000  # blocks that wait are kept together: a block costs some 2 ms a kind beside its rows
REPEAT = "is a repeat"  # in the spool, a column of ours beside the decoded ones; no field can have a name with spaces


@dataclass(frozen=True, slots=True)
class Block:
    """Messages as columns of equal length; `tokens` are -1 for QoS 0."""

    topics: list[str]
    payloads: list[bytes]
    tokens: Tokens

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.topics)

    def take(self, rows: NDArray[np.int64]) -> "Block":
        """Return the chosen messages, in the order given."""
        if len(rows) == len(self):
            return self
        return Block(_picked(self.topics, rows), _picked(self.payloads, rows), self.tokens[rows])


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded rows of one kind, and which of them are repeats."""

    kind: Kind
    frame: pl.DataFrame
    repeat: NDArray[np.bool_]

    def record(self) -> Record:
        """Return it as bytes for the spool."""
        out = BytesIO()
        self.frame.with_columns(pl.Series(REPEAT, self.repeat)).write_ipc(out, compression="lz4")
        return Record(self.kind.name, self.frame.height, out.getvalue())

    @classmethod
    def read(cls, kind: Kind, record: Record) -> Self:
        """Return what `record` wrote."""
        frame = pl.read_ipc(BytesIO(record.content))
        return cls(kind, frame, frame.drop_in_place(REPEAT).to_numpy())


class Keeper:
    """Takes blocks from the reader and keeps them, one after the other."""

    def __init__(
        self,
        decoder: Decoder,
        kinds: Iterable[Kind],
        writer: Writer,
        spool: Spool,
        letters: DeadLetters,
        books: IngestBooks,
        acknowledge: Callable[[Tokens], None],
        *,
        run: str | None,
        root: str,
    ) -> None:
        """Join the parts; `start` begins. What an earlier process left in the spool is drained first."""
        self._decoder = decoder
        self._kinds = {kind.name: kind for kind in kinds}
        self._writer = writer
        self.spool = spool
        self.letters = letters
        self._books = books
        self._acknowledge = acknowledge
        self._root = root
        self._run = run
        self._duplicates = {name: Duplicates() for name in self._kinds}
        self._queue: queue.SimpleQueue[Block] = queue.SimpleQueue()
        self._held_lock = threading.Lock()
        self.held_rows = 0
        self._held_bytes = 0
        self._retry = Retry()
        self._ending = threading.Event()
        self._give_up = threading.Event()
        self._failure: BaseException | None = None
        if spool.cut_bytes:
            books.turn(StoreState.UP, f"{spool.cut_bytes} bytes of a torn record were cut off the spool: it was never acknowledged")
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to keep."""
        self._thread.start()

    def put(self, block: Block) -> None:
        """Hand over a block; returns at once. QoS 0 messages for which memory has no room are dropped and counted.

        Raises what ended the keeper, if something did.
        """
        self.check()
        if self._held_bytes > HELD_BYTES:
            droppable = block.tokens < 0
            self._drop(block.take(np.flatnonzero(droppable)))
            block = block.take(np.flatnonzero(~droppable))
        if len(block):
            self._hold(len(block), sum(map(len, block.payloads)))
            self._queue.put(block)

    def check(self) -> None:
        """Raise what ended the keeper, if something did."""
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
        if len(blocks) == 1:
            return blocks[0]
        topics = [topic for block in blocks for topic in block.topics]
        payloads = [payload for block in blocks for payload in block.payloads]
        return Block(topics, payloads, np.concatenate([block.tokens for block in blocks]))

    def _done(self) -> bool:
        """Return whether to end: all is in the store, or in the spool while the store is away."""
        drained = not self.spool.rows or self._books.store is not StoreState.UP or self._give_up.is_set()
        return self._ending.is_set() and self._queue.empty() and drained

    def _keep(self, block: Block) -> None:
        """Store or spool a block, then acknowledge it. Without room for either it waits here, unacknowledged."""
        left = [batch for batch in self._understood(block) if not self._stored(batch)]
        while left and not self._spooled(left):
            if self._give_up.wait(IDLE_S):
                return
            self._drain()
            left = [batch for batch in left if not self._stored(batch)]
        self._acknowledge(block.tokens[block.tokens >= 0])
        self._hold(-len(block), -sum(map(len, block.payloads)))

    def _understood(self, block: Block) -> list[Batch]:
        """Decode a block kind by kind; what cannot be used goes to the books and the dead letters here."""
        groups = self._decoder.group(block.topics)
        strangers = [Bad(int(row), Reason.FOREIGN_TOPIC, block.topics[row]) for row in groups.foreign]
        self._bury("", block, [each for each in strangers if not is_status_topic(self._root, each.detail)])
        batches = []
        for name, rows in groups.kinds.items():
            part = block.take(rows)
            decoded = self._decoder.decode(name, part.topics, part.payloads)
            self._bury(name, part, decoded.bad)
            if decoded.frame.height:
                batches.append(self._received(self._kinds[name], decoded.frame))
        return batches

    def _received(self, kind: Kind, frame: pl.DataFrame) -> Batch:
        """Count good deliveries and mark repeats, which are written all the same.

        They are written because the first delivery may still be in memory: acknowledging a repeat must not run ahead of it.
        """
        device = frame.get_column("device")
        if self._run is None:
            device = frame.get_column("run") + "/" + device  # a run id has eight letters or digits
        repeat = self._duplicates[kind.name].mark(device, frame.get_column("seq").to_numpy())
        with self._books.lock:
            books = self._books.of(kind.name)
            books.received += frame.height
            books.duplicated += int(repeat.sum())
        return Batch(kind, frame, repeat)

    def _bury(self, kind: str, block: Block, bad: Sequence[Bad]) -> None:
        """Count what cannot be used; messages of other runs are counted apart and are no dead letters."""
        if not bad:
            return
        dead = [each for each in bad if each.reason is not Reason.FOREIGN_RUN]
        with self._books.lock:
            self._books.of(kind).foreign += len(bad) - len(dead)
        self._books.reject(kind, [each.reason.value for each in dead], received=True)
        self._write_letters(Letter(block.topics[each.index], block.payloads[each.index], each.reason.value, each.detail) for each in dead)

    def _write_letters(self, letters: Iterable[Letter]) -> None:
        try:
            self.letters.write(letters)
        except DiskError as error:
            self._books.turn(self._books.store, str(error))

    def _stored(self, batch: Batch) -> bool:
        """Write rows if the store is up or due for another try; return whether it has dealt with all of them."""
        if not self._retry.due():
            return False
        try:
            written = self._writer.write(batch.kind, batch.frame)
        except (ServiceError, DiskError) as error:
            # Refusals count as absence too: a token or a bucket can be repaired while the rows wait in the spool.
            self._retry.put_off()
            self._books.turn(StoreState.AWAY, str(error))
            return False
        self._retry.reset()
        if self._books.store is not StoreState.UP:
            self._books.turn(StoreState.UP, "")
        self._note_stored(batch, dict(written.rejected))
        return True

    def _note_stored(self, batch: Batch, rejected: dict[int, str]) -> None:
        now_us = wall_us()
        kind, frame, first = batch.kind, batch.frame, ~batch.repeat
        refused = [row for row in rejected if first[row]]
        first[list(rejected)] = False
        taken = frame if first.all() else frame.filter(pl.Series(first))
        with self._books.lock:
            books = self._books.of(kind.name)
            books.stored += taken.height
            books.from_due.record(now_us - taken.get_column("due").drop_nulls().to_numpy())
            books.from_sent.record(now_us - taken.get_column("sent").drop_nulls().to_numpy())
        if refused:
            self._books.reject(kind.name, ["refused_by_store"] * len(refused), received=False)
            self._write_letters(
                Letter(kind.name, frame[row].write_ndjson().strip().encode(), "refused_by_store", rejected[row]) for row in refused
            )

    def _spooled(self, left: Sequence[Batch]) -> bool:
        """Flush rows to the spool; return False when it is full."""
        try:
            self.spool.append([batch.record() for batch in left])
        except SpoolFullError as error:
            self._books.turn(StoreState.FULL, str(error))
            return False
        if self._books.store is StoreState.FULL:
            self._books.turn(StoreState.AWAY, self._books.trouble)
        with self._books.lock:
            for batch in left:
                self._books.of(batch.kind.name).spooled += batch.frame.height
        return True

    def _drain(self) -> None:
        """Write spooled records, oldest first, while the store takes them and no new block waits behind two of them."""
        while self._retry.due() and (record := self.spool.oldest()) is not None:
            kind = self._kinds.get(record.kind)
            if kind is None:
                self._books.reject(record.kind, ["unknown_kind"] * record.rows, received=True)
            elif not self._stored(Batch.read(kind, record)):
                return
            self.spool.drop_oldest()
            if not self._queue.empty() or self._give_up.is_set():
                return

    def _drop(self, block: Block) -> None:
        """Count QoS 0 messages that found no room; their kind is read off the topic, for nothing else is looked at."""
        for topic in block.topics:
            name = topic.rsplit("/", 2)[-2] if "/" in topic else ""
            self._books.reject(name if name in self._kinds else "", [NO_ROOM], received=True)

    def _hold(self, rows: int, size_bytes: int) -> None:
        with self._held_lock:
            self.held_rows += rows
            self._held_bytes += size_bytes


class Retry:
    """When to try an absent store again: after a quarter of a second, then twice as long each time, with jitter."""

    def __init__(self) -> None:
        """Start with a store that is up."""
        self._jitter = random.Random(id(self))
        self._delay_s = FIRST_DELAY_S
        self._not_before = 0.0

    def due(self) -> bool:
        """Return whether the store may be tried now."""
        return time.monotonic() >= self._not_before

    def put_off(self) -> None:
        """Note a failure."""
        self._not_before = time.monotonic() + self._delay_s * self._jitter.uniform(0.5, 1.0)
        self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)

    def reset(self) -> None:
        """Note a success."""
        self._delay_s = FIRST_DELAY_S
        self._not_before = 0.0


def _picked(column: list[str] | list[bytes], rows: NDArray[np.int64]) -> list[Any]:
    found = itemgetter(*rows.tolist())(column) if len(rows) else ()
    return list(found) if len(rows) > 1 else [found] if len(rows) else []
