"""Dead letters: every message that could not be used, with its reason, for people to look at.

Owns RUN/dead_letters.jsonl. Counting them is the books' business; they are complete, this file is bounded.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from sim.errors import DiskError

PAYLOAD_BYTES = 4_096  # of each message; a longer one is cut and says so
FILE_BYTES = 64 * 1024 * 1024  # a flood of bad messages must not fill the disk that the run needs


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that cannot be used, the reason as one word, and the offending place in words; `foreign` when it is no run's."""

    topic: str
    payload: bytes
    reason: str
    detail: str
    foreign: bool = False


class DeadLetters:
    """Appends letters to a file of JSON lines; made with the first letter."""

    def __init__(self, path: Path, limit_bytes: int = FILE_BYTES) -> None:
        """Keep the path. `unwritten` counts letters for which there was no room."""
        self.path = path
        self.unwritten = 0
        self._limit_bytes = limit_bytes
        self._size = path.stat().st_size if path.exists() else 0

    def write(self, letters: Iterable[Letter]) -> None:
        """Append letters, whole lines only; foreign ones fill at most half of the file.

        Raises DiskError when the file cannot be written; they then count as unwritten.
        """
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        kept: list[bytes] = []
        size = self._size
        for letter in letters:
            line = orjson.dumps(_row(letter, at), option=orjson.OPT_APPEND_NEWLINE)
            fits = size + len(line) <= self._limit_bytes // (1 + letter.foreign)
            kept += [line] if fits else []
            size += len(line) if fits else 0
            self.unwritten += not fits
        if kept:
            self._append(b"".join(kept), len(kept))

    def _append(self, content: bytes, count: int) -> None:
        try:
            with self.path.open("ab", buffering=0) as file:
                try:
                    view = memoryview(content)
                    while view:
                        view = view[file.write(view) :]
                except OSError:
                    file.truncate(self._size)
                    raise
        except OSError as error:
            self.unwritten += count
            msg = f"cannot write dead letters to {self.path} ({error.strerror}): free space there; they are counted all the same"
            raise DiskError(msg) from error
        self._size += len(content)


def _row(letter: Letter, at: str) -> dict[str, object]:
    """Return a letter as it stands in the file: text as text, anything else in base64."""
    payload = letter.payload[:PAYLOAD_BYTES]
    row: dict[str, object] = {"at": at, "reason": letter.reason, "detail": letter.detail, "topic": letter.topic}
    try:
        row["payload"] = payload.decode()
    except UnicodeDecodeError:
        row["payload_base64"] = base64.b64encode(payload).decode()
    if letter.foreign:
        row["foreign"] = True
    if len(letter.payload) > PAYLOAD_BYTES:
        row["payload_bytes"] = len(letter.payload)
    return row
