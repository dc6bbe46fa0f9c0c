"""The spool: a bounded queue on disk for what the store cannot take now.

Owns segment files of records with length and checksum. What a record means, and when to drain, is `brokers.ingest.keeper`'s.
"""

import os
import struct
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DiskError

SEGMENT_BYTES = 16 * 1024 * 1024  # a drained segment is deleted whole: what a restart may write again is bounded by it
SUFFIX = ".spool"

_HEADER = struct.Struct("<IIIH")  # bytes of the content, its CRC-32, rows, bytes of the kind's name before it


class SpoolFullError(DiskError):
    """The spool has reached its bound, or its disk is full: nothing of the call was kept."""


@dataclass(frozen=True, slots=True)
class Record:
    """A block of rows of one kind, as bytes."""

    kind: str
    rows: int
    content: bytes


@dataclass(frozen=True, slots=True)
class _Place:
    segment: Path
    offset: int
    rows: int


class Spool:
    """A first-in, first-out queue of records that survives a restart of the process and of the machine."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Open or make the folder, cut torn tails. Raises DiskError when the folder cannot be used.

        `rows` wait; `size_bytes` are on disk, drained parts of the first segment included; `cut_bytes` were a torn tail.
        """
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._places: deque[_Place] = deque()
        self._sizes: dict[Path, int] = {}
        self._last = -1
        self.rows = 0
        self.size_bytes = 0
        self.cut_bytes = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for segment in sorted(folder.glob("*" + SUFFIX)):
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
        content = b"".join(_framed(record) for record in records)
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
        for record in records:
            self._places.append(_Place(segment, offset, record.rows))
            self.rows += record.rows
            offset += len(_framed_head(record)) + len(record.content)

    def oldest(self) -> Record | None:
        """Return the oldest record, which stays. Raises DiskError when it cannot be read back."""
        if not self._places:
            return None
        place = self._places[0]
        try:
            with place.segment.open("rb") as file:
                file.seek(place.offset)
                found = _read(file.read(_HEADER.size), file.read)
        except OSError as error:
            msg = f"the spool {place.segment} cannot be read back ({error.strerror})"
            raise DiskError(msg) from error
        if found is None:
            msg = f"the spool {place.segment} is damaged at byte {place.offset}: another program wrote into it"
            raise DiskError(msg)
        return found

    def drop_oldest(self) -> None:
        """Forget the oldest record; a segment without records is deleted."""
        place = self._places.popleft()
        self.rows -= place.rows
        if not self._places or self._places[0].segment != place.segment:
            place.segment.unlink(missing_ok=True)
            self.size_bytes -= self._sizes.pop(place.segment)

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

    def _recover(self, segment: Path) -> None:
        """Index the whole records of a segment that an earlier process left, and cut what follows them."""
        self._last = int(segment.stem)
        offset = 0
        with segment.open("r+b") as file:
            while (record := _read(file.read(_HEADER.size), file.read)) is not None:
                self._places.append(_Place(segment, offset, record.rows))
                self.rows += record.rows
                offset = file.tell()
            size = file.seek(0, os.SEEK_END)
            self.cut_bytes += size - offset
            file.truncate(offset)
        if offset:
            self._sizes[segment] = offset
            self.size_bytes += offset
        else:
            segment.unlink()


def _framed_head(record: Record) -> bytes:
    name = record.kind.encode()
    checksum = zlib.crc32(record.content, zlib.crc32(name))
    return _HEADER.pack(len(record.content), checksum, record.rows, len(name)) + name


def _framed(record: Record) -> bytes:
    return _framed_head(record) + record.content


def _read(head: bytes, read: Callable[[int], bytes]) -> Record | None:
    """Return the record behind a header, None when it is torn or damaged."""
    if len(head) < _HEADER.size:
        return None
    length, checksum, rows, name_length = _HEADER.unpack(head)
    name = read(name_length)
    content = read(length)
    if len(content) < length or zlib.crc32(content, zlib.crc32(name)) != checksum:
        return None
    return Record(name.decode(), rows, content)


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a power loss too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
