"""The books of a run: planned, sent, acked, received, stored, kind by kind, and whether they balance.

Owns the arithmetic. Who counts what: the tape plans, the client sends, ingest receives, the store itself counts what it holds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import NDArray
from pydantic import computed_field
from pydantic.dataclasses import dataclass

from sim.arrays import Int
from sim.events.batches import WITHHELD, Fault, Slice

_COUNTS = ("planned", "withheld", "sent", "acked", "refused", "received", "duplicated", "spooled", "stored", "late", "unsent")


@dataclass(slots=True)
class Counts:
    """Counts in the order of the way. `rejected` and `foreign` are by reason, `injected` by wire fault.

    `refused` are events that the broker would not take, `spooled` rows that wait in a spool for their store, `unsent` what was
    received or stored and never sent. `foreign` are deliveries that are not the run's.
    """

    planned: int = 0
    withheld: int = 0
    sent: int = 0
    acked: int = 0
    refused: int = 0
    received: int = 0
    duplicated: int = 0
    spooled: int = 0
    stored: int = 0
    late: int = 0
    unsent: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lost(self) -> int:
        """Return planned minus stored."""
        return self.planned - self.stored

    @property
    def unexplained(self) -> int:
        """Return what is lost beyond the faults that were injected to lose or spoil messages."""
        return self.lost - self.injected["lost"] - self.injected["malformed"]


@dataclass(slots=True)
class KindBooks(Counts):
    """Counts of one kind, which travels at a QoS."""

    qos: int = 0

    @property
    def unreported(self) -> int:
        """Return how many rows the store holds beyond what ingest says that it received."""
        return max(self.stored - self.received, 0)


@dataclass(slots=True)
class Books:
    """All kinds of a run, by name; `compared` when `unsent` is known."""

    kinds: dict[str, KindBooks] = field(default_factory=dict)
    compared: bool = False

    def of(self, kind: str, qos: int = 0) -> KindBooks:
        """Return the books of a kind, opened at the first call."""
        if kind not in self.kinds:
            self.kinds[kind] = KindBooks(qos=qos)
        return self.kinds[kind]

    def withhold(self, piece: Slice, qos: int | None = None) -> None:
        """Count what a finished slice does not send as it stands: withheld and injected. `qos` overrides what the kinds declare."""
        for batch in piece.batches:
            _withhold(self.of(batch.kind.name, batch.kind.qos if qos is None else qos), batch.release_us, batch.fault)

    def plan(self, piece: Slice, qos: int | None = None, within: tuple[int, int] | None = None) -> None:
        """Count a finished slice whole: planned, withheld and injected; only events of a time `within` an interval of µs, end exclusive."""
        for batch in piece.batches:
            books = self.of(batch.kind.name, batch.kind.qos if qos is None else qos)
            release_us, fault = batch.release_us, batch.fault
            if within is not None:
                inside = (batch.time_us >= within[0]) & (batch.time_us < within[1])
                release_us, fault = release_us[inside], fault[inside]
            books.planned += int((release_us != WITHHELD).sum())
            _withhold(books, release_us, fault)

    def total(self) -> Counts:
        """Return the sums over all kinds."""
        return _sum(self.kinds.values())

    def lost_at(self, qos: int) -> int:
        """Return the unexplained losses of all kinds that travelled at a QoS; a surplus elsewhere does not hide them."""
        return sum(max(books.unexplained, 0) for books in self.kinds.values() if books.qos == qos)

    def unreported(self) -> int:
        """Return how many rows the store holds that no ingest reported, kind by kind."""
        return sum(books.unreported for books in self.kinds.values())

    def awaited(self, final: Sequence[str], stored: Mapping[str, int]) -> int:
        """Return how many events the store may still get, kind by kind.

        `final` are the reasons for which it never gets one, `stored` is what it holds by its own word, where that has been asked.
        """
        total = 0
        for name, books in self.kinds.items():
            known = max(stored.get(name, 0) - books.stored, 0)
            total += max(books.unexplained - known - sum(books.rejected[reason] for reason in final), 0)
        return total

    def rejected(self) -> int:
        """Return the rejected events of all kinds beyond those that were injected malformed, kind by kind."""
        return sum(max(books.rejected.total() - books.injected[Fault.MALFORMED.word], 0) for books in self.kinds.values())


def _withhold(books: KindBooks, release_us: Int, fault: NDArray[np.uint8]) -> None:
    books.withheld += int((release_us == WITHHELD).sum())
    if fault.any():
        for each in Fault:
            struck = int((fault == each).sum())
            if struck and each is not Fault.NONE:
                books.injected[each.word] += struck


def _sum(rows: Iterable[KindBooks]) -> Counts:
    total = Counts()
    for books in rows:
        for name in _COUNTS:
            setattr(total, name, getattr(total, name) + getattr(books, name))
        for name in ("rejected", "injected", "foreign"):
            getattr(total, name).update(getattr(books, name))
    return total
