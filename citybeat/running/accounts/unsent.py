"""Unsent: what was received or stored and never sent. Whoever may publish on the broker may forge events of a run.

Owns the comparison, kind by kind, at the end of a run. Mostly two sums are enough, that of what was handed over and that of what
ingest received; only where they differ, for events were lost or forged, the store's rows are held against the tape.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from brokers.codec.fingerprints import Fingerprints
from brokers.tape.event_log import TapeLog
from citybeat.running.status_listener import StatusListener
from sim.events.batches import Fault
from sim.events.kinds import FieldType, Kind
from sim.judge.books import Books, KindBooks
from sim.ports import Delivery, Store

STRETCH_ROWS = 50_000  # compared at a time: bounds memory, and what a store has to answer at once


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run's tape against what its ingest received and its store holds; `shift_us` turns city into wire time."""

    run: str
    tape: Path
    shift_us: int
    delivery: Delivery
    listener: StatusListener
    store: Store
    fingerprints: Fingerprints

    def fill(self, books: Books, kinds: Sequence[Kind]) -> None:
        """Put into the books what was never sent. Raises ServiceError or UsageError when store or tape cannot be read."""
        for kind in kinds:
            row = books.of(kind.name)
            row.unsent = self._of_kind(kind, row)
        books.compared = True

    def _of_kind(self, kind: Kind, row: KindBooks) -> int:
        """Return at least how many rows of a kind were never sent, and exactly how many of them the store holds."""
        handed, meant = self.delivery.handed_over(kind.name)
        first, came = self.listener.first_deliveries(kind.name)
        if (first, came) == (handed, meant):
            return row.unreported
        if len(self.listener.statuses()) > 1:  # one restarted: what came again, or was not reported in the end, proves nothing
            return self._stored(kind)
        altered = int(first == handed)  # as many as were sent, but not the same
        return max(first - handed, altered, row.unreported, self._stored(kind))

    def _stored(self, kind: Kind) -> int:
        """Return how many rows the store holds that are not on the tape as they stand."""
        found = 0
        for start_us, end_us, meant in self._stretches(kind):
            held = self.store.held(self.run, kind, start_us, end_us)
            strange = ~np.isin(self.fingerprints.of_frame(kind, held), self.fingerprints.of_frame(kind, meant))
            found += held.filter(pl.Series(strange)).unique().height
        return found

    def _stretches(self, kind: Kind) -> Iterator[tuple[int | None, int | None, pl.DataFrame]]:
        """Yield what was meant to arrive, stretch by stretch of wire time; the first and the last are open to their side."""
        log = TapeLog(self.tape)
        lost = [Fault.LOST.word, Fault.MALFORMED.word]
        sent = log.frame(kind.name).filter(pl.col("release").is_not_null(), ~pl.col("fault").is_in(lost).fill_null(value=False))
        rows = sent.select(_wire_columns(kind, self.shift_us)).collect()
        start_us: int | None = None
        for first in range(0, max(rows.height, 1), STRETCH_ROWS):
            last = first + STRETCH_ROWS
            end_us = rows.get_column("t")[last] if last < rows.height else None
            yield start_us, end_us, _between(rows, start_us, end_us)
            start_us = end_us


def _between(rows: pl.DataFrame, start_us: int | None, end_us: int | None) -> pl.DataFrame:
    t = rows.get_column("t")
    first = 0 if start_us is None else int(t.search_sorted(start_us))
    last = rows.height if end_us is None else int(t.search_sorted(end_us))
    return rows.slice(first, last - first)


def _wire_columns(kind: Kind, shift_us: int) -> list[pl.Expr]:
    """Return the columns of a tape as they travel: instants in wire time, µs since 1970."""
    instants = [field.name for field in kind.wire_fields if field.type is FieldType.INSTANT]
    others = [field.name for field in kind.wire_fields if field.name not in instants]
    return [
        (pl.col("time").dt.epoch("us") + shift_us).alias("t"),
        *(pl.col(name) + shift_us for name in instants),
        *map(pl.col, ("seq", "district", "device", *others)),
    ]
