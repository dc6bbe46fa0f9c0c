"""The intake: reads blocks of messages, counts them, and sets aside what cannot be used.

Owns decoding at ingest, the dropping of repeats and the way into the dead letters. Storing is `brokers.ingest.persister`'s, whose
a bad message is `brokers.ingest.strangers`'s to say.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.codec import Bad, Decoder, Reason
from brokers.codec.fingerprints import WRAP, Fingerprints, Prints, total
from brokers.ingest.accounts import IngestBooks
from brokers.ingest.blocks import Batch, Block, by_run
from brokers.ingest.dead_letters import DeadLetters, Letter
from brokers.ingest.duplicates import Duplicates
from brokers.ingest.status import KindStatus, is_ours
from brokers.ingest.strangers import Strangers
from sim.errors import DiskError
from sim.events.kinds import Kind

REFUSED_BY_STORE = "refused_by_store"
NO_ROOM = "no_room"


class Intake:
    """What an ingest makes of messages before and beside storing them."""

    def __init__(
        self,
        decoder: Decoder,
        kinds: Iterable[Kind],
        letters: DeadLetters,
        books: IngestBooks,
        *,
        run: str | None,
        fingerprints: Fingerprints | None = None,
    ) -> None:
        """Join the parts; `run` is the only run kept, None keeps all."""
        self.kinds = {kind.name: kind for kind in kinds}
        self.letters = letters
        self._decoder = decoder
        self._books = books
        self._run = run
        self._fingerprints = fingerprints or Fingerprints()
        self._duplicates = Duplicates()
        self._strangers = Strangers(books, run, self._published)

    def read(self, block: Block) -> list[Batch]:
        """Return the events of a block that came for the first time, by kind; the rest goes to the books and the dead letters here."""
        groups = self._decoder.group(block.topics)
        strangers = [Bad(int(row), Reason.FOREIGN_TOPIC, block.topics[row]) for row in groups.foreign]
        self._dead_letter("", block, [each for each in strangers if not is_ours(each.detail)])
        batches = []
        for name, rows in groups.kinds.items():
            part = block.take(rows)
            decoded = self._decoder.decode(name, part.topics, part.payloads)
            begun = int(decoded.rows[0]) if decoded.frame.height else len(part)  # what came before that no run of this block has sent
            self._dead_letter(name, part, [each for each in decoded.bad if each.index < begun])
            if decoded.frame.height:
                topics = part.topics if len(decoded.rows) == len(part) else [part.topics[row] for row in decoded.rows.tolist()]
                batches.append(self._received(self.kinds[name], decoded.frame, topics))
            self._dead_letter(name, part, [each for each in decoded.bad if each.index > begun])
        return [batch for batch in batches if batch.frame.height]

    def _received(self, kind: Kind, frame: pl.DataFrame, topics: Sequence[str]) -> Batch:
        """Count good deliveries and drop repeats.

        What came first holds: a repeat brings nothing new, and a forged one must not overwrite. The first delivery is in the store or
        the spool by now, or unacknowledged with everything after it.
        """
        runs = frame.get_column("run")
        lines = topics if self._run is not None else runs + "/" + pl.Series(topics)
        repeat = self._duplicates.mark(lines, frame.get_column("seq").to_numpy())
        first = ~repeat
        fresh = frame if first.all() else frame.filter(pl.Series(first))
        prints = self._fingerprints.of_frame(kind, fresh)
        with self._books.lock:
            for run, rows in by_run(frame):
                _note(self._books.of(kind.name, run), rows, repeat, prints[rows[first]])
        self._strangers.reveal(kind.name, topics, runs)
        return Batch(kind, fresh)

    def _published(self, run: str, topic: str) -> bool:
        """Return whether a run has brought an event on a topic."""
        return (topic if self._run is not None else f"{run}/{topic}") in self._duplicates

    def _dead_letter(self, kind: str, block: Block, bad: Sequence[Bad]) -> None:
        """Count what cannot be used; messages of other runs are no dead letters.

        An empty payload is no message to anybody: it clears what the broker retained, as every run does at its end.
        """
        dead = []
        for each in bad:
            topic, payload = block.topics[each.index], block.payloads[each.index]
            foreign = bool(payload) and self._strangers.passes(kind, topic, payload, each)
            if payload and each.reason is not Reason.FOREIGN_RUN:
                dead.append(Letter(topic, payload, each.reason.value, each.detail, foreign=foreign))
        if dead:
            self._write_letters(dead)

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


def _note(books: KindStatus, rows: NDArray[np.bool_], repeat: NDArray[np.bool_], prints: Prints) -> None:
    """Book the deliveries of one run: which rows of a frame they are, which rows are repeats, and what the first ones say."""
    books.received += int(rows.sum())
    books.duplicated += int(repeat[rows].sum())
    books.first += len(prints)
    books.content = (books.content + total(prints)) % WRAP
