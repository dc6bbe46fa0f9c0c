"""The text of a feed's file: whatever encoding and line ends it has, blocks of whole lines in UTF-8 that end in a line feed.

Owns encodings, line ends and control characters. What the lines say is `rows`' business.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

BLOCK = 8 << 20  # bytes read at once
MOST_LINE = 1 << 20  # bytes of a line; a file without line ends is no table
PEEK = 4_096

_NEWLINE = ord("\n")
_DELETE = 0x7F
_CONTROLS = bytes(code for code in (*range(32), _DELETE) if code != _NEWLINE)
_TO_SPACES = bytes.maketrans(_CONTROLS, b" " * len(_CONTROLS))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZERO_SHARE = 0.3  # of every other byte: latin letters in UTF-16


@dataclass(slots=True)
class Repairs:
    """What had to be changed in a file: how often and at which line first, by what it was."""

    found: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, what: str, count: int, line: int) -> None:
        """Count a repair; the first line stays."""
        if count:
            before, first = self.found.get(what, (0, line))
            self.found[what] = (before + count, first)


class TooLongError(ValueError):
    """A line of no end."""


def blocks(file: BinaryIO, repairs: Repairs) -> Iterator[bytes]:
    """Yield blocks of whole lines, without empty ones at the end. Raises TooLongError for a line beyond MOST_LINE.

    Lines that are not UTF-8 are taken as Windows-1252, control characters become spaces; `repairs` count both.
    """
    line, rest = 1, b""
    for chunk in _line_feeds(_utf8(file)):
        text = rest + chunk
        cut = text.rfind(b"\n") + 1
        whole, rest = text[:cut], text[cut:]
        if len(rest) > MOST_LINE:
            number = line + whole.count(b"\n")
            msg = f"line {number} is longer than {MOST_LINE:,} bytes"
            raise TooLongError(msg)
        if whole:
            yield _repaired(whole, line, repairs)
            line += whole.count(b"\n")
    if rest:
        yield _repaired(rest + b"\n", line, repairs)


def speakable(name: str) -> str:
    """Return a name that is in no table, a file's, as one in a table would be read: topics and tags can hold it; never empty."""
    plain = name.encode("utf-8", "replace").translate(_TO_SPACES).replace(b"\n", b" ").decode().strip()
    return (plain + "_" if plain.endswith("\\") else plain) or "feed"


def _utf8(file: BinaryIO) -> Iterator[bytes]:
    """Yield the file's bytes, those of UTF-16 and UTF-32 as UTF-8; a byte order mark is dropped."""
    start = file.read(PEEK)
    encoding, mark = _encoding(start)
    chunk = start[mark:]
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
    while chunk:
        yield chunk if decoder is None else decoder.decode(chunk).encode("utf-8", "replace")
        chunk = file.read(BLOCK)
    if decoder is not None:
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _encoding(start: bytes) -> tuple[str, int]:
    """Return the encoding of a file that starts so, and the length of its byte order mark."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding, len(mark)
    half = len(start) / 2
    if start[1::2].count(0) > _ZERO_SHARE * half > start[::2].count(0):
        return "utf-16-le", 0
    if start[::2].count(0) > _ZERO_SHARE * half > start[1::2].count(0):
        return "utf-16-be", 0
    return "utf-8", 0


def _line_feeds(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the text with every line end, CR LF and CR too, as one line feed."""
    held = b""  # a CR at the end of a chunk may be half of a line end
    for chunk in chunks:
        text = held + chunk
        held = b"\r" if text.endswith(b"\r") else b""
        text = text[: len(text) - len(held)]
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if held:
        yield b"\n"


def _repaired(text: bytes, line: int, repairs: Repairs) -> bytes:
    codes = np.frombuffer(text, dtype=np.uint8)
    controls = int(np.count_nonzero(codes < ord(" ")) + np.count_nonzero(codes == _DELETE)) - text.count(b"\n")
    if controls:
        clean = text.translate(_TO_SPACES)
        odd = controls - text.count(b"\t")
        if odd:
            first = int(np.argmax(((codes < ord(" ")) | (codes == _DELETE)) & (codes != _NEWLINE) & (codes != ord("\t"))))
            repairs.add("control characters are read as spaces", odd, line + text.count(b"\n", 0, first))
        text = clean
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        return _from_windows(text, line, repairs)
    return text


def _from_windows(text: bytes, line: int, repairs: Repairs) -> bytes:
    """Return lines with those that are not UTF-8 read as Windows-1252: files of several sources mix both."""
    lines = text.splitlines(keepends=True)
    for place, each in enumerate(lines):
        try:
            each.decode()
        except UnicodeDecodeError:
            lines[place] = _windows(each).encode()
            repairs.add("lines are not UTF-8 and are read as Windows-1252: save the file as UTF-8", 1, line + place)
    return b"".join(lines)


def _windows(text: bytes) -> str:
    try:
        return text.decode("cp1252")
    except UnicodeDecodeError:
        return text.decode("latin-1").translate(dict.fromkeys(range(0x80, 0xA0), " "))
