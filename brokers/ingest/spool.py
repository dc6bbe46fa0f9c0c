"""The spool: a bounded queue on disk for what the store cannot take now.

Owns segment files and what becomes of damaged ones. Records are framed by `brokers.ingest.spool_records`; what one means, and when
to drain, is `brokers.ingest.persister`'s.
"""

import os
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from brokers.ingest.spool_records import Record, Stretch, record_at, stretches
from sim.errors import DiskError

__all__ = ["SEGMENT_BYTES", "Damage", "Record", "Spool", "SpoolFullError"]

SEGMENT_BYTES = 16 * 1024 * 1024  # a drained segment is deleted whole: what a restart may write again is bounded by it
SUFFIX = ".spool"

_SEGMENT = re.compile(r"\d{9,}\.spool")


class SpoolFullError(DiskError):
    """The spool has reached its bound, or its disk is full: nothing of the call was kept."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something of the spool that is not as we wrote it, in words; `rows` of `kind` are known to be lost, and were acknowledged."""

    words: str
    kind: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    segment: Path
    offset: int
    size: int
    kind: str
    rows: int


class Spool:
    """A first-in, first-out queue of records that survives a restart of the process and of the machine."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Open or make the folder, go past what is damaged. Raises DiskError when the folder cannot be used.

        `rows` wait; `size_bytes` are on disk, drained parts of the first segment included; `damage` is what was met, for whoever
        tells people.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._places: deque[_Place] = deque()
        self._sizes: dict[Path, int] = {}
        self._last = -1
        self.rows = 0
        self.size_bytes = 0
        self.damage: list[Damage] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for segment in self._segments():
                self._recover(segment)
        except OSError as error:
            msg = f"cannot use the spool folder {folder} ({error.strerror}): give ingest a folder it may write"
            raise DiskError(msg) from error

    @property
    def records(self) -> int:
        """Return how many records wait."""
        return len(self._places)

    def append(self, records: Sequence[Record]) -> None:
        """Keep records in order; they are on the disk itself (fsync) on return. Raises SpoolFullError, all or nothing."""
        framed = [record.framed() for record in records]
        content = b"".join(framed)
        if self.size_bytes + len(content) > self._limit_bytes:
            msg = f"the spool {self._folder} has reached its bound of {self._limit_bytes} bytes: start the store again, or raise the bound"
            raise SpoolFullError(msg)
        segment = self._open_segment()
        offset = self._sizes.get(segment, 0)
        try:
            self._write(segment, offset, content)
        except OSError as error:
            msg = f"the spool {self._folder} cannot grow ({error.strerror}): free space on its disk, or start the store again"
            raise SpoolFullError(msg) from error
        self._sizes[segment] = offset + len(content)
        self.size_bytes += len(content)
        for record, bytes_ in zip(records, framed, strict=True):
            self._queue(segment, offset, len(bytes_), record)
            offset += len(bytes_)

    def oldest(self) -> Record | None:
        """Return the oldest record, which stays. What another program damaged meanwhile is set aside; see `damage`.

        Raises DiskError when the disk does not give it back.
        """
        while self._places:
            place = self._places[0]
            try:
                with place.segment.open("rb") as file:
                    file.seek(place.offset)
                    content = file.read(place.size)
            except FileNotFoundError:
                content = b""
            except OSError as error:
                msg = f"the spool {place.segment} cannot be read back ({error.strerror})"
                raise DiskError(msg) from error
            if (record := record_at(content, 0)) is not None:
                return record
            self._give_up(place, content)
        return None

    def _give_up(self, place: _Place, content: bytes) -> None:
        where = self._set_aside(place.segment, place.offset, content) if content else "nothing is left of it"
        words = f"the spool {place.segment} is damaged at byte {place.offset}: another program wrote into it ({where}); {place.rows} rows "
        self.damage.append(Damage(f"{words}of {place.kind} that were acknowledged are lost", place.kind, place.rows))
        self.drop_oldest()

    def drop_oldest(self) -> None:
        """Forget the oldest record; a segment without records is deleted."""
        place = self._places.popleft()
        self.rows -= place.rows
        if not self._places or self._places[0].segment != place.segment:
            place.segment.unlink(missing_ok=True)
            self.size_bytes -= self._sizes.pop(place.segment)

    def _queue(self, segment: Path, offset: int, size: int, record: Record) -> None:
        self._places.append(_Place(segment, offset, size, record.kind, record.rows))
        self.rows += record.rows

    def _open_segment(self) -> Path:
        """Return the segment to append to: the last one, or a new one when that is full or gone."""
        segment = self._path(self._last)
        if self._sizes.get(segment, SEGMENT_BYTES) >= SEGMENT_BYTES:
            self._last += 1
            segment = self._path(self._last)
        return segment

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:09d}{SUFFIX}"

    def _write(self, segment: Path, offset: int, content: bytes) -> None:
        """Write at the end and flush to the disk; what a failure leaves behind is cut off again."""
        fresh = offset == 0
        with segment.open("ab", buffering=0) as file:
            try:
                view = memoryview(content)
                while view:
                    view = view[file.write(view) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(offset)
                raise
        if fresh:
            _sync_folder(self._folder)

    def _segments(self) -> list[Path]:
        """Return what earlier processes left, in order; anything else is left alone, and said."""
        found = []
        for path in self._folder.iterdir():
            if path.is_file() and _SEGMENT.fullmatch(path.name):
                found.append(path)
            elif path.suffix == SUFFIX:
                self._last = max(self._last, int(path.stem)) if _SEGMENT.fullmatch(path.name) else self._last
                self.damage.append(Damage(f"{path} is no segment of the spool: left alone"))
        return sorted(found, key=lambda path: int(path.stem))

    def _recover(self, segment: Path) -> None:
        """Index the whole records of a segment that an earlier process left; set aside what is damaged, cut a torn end."""
        self._last = max(self._last, int(segment.stem))
        content = segment.read_bytes()
        end = 0
        for stretch in stretches(content):
            if stretch.record is not None:
                end = stretch.offset + stretch.size
                self._queue(segment, stretch.offset, stretch.size, stretch.record)
            else:
                self._tell(segment, stretch, content[stretch.offset : stretch.offset + stretch.size])
        if end:
            if end < len(content):
                with segment.open("r+b") as file:
                    file.truncate(end)
            self._sizes[segment] = end
            self.size_bytes += end
        else:
            segment.unlink()

    def _tell(self, segment: Path, stretch: Stretch, content: bytes) -> None:
        if stretch.torn:
            words = f"{stretch.size} bytes of a torn record were cut off {segment}: its writing was interrupted, so it was not acknowledged"
            self.damage.append(Damage(words))
            return
        where = self._set_aside(segment, stretch.offset, content)
        rows = f"{stretch.rows} rows" if stretch.rows else "rows, nobody can say how many,"
        lost = f"{rows} that were acknowledged may be lost"
        words = f"{stretch.size} bytes of {segment} from byte {stretch.offset} on are damaged ({where}): {lost}"
        self.damage.append(Damage(words, rows=stretch.rows))

    def _set_aside(self, segment: Path, offset: int, content: bytes) -> str:
        """Keep damaged bytes in a file of their own, for whoever can make something of them; return where."""
        aside = segment.with_suffix(f".damaged-{offset}")
        aside.write_bytes(content)
        return f"set aside in {aside}"


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power loss too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
