"""Blocks: messages on their way from the socket to the store, as columns, first raw and then decoded.

Owns how they are gathered, cut and packed. What is done with them is `brokers.ingest.persister`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from operator import itemgetter
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.ingest.spool_records import Record
from brokers.mqtt.clients import Received
from sim.events.kinds import Kind

Tokens = NDArray[np.int64]


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

    @classmethod
    def joined(cls, blocks: Sequence["Block"]) -> "Block":
        """Return blocks as one, in order."""
        if len(blocks) == 1:
            return blocks[0]
        topics = [topic for block in blocks for topic in block.topics]
        payloads = [payload for block in blocks for payload in block.payloads]
        return cls(topics, payloads, np.concatenate([block.tokens for block in blocks]))


@dataclass(frozen=True, slots=True)
class Batch:
    """Decoded rows of one kind, each for the first time."""

    kind: Kind
    frame: pl.DataFrame

    def record(self) -> Record:
        """Return it as bytes for the spool."""
        out = BytesIO()
        self.frame.write_ipc(out, compression="lz4")
        return Record(self.kind.name, self.frame.height, out.getvalue())

    @classmethod
    def read(cls, kind: Kind, record: Record) -> Self:
        """Return what `record` wrote."""
        return cls(kind, pl.read_ipc(BytesIO(record.content)))


def by_run(frame: pl.DataFrame) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the runs in a frame of one row or more, in order of appearance, and which rows are theirs."""
    runs = frame.get_column("run")
    return [(run, (runs == run).to_numpy()) for run in runs.unique(maintain_order=True)]


@dataclass(slots=True)
class Pending:
    """Messages read but not handed over yet: at most `rows`, or until the first has waited `patience_s`."""

    rows: int
    patience_s: float
    _topics: list[str] = field(default_factory=list)
    _payloads: list[bytes] = field(default_factory=list)
    _tokens: list[Tokens] = field(default_factory=list)
    _since: float = 0.0

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self._topics)

    def add(self, received: Received, now: float) -> None:
        """Take what one read brought, which may be nothing."""
        if not len(received):
            return
        if not self._topics:
            self._since = now
        self._topics += received.topics
        self._payloads += received.payloads
        self._tokens.append(received.tokens)

    def wait_s(self, now: float) -> float:
        """Return how long the messages may still wait."""
        return self._since + self.patience_s - now if self._topics else self.patience_s

    def due(self, now: float) -> bool:
        """Return whether to hand over now."""
        return len(self._topics) >= self.rows or (bool(self._topics) and self.wait_s(now) <= 0)

    def take(self) -> Block:
        """Return all messages as one block and start anew."""
        block = Block(self._topics, self._payloads, np.concatenate(self._tokens))
        self._topics, self._payloads, self._tokens = [], [], []
        return block


def _picked(column: list[str] | list[bytes], rows: NDArray[np.int64]) -> list[Any]:
    found = itemgetter(*rows.tolist())(column) if len(rows) else ()
    return list(found) if len(rows) > 1 else [found] if len(rows) else []
