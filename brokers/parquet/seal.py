"""Seals: a part carries the checksum of its own content, so that one flipped bit is found.

Owns where the checksum stands. It is a value of the part's metadata, as long as a checksum and all zeros when the content is
summed; so it covers every other byte of the file, and part and checksum cannot come apart.
"""

from hashlib import sha256
from pathlib import Path

KEY = "citybeat.seal"
MARK = b"sha256:"
DIGITS = sha256().digest_size * 2
BLANK = MARK.decode() + "0" * DIGITS  # what a part is written with, before it is sealed


def seal(path: Path) -> None:
    """Put the checksum of a part, written with BLANK under KEY, into the part."""
    content = bytearray(path.read_bytes())
    at = _place(content)
    with path.open("rb+") as file:
        file.seek(at)
        file.write(sha256(content).hexdigest().encode())


def check_seal(content: bytes) -> None:
    """Raise ValueError for the content of a part that is not what was sealed."""
    blank = bytearray(content)
    at = _place(blank)
    found = bytes(blank[at : at + DIGITS])
    blank[at : at + DIGITS] = b"0" * DIGITS
    if sha256(blank).hexdigest().encode() != found:
        msg = "its checksum is not that of its content"
        raise ValueError(msg)


def _place(content: bytes | bytearray) -> int:
    """Return where the digits stand: metadata are the end of a part. Raises ValueError for a part without."""
    at = content.rfind(MARK) + len(MARK)
    if at < len(MARK) or at + DIGITS > len(content):
        msg = "it has no checksum"
        raise ValueError(msg)
    return at
