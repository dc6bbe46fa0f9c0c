"""Notes: what a system repaired or left out in its input, for people to read before and after a run.

Owns the note and its words. Who finds something to note is the systems' business, where it is shown citybeat's.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """One sort of thing: `count` times `what` (0: not counted), first met in `file` at `line` (empty, 0: nowhere in particular)."""

    what: str
    count: int = 0
    file: str = ""
    line: int = 0

    def text(self) -> str:
        """Return the note in words: `2 trips without a route were left out (first: trips.txt line 7)`."""
        counted = f"{self.count:,} {self.what}" if self.count else self.what
        if not self.file:
            return counted
        return f"{counted} (first: {self.file} line {self.line})" if self.line else f"{counted} ({self.file})"

    def as_dict(self) -> dict[str, str | int]:
        """Return the note as summary.json has it."""
        return {"file": self.file, "line": self.line, "what": self.what, "count": self.count, "text": self.text()}
