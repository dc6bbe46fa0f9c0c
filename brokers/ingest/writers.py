"""What ingest asks of a store: take decoded rows, say what became stored and what can never be.

Owns the contract between ingest and the stores. Acknowledging, spooling and dead letters are ingest's.
"""

from dataclasses import dataclass
from typing import Protocol

import polars as pl

from sim.errors import ServiceError
from sim.events.kinds import Kind


@dataclass(frozen=True, slots=True)
class FlushLimits:
    """How much a store likes to get at once: ingest hands over at so many rows of all kinds or after so long."""

    rows: int
    wait_us: int


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of a frame the store holds now, and which it refuses for good: (row of the frame, reason)."""

    stored: int
    rejected: tuple[tuple[int, str], ...] = ()


class StoreAway(ServiceError):  # noqa: N818 - a state that ends, met with patience: ingest spools and tries again
    """The store cannot take rows now; nothing of the frame counts as stored and all of it may be written again."""


class Writer(Protocol):
    """A store as ingest sees it. Writing the same rows twice leaves one of each."""

    @property
    def flush_limits(self) -> FlushLimits:
        """Return how much this store likes to get at once."""
        ...

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        """Store rows of one kind: columns as in `brokers.codec.Decoded.frame`, wire time. Returns when they are stored.

        Raises StoreAway when the store cannot be reached or is busy, ServiceError when it refuses us, DiskError when a
        disk of ours is full.
        """
        ...
