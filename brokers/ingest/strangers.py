"""Strangers: whose a message is that cannot be used.

Owns the rule: it is a run's when it names the run, or names none and comes on a topic on which the run publishes. Anything else is
foreign, counted apart and no fault of the run's.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from brokers.codec import Bad, Reason
from brokers.codec.messages import RUN_ID
from brokers.ingest.accounts import IngestBooks

RUN_NAMED = re.compile(rb'"run"\s*:\s*"(' + RUN_ID.encode() + rb')"')
HEAD_BYTES = 512  # of a payload: the run stands near its beginning
MOST_UNCLAIMED = 10_000  # topics and runs of which we may yet hear; a stranger may invent more, which stay foreign

Published = Callable[[str, str], bool]


class Strangers:
    """Tells rejected messages of runs from foreign ones; `run` is the only run kept, None keeps all."""

    def __init__(self, books: IngestBooks, run: str | None, published: Published) -> None:
        """Take the books, and what says whether a run has brought a good event on a topic: (run, topic)."""
        self._books = books
        self._run = run
        self._published = published
        self._unclaimed: dict[tuple[str, str], Counter[str]] = {}

    def passes(self, kind: str, topic: str, payload: bytes, bad: Bad) -> bool:
        """Book a message that cannot be used; return whether it is foreign."""
        named = self._named(payload)
        owner = None if bad.reason is Reason.FOREIGN_RUN else self._owner(topic, named)
        if owner is not None:
            self._books.reject(kind, [bad.reason.value], received=True, run=owner)
            return False
        self._books.pass_over(kind, bad.reason.value, bad.detail if bad.reason is Reason.FOREIGN_RUN else topic)
        if bad.reason is not Reason.FOREIGN_RUN:
            self._remember(kind, topic, named, bad.reason.value)
        return True

    def _named(self, payload: bytes) -> str:
        found = RUN_NAMED.search(payload, 0, HEAD_BYTES)
        return found[1].decode() if found else ""

    def _owner(self, topic: str, named: str) -> str | None:
        if named:
            return named if named == self._run or (self._run is None and self._books.knows(named)) else None
        runs = [self._run] if self._run is not None else reversed(self._books.runs)  # of several on one topic the latest
        return next((run for run in runs if self._published(run, topic)), None)

    def _remember(self, kind: str, topic: str, named: str, reason: str) -> None:
        """Keep what a run may yet claim: of all runs by its name only, for topics outlive runs; of the only one by its topic."""
        key = (kind, named if self._run is None else "" if named else topic)
        if key[1] and (key in self._unclaimed or len(self._unclaimed) < MOST_UNCLAIMED):
            self._unclaimed.setdefault(key, Counter())[reason] += 1

    def reveal(self, kind: str, topics: Iterable[str], runs: Iterable[str]) -> None:
        """Claim for their runs what came before the first good event of a topic: columns of equal length."""
        if not self._unclaimed:
            return
        for topic, run in set(zip(topics, runs, strict=True)):
            for key in ((kind, topic), (kind, run)):
                if (reasons := self._unclaimed.pop(key, None)) is not None:
                    self._books.claim(kind, run, reasons)
