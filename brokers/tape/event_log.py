"""The tape as an event log: frames by kind, what was declared and the last census, for the report and for audit.

Owns nothing but the scan. Replaying is `brokers.tape.source`'s.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from brokers.parquet.joining import readable
from brokers.parquet.parts import parts_of
from brokers.tape.header import INSTANT, read_header, tape_schema
from brokers.tape.observed import CENSUS, SLICE_END
from brokers.tape.places import check_rows, find_slices, whole_slices
from sim.city.declared import Declared
from sim.errors import UsageError
from sim.events.batches import CensusRow


class TapeLog:
    """The events of a run as they were meant: `sim.ports.EventLog`. Raises UsageError when the folder holds no tape or a damaged one."""

    def __init__(self, run_folder: Path) -> None:
        """Read the header."""
        self._folder = run_folder / "tape"
        self.header = read_header(self._folder)
        self._kinds = {kind.name: kind for kind in self.header.all_kinds}

    @property
    def declared(self) -> tuple[Declared, ...]:
        """Return what the run's systems declared."""
        return self.header.declared

    def census(self) -> tuple[CensusRow, ...]:
        """Return what was counted at the end of the last slice that has a census; nothing of an older tape."""
        rows = self.counts()
        last = rows.select(pl.col(SLICE_END).max()).collect().item()  # alone first: a day of a city has a million rows
        if last is None:  # an older tape, or a run cut short before its first slice was whole
            return ()
        return CENSUS.rows(rows.filter(pl.col(SLICE_END) == last).collect())

    def counts(self) -> pl.LazyFrame:
        """Return what was counted at the end of every slice, in order: `slice_end` (city time), system, thing, state, district, count."""
        schema = pl.Schema(CENSUS.schema)
        parts = parts_of(readable(self._folder / CENSUS.name)) if CENSUS.name in self.header.observed else []
        if not parts:
            return pl.LazyFrame(schema=schema)
        return pl.scan_parquet(parts, glob=False).cast(schema).filter(pl.col(SLICE_END) <= self._whole_to())

    @property
    def slices(self) -> int:
        """Return how many slices the tape has, up to the last with rows. Raises UsageError for a damaged part."""
        if self.header.closed or self.header.slices:
            return self.header.slices
        return max((index + 1 for name in self.header.names for index in find_slices(self._folder / name)), default=0)

    def kinds(self) -> Sequence[str]:
        """Return the names of the kinds that have events."""
        if self.header.closed:
            return [kind.name for kind in self.header.kinds if self.header.rows.get(kind.name)]
        return [kind.name for kind in self.header.kinds if parts_of(readable(self._folder / kind.name))]

    def frame(self, kind: str) -> pl.LazyFrame:
        """Return all events of a kind, or all its rows for a label, in order of time, columns as in `tape_schema`; empty without any.

        Raises UsageError for a damaged part or an unknown kind.
        """
        if kind not in self._kinds:
            msg = f"the tape has no kind {kind!r}; it has {', '.join(self._kinds)}"
            raise UsageError(msg)
        places = find_slices(self._folder / kind)
        check_rows(self.header, kind, places)
        schema = pl.Schema(tape_schema(self._kinds[kind]))
        parts = parts_of(readable(self._folder / kind))
        if not parts:
            return pl.LazyFrame(schema=schema)
        whole = whole_slices(self.header, places)
        if len(whole) < len(places):
            slices = [pl.scan_parquet(each.part, glob=False).slice(each.offset, each.rows) for each in whole.values()]
            return pl.concat([pl.LazyFrame(schema=schema), *(each.cast(schema) for each in slices)]).sort("time", maintain_order=True)
        # Within a slice, moved ties of one district may stand microseconds after the next event of another.
        return pl.scan_parquet(parts, glob=False).cast(schema).sort("time", maintain_order=True)

    def _whole_to(self) -> pl.Expr:
        """Return the end of the last slice that every table has."""
        end_us = self.header.start_us + self.slices * self.header.slice_us
        return pl.lit(end_us, dtype=pl.Int64).cast(INSTANT)
