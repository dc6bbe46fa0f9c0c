"""Records of the spool on disk: a mark, a header with its own checksum, the kind's name, the content.

Owns the framing, and finding whole records among damaged bytes. Files are `brokers.ingest.spool`'s.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MARK = b"\xc5\x00spool\n"  # where a record may begin; whether one does, the checksums say
_HEADER = struct.Struct("<IIIH")  # bytes of the content, CRC-32 of name and content, rows, bytes of the name
_SUM = struct.Struct("<I")  # CRC-32 of the header
HEAD_BYTES = len(MARK) + _HEADER.size + _SUM.size


@dataclass(frozen=True, slots=True)
class Record:
    """A block of rows of one kind, as bytes."""

    kind: str
    rows: int
    content: bytes

    def framed(self) -> bytes:
        """Return it as it stands on disk."""
        name = self.kind.encode()
        header = _HEADER.pack(len(self.content), zlib.crc32(self.content, zlib.crc32(name)), self.rows, len(name))
        return MARK + header + _SUM.pack(zlib.crc32(header)) + name + self.content


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a segment: one whole record, or bytes in which none is whole (`record` absent).

    Of damaged bytes `rows` is how many rows their readable headers speak of. `torn` when they are what an interrupted write leaves:
    the beginning of one record, and nothing behind it.
    """

    offset: int
    size: int
    rows: int
    record: Record | None = None
    torn: bool = False


def stretches(content: bytes) -> Iterator[Stretch]:
    """Yield what a segment holds, from its first byte to its last."""
    offset = 0
    while offset < len(content):
        record = record_at(content, offset)
        if record is not None:
            size = len(record.framed())
            yield Stretch(offset, size, record.rows, record)
        else:
            size = _next_whole(content, offset) - offset
            yield _damaged(content, offset, size)
        offset += size


def record_at(content: bytes, offset: int) -> Record | None:
    """Return the record that begins there, None when it is not whole."""
    head = _head(content, offset)
    if head is None:
        return None
    length, checksum, rows, name_length = head
    start = offset + HEAD_BYTES + name_length
    name, found = content[offset + HEAD_BYTES : start], content[start : start + length]
    if len(found) < length or zlib.crc32(found, zlib.crc32(name)) != checksum:
        return None
    return Record(name.decode(errors="replace"), rows, found)


def _head(content: bytes, offset: int) -> tuple[int, int, int, int] | None:
    """Return the header that stands there, None when it is damaged or no header at all."""
    start = offset + len(MARK)
    header = content[start : start + _HEADER.size]
    checksum = content[start + _HEADER.size : offset + HEAD_BYTES]
    if not content.startswith(MARK, offset) or len(checksum) < _SUM.size or _SUM.unpack(checksum)[0] != zlib.crc32(header):
        return None
    length, crc, rows, name_length = _HEADER.unpack(header)
    return length, crc, rows, name_length


def _next_whole(content: bytes, offset: int) -> int:
    """Return where the next whole record begins, or the end."""
    while (offset := content.find(MARK, offset + 1)) >= 0:
        if record_at(content, offset) is not None:
            return offset
    return len(content)


def _damaged(content: bytes, offset: int, size: int) -> Stretch:
    inside = content[offset : offset + size]
    rows, place = 0, inside.find(MARK)
    while place >= 0:
        head = _head(inside, place)
        rows += head[2] if head else 0
        place = inside.find(MARK, place + 1)
    return Stretch(offset, size, rows, torn=_is_torn(inside, at_end=offset + size == len(content)))


def _is_torn(inside: bytes, *, at_end: bool) -> bool:
    """Return whether bytes are the beginning of one record: a part of a header, or a header with too little behind it."""
    if not at_end or inside.find(MARK, 1) >= 0:
        return False
    head = _head(inside, 0)
    if head is None:
        return len(inside) < HEAD_BYTES and (inside.startswith(MARK) or MARK.startswith(inside))
    length, _, _, name_length = head
    return len(inside) < HEAD_BYTES + name_length + length
