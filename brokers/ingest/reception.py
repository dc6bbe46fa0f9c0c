"""The reception: reads blocks of messages, counts them, and sets aside what cannot be used.

Owns decoding at ingest, the marking of repeats and the way into the dead letters. Storing is `brokers.ingest.keeper`'s.
"""

import re
from collections.abc import Iterable, Sequence

import polars as pl

from brokers.ingest.blocks import Batch, Block, by_run
from brokers.ingest.dead_letters import DeadLetters, Letter
from brokers.ingest.duplicates import Duplicates
from brokers.ingest.status import IngestBooks, is_ours
from brokers.wire import Bad, Decoder, Reason
from sim.errors import DiskError
from sim.kinds import Kind

REFUSED_BY_STORE = "refused_by_store"
NO_ROOM = "no_room"
RUN_NAMED = re.compile(rb'"run":"([0-9a-z]{8})"')
HEAD_BYTES = 512  # of a payload: the run stands near its beginning


class Reception:
    """What an ingest makes of messages before and beside storing them."""

    def __init__(self, decoder: Decoder, kinds: Iterable[Kind], letters: DeadLetters, books: IngestBooks, *, run: str | None) -> None:
        """Join the parts; `run` is the only run kept, None keeps all."""
        self.kinds = {kind.name: kind for kind in kinds}
        self.letters = letters
        self._decoder = decoder
        self._books = books
        self._run = run
        self._duplicates = {name: Duplicates() for name in self.kinds}

    def read(self, block: Block) -> list[Batch]:
        """Decode a block kind by kind; what cannot be used goes to the books and the dead letters here."""
        groups = self._decoder.group(block.topics)
        strangers = [Bad(int(row), Reason.FOREIGN_TOPIC, block.topics[row]) for row in groups.foreign]
        self._bury("", block, [each for each in strangers if not is_ours(each.detail)])
        batches = []
        for name, rows in groups.kinds.items():
            part = block.take(rows)
            decoded = self._decoder.decode(name, part.topics, part.payloads)
            self._bury(name, part, decoded.bad)
            if decoded.frame.height:
                batches.append(self._received(self.kinds[name], decoded.frame))
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
            for run, rows in by_run(frame):
                books = self._books.of(kind.name, run)
                books.received += int(rows.sum())
                books.duplicated += int(repeat[rows].sum())
        return Batch(kind, frame, repeat)

    def _bury(self, kind: str, block: Block, bad: Sequence[Bad]) -> None:
        """Count what cannot be used; messages of other runs are counted apart and are no dead letters.

        An empty payload is no message to anybody: it clears what the broker retained, as every run does at its end.
        """
        bad = [each for each in bad if block.payloads[each.index]]
        if not bad:
            return
        dead = [each for each in bad if each.reason is not Reason.FOREIGN_RUN]
        with self._books.lock:
            self._books.of(kind).foreign += len(bad) - len(dead)
        reasons: dict[str | None, list[str]] = {}
        for each in dead:
            reasons.setdefault(self._run_named_in(block.payloads[each.index]), []).append(each.reason.value)
        for run, listed in reasons.items():
            self._books.reject(kind, listed, received=True, run=run)
        self._write_letters(Letter(block.topics[each.index], block.payloads[each.index], each.reason.value, each.detail) for each in dead)

    def _run_named_in(self, payload: bytes) -> str | None:
        """Return the run that a bad message seems to be of; None where there is no saying, or only one run is kept."""
        named = RUN_NAMED.search(payload, 0, HEAD_BYTES) if self._run is None else None
        run = named[1].decode() if named else ""
        return run if self._books.knows(run) else None

    def _write_letters(self, letters: Iterable[Letter]) -> None:
        try:
            self.letters.write(letters)
        except DiskError as error:
            self._books.turn(self._books.store, str(error))

    def refused(self, batch: Batch, rows: Sequence[tuple[int, str]]) -> None:
        """Count and bury rows that the store refuses for good: (row of the batch, reason)."""
        name = batch.kind.name
        runs = batch.frame.get_column("run")
        for row, _ in rows:
            self._books.reject(name, [REFUSED_BY_STORE], received=False, run=runs[row])
        self._write_letters(
            Letter(name, batch.frame[row].write_ndjson().strip().encode(), REFUSED_BY_STORE, reason) for row, reason in rows
        )

    def dropped(self, block: Block) -> None:
        """Count QoS 0 messages that found no room; their kind is read off the topic, for nothing else is looked at."""
        for topic in block.topics:
            name = topic.rsplit("/", 2)[-2] if "/" in topic else ""
            self._books.reject(name if name in self.kinds else "", [NO_ROOM], received=True)
