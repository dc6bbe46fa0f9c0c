"""Passed over: what a reader of a shared broker leaves alone, how much of it, and why, in words for people.

Owns the words. What is passed over, its caller decides: an ingest, or `citybeat tail`.
"""

from collections import Counter

from brokers.codec.messages import Reason

# How many messages lie behind a reason, said of strangers' as of our own.
WORDS = {
    Reason.FOREIGN_RUN: "of other runs",
    Reason.FOREIGN_TOPIC: "on topics of no kind",
    Reason.MALFORMED: "no JSON objects",
    Reason.MISSING_FIELD: "without run, time or seq",
    Reason.WRONG_TYPE: "with a value of the wrong type",
    Reason.UNKNOWN_VALUE: "with an unknown word",
    Reason.UNKNOWN_FIELD: "with an unknown field",
    Reason.OVERSIZE: "too long",
}
LONGEST = 80  # of an example: strangers may send anything


class PassedOver:
    """Counts by reason, and the first example of each; says them once for every change."""

    def __init__(self) -> None:
        """Start with nothing passed over."""
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._said = 0

    def add(self, reason: str, example: str, count: int = 1) -> None:
        """Count messages of one reason; `example` is a topic of one of them, or what else tells it."""
        self._counts[reason] += count
        if reason not in self._examples:
            shown = example if example.isprintable() else ascii(example)
            self._examples[reason] = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"

    def news(self) -> str:
        """Return what was passed over so far in one line, empty when nothing came since the last call."""
        total = self._counts.total()
        if total == self._said:
            return ""
        self._said = total
        sorts = [
            f"{count:,} {WORDS.get(Reason(reason), reason) if reason in set(Reason) else reason} (first: {self._examples[reason]})"
            for reason, count in self._counts.most_common()
        ]
        return f"passed over {total:,} message{'s' * (total > 1)}: {', '.join(sorts)}"
