"""The embedded store: `RUN/store`, one folder of Parquet parts per kind. A row is stored when its part was renamed.

Owns writing, counting and deleting. Parts are `brokers.parquet.parts`'s, making few of many is `brokers.parquet.joining`'s.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import polars as pl

from brokers.codec.messages import frame_schema
from brokers.ingest.writers import FlushLimits, Written
from brokers.parquet.joining import PART_ROWS, join_parts, readable, recover
from brokers.parquet.parts import damage_guard, disk_guard, part_name, part_number, parts_of, rows_of, write_part
from brokers.parquet.repeats import Recent, last_rows
from sim.errors import UsageError
from sim.events.kinds import Kind
from sim.ports import OpsRow
from sim.units import SECOND_US

# Parts are joined when the store is closed, and before that when there are so many small ones: about an hour of them.
MOST_SMALL_PARTS = 4_096
# A reader may list parts just before the writer exchanges the folder; then it lists again.
READ_ATTEMPTS = 5

OPS = "ops"


class ParquetStore:
    """A store in a folder: `sim.ports.Store` and the writer that ingest uses.

    One process writes a kind; others may read at the same time. An event delivered twice is stored once.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the folder; it is made by `prepare` or the first write."""
        self._folder = folder
        self._next: dict[Path, int] = {}
        self._small: dict[Path, int] = {}
        self._recent: dict[Path, Recent] = {}

    @property
    def flush_limits(self) -> FlushLimits:
        """Return how much one part should hold."""
        return FlushLimits(PART_ROWS, SECOND_US)

    def prepare(self, kinds: Sequence[Kind]) -> None:
        """Make the folders. Raises DiskError."""
        for folder in (self._folder / OPS, *(self._folder / kind.name for kind in kinds)):
            with disk_guard(folder):
                readable(folder).mkdir(parents=True, exist_ok=True)

    def check_series(self, _more: int) -> None:
        """Files know no series: any number will do."""

    def check_span(self, _start_us: int, _end_us: int) -> None:
        """Files keep every time."""

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        """Store rows as one part, those that are not stored yet. Raises DiskError when the disk is full; then none of them is stored."""
        if frame.height:
            folder = self._folder / kind.name
            self._take_up(folder)
            if folder not in self._recent:
                parts = parts_of(folder)
                last = last_rows([rows_of(part) for part in parts])
                self._recent[folder] = Recent(pl.read_parquet(part, glob=False) for part in parts[len(parts) - last :])
            unseen = self._recent[folder].unseen(frame.select(list(frame_schema(kind))))
            if unseen.height:
                self._append(folder, unseen)
                self._recent[folder].add(unseen)
        return Written(frame.height)

    def write_ops(self, rows: Sequence[OpsRow]) -> None:
        """Store rows about the run, a folder per measurement: t_us, then tags and fields as columns. Raises DiskError."""
        by_measurement: dict[str, list[dict[str, int | float | str | bool]]] = {}
        for row in rows:
            by_measurement.setdefault(row.measurement, []).append({"t_us": row.t_us, **row.tags, **row.fields})
        for measurement, plain in by_measurement.items():
            self._append(self._folder / OPS / measurement, pl.DataFrame(plain, infer_schema_length=None, strict=False))

    def _append(self, folder: Path, frame: pl.DataFrame) -> None:
        self._take_up(folder)
        write_part(frame, folder / part_name(self._next[folder]))
        self._next[folder] += 1
        self._small[folder] += frame.height < PART_ROWS
        if self._small[folder] >= MOST_SMALL_PARTS:
            self._join(folder)

    def _take_up(self, folder: Path) -> None:
        """Go on after what an earlier process left."""
        if folder in self._next:
            return
        recover(folder)
        parts = parts_of(folder)
        self._next[folder] = part_number(parts[-1]) + 1 if parts else 0
        self._small[folder] = sum(rows_of(part) < PART_ROWS for part in parts)

    def _join(self, folder: Path) -> None:
        join_parts(folder)
        self._next[folder] = part_number(parts_of(folder)[-1]) + 1
        self._small[folder] = 0

    def count(self, run: str, kinds: Sequence[str]) -> Mapping[str, int]:
        """Return how many distinct events (district, time) of the run the parts hold, by kind (0 for none)."""
        return {kind: self._count(run, kind) for kind in kinds}

    def _count(self, run: str, kind: str) -> int:
        """Return the count of one kind. Raises UsageError for a damaged part."""
        for _ in range(READ_ATTEMPTS - 1):
            with suppress(FileNotFoundError):
                return self._count_now(run, kind)
        return self._count_now(run, kind)

    def _count_now(self, run: str, kind: str) -> int:
        rows = self._scan(kind).filter(pl.col("run") == run).select("district", "t").unique().select(pl.len())
        try:
            return int(rows.collect().item())
        except pl.exceptions.PolarsError as error:
            msg = f"{self._folder / kind} has a damaged part ({str(error).splitlines()[0]}): what the store holds cannot be counted"
            raise UsageError(msg) from error

    def _scan(self, kind: str) -> pl.LazyFrame:
        parts = parts_of(readable(self._folder / kind))
        return (
            pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema={"run": pl.String, "district": pl.String, "t": pl.Int64})
        )

    def held(self, run: str, kind: Kind, start_us: int | None, end_us: int | None) -> pl.DataFrame:
        """Return the rows of a run and kind with start <= t < end (None: without end): columns as decoded."""
        parts = parts_of(readable(self._folder / kind.name))
        rows = pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=frame_schema(kind))
        bounds = [pl.col("t") >= start_us] if start_us is not None else []
        bounds += [pl.col("t") < end_us] if end_us is not None else []
        with damage_guard(self._folder / kind.name):
            return rows.filter(pl.col("run") == run, *bounds).collect()

    def delete(self, run: str) -> None:
        """Delete everything of a run; rows of other runs in the same parts stay. Raises DiskError."""
        for folder in sorted({part.parent for part in self._folder.rglob("part-*.parquet")}):
            for part in parts_of(folder):
                frame = pl.read_parquet(part, glob=False)
                kept = frame.filter(pl.col("run") != run) if "run" in frame.columns else frame
                if not kept.height:
                    part.unlink()
                elif kept.height < frame.height:
                    write_part(kept, part)
        self._forget()

    def close(self) -> None:
        """Join the small parts of the folders that were written to, and forget what is known of them."""
        for folder, small in self._small.items():
            if small > 1:
                join_parts(folder)
        self._forget()

    def _forget(self) -> None:
        self._next.clear()
        self._small.clear()
        self._recent.clear()
