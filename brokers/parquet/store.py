"""The embedded store: `RUN/store`, one folder of Parquet parts per kind. A row is stored when its part was renamed.

Owns writing, joining small parts, counting and deleting. The parts themselves are `brokers.parquet.parts`'s.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from brokers.ingest.writers import Appetite, Written
from brokers.parquet.parts import disk_guard, part_name, part_range, parts_of, write_part
from brokers.wire.messages import frame_schema
from sim.kinds import Kind
from sim.ports import OpsRow
from sim.units import SECOND_US

PART_ROWS = 50_000
# So many neighbouring parts below PART_ROWS are joined: an hour at one part a second would leave 3,600 files a kind.
MOST_SMALL_PARTS = 64
# A reader may list parts that the writer joins before it opens them; then it lists again.
READ_ATTEMPTS = 5

OPS = "ops"


class ParquetStore:
    """A store in a folder: `sim.ports.Store`, `sim.ports.Ledger` and the writer that ingest uses.

    One process writes a kind; others may read at the same time. A delivery that comes twice is kept twice and counted once.
    """

    def __init__(self, folder: Path) -> None:
        """Keep the folder; it is made by `prepare` or the first write."""
        self._folder = folder
        self._next: dict[Path, int] = {}
        self._tail: dict[Path, list[Path]] = {}  # the small parts at the end of each folder, which may be joined

    @property
    def appetite(self) -> Appetite:
        """Return how much one part should hold."""
        return Appetite(PART_ROWS, SECOND_US)

    def prepare(self, kinds: Sequence[Kind]) -> None:
        """Make the folders. Raises DiskError."""
        for folder in (self._folder / OPS, *(self._folder / kind.name for kind in kinds)):
            with disk_guard(folder, folder / ".tmp"):
                folder.mkdir(parents=True, exist_ok=True)

    def write(self, kind: Kind, frame: pl.DataFrame) -> Written:
        """Store rows as one part. Raises DiskError when the disk is full; then none of them is stored."""
        if frame.height:
            self._append(self._folder / kind.name, frame.select(list(frame_schema(kind))))
        return Written(frame.height)

    def write_ops(self, rows: Sequence[OpsRow]) -> None:
        """Store rows about the run, a folder per measurement: t_us, then tags and fields as columns. Raises DiskError."""
        by_measurement: dict[str, list[dict[str, int | float | str | bool]]] = {}
        for row in rows:
            by_measurement.setdefault(row.measurement, []).append({"t_us": row.t_us, **row.tags, **row.fields})
        for measurement, plain in by_measurement.items():
            self._append(self._folder / OPS / measurement, pl.DataFrame(plain, infer_schema_length=None, strict=False))

    def _append(self, folder: Path, frame: pl.DataFrame) -> None:
        if folder not in self._next:
            self._take_up(folder)
        path = folder / part_name(self._next[folder])
        write_part(frame, path)
        self._next[folder] += 1
        self._tail[folder] = [*self._tail[folder], path] if frame.height < PART_ROWS else []
        if len(self._tail[folder]) >= MOST_SMALL_PARTS:
            self._join(folder)

    def _take_up(self, folder: Path) -> None:
        """Go on after what an earlier process left."""
        parts = parts_of(folder)
        large = max((place for place, part in enumerate(parts) if _rows(part) >= PART_ROWS), default=-1)
        self._next[folder] = part_range(parts[-1])[1] + 1 if parts else 0
        self._tail[folder] = parts[large + 1 :]

    def _join(self, folder: Path) -> None:
        """Put one part, named after the range it stands for, in the place of the small ones at the end.

        Those an earlier joining replaced go now, not then: a reader that had listed them has opened them by this time.
        """
        for part in set(folder.glob("part-*.parquet")).difference(parts_of(folder)):
            part.unlink()
        tail = self._tail[folder]
        joined = pl.concat([pl.read_parquet(part, glob=False) for part in tail], how="diagonal_relaxed")
        path = folder / part_name(part_range(tail[0])[0], part_range(tail[-1])[1])
        write_part(joined, path)
        self._tail[folder] = [path] if joined.height < PART_ROWS else []

    def count(self, run: str, kinds: Sequence[str]) -> Mapping[str, int]:
        """Return how many distinct events (district, time) of the run the parts hold, by kind (0 for none)."""
        return {kind: self._count(run, kind) for kind in kinds}

    def _count(self, run: str, kind: str) -> int:
        for attempt in range(READ_ATTEMPTS):
            try:
                rows = self._scan(kind).filter(pl.col("run") == run).select("district", "t").unique().select(pl.len()).collect()
            except FileNotFoundError:
                if attempt + 1 == READ_ATTEMPTS:
                    raise
            else:
                return int(rows.item())
        return 0

    def _scan(self, kind: str) -> pl.LazyFrame:
        parts = parts_of(self._folder / kind)
        return (
            pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema={"run": pl.String, "district": pl.String, "t": pl.Int64})
        )

    def kinds(self) -> Sequence[str]:
        """Return the names of the kinds that have events."""
        folders = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        return [folder.name for folder in folders if folder.name != OPS and parts_of(folder)]

    def frame(self, kind: str) -> pl.LazyFrame:
        """Return all rows of a kind in order of time: columns as decoded, wire time; repeated deliveries included."""
        return self._scan(kind).sort("t", maintain_order=True)

    def delete(self, run: str) -> None:
        """Delete everything of a run; rows of other runs in the same parts stay. Raises DiskError."""
        folders = {part.parent for part in self._folder.rglob("part-*.parquet")}
        for folder in sorted(folders):
            for part in sorted(folder.glob("part-*.parquet")):
                frame = pl.read_parquet(part, glob=False)
                kept = frame.filter(pl.col("run") != run) if "run" in frame.columns else frame
                if not kept.height:
                    part.unlink()
                elif kept.height < frame.height:
                    write_part(kept, part)
        self._next.clear()
        self._tail.clear()

    def close(self) -> None:
        """Forget what is known of the folders; every part is whole at any time."""
        self._next.clear()
        self._tail.clear()


def _rows(part: Path) -> int:
    return int(pl.scan_parquet(part, glob=False).select(pl.len()).collect().item())
