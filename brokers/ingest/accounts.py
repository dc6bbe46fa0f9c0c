"""The books of an ingest: one account for each run it hears of, and what they say once a second.

Owns the accounts and their lock. The message is `brokers.ingest.status`'s, who sends it `brokers.ingest.reader`.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from brokers.codec.passed_over import PassedOver
from brokers.ingest.proof import Seal
from brokers.ingest.status import ALL, LONGEST_TROUBLE, KindStatus, Status, StoreState, status_topic
from sim.clock import wall_us

# A run whose books did not change for so long is no longer spoken of; a stranger may invent runs, so only so many are kept.
LIVE_S = 30.0
MOST_RUNS = 64


@dataclass(slots=True)
class Account:
    """The books of one run at an ingest since they were opened, and when they changed last (monotonic clock)."""

    kinds: dict[str, KindStatus] = field(default_factory=dict)
    opened_us: int = field(default_factory=wall_us)
    changed_s: float = 0.0


class IngestBooks:
    """The books of an ingest, one account for each run, written by one thread and read by another under one lock.

    What cannot be told to belong to a run is on the ingest's own account: that of its run, or of all.
    """

    def __init__(self, run: str, name: str, seal: Seal | None = None) -> None:
        """Start empty, now; an empty `run` reads all."""
        self.lock = threading.Lock()
        self.store = StoreState.UP
        self.last_error = ""
        self.passed_over = PassedOver()
        self.notes: list[str] = []
        self._run = run
        self._name = name
        self._seal = seal or Seal()
        self._sequence = 0
        self._accounts: dict[str, Account] = {run: Account()}

    def of(self, kind: str, run: str | None = None) -> KindStatus:
        """Return the counts of a kind of a run (none: own account), opened at the first call. Change them under the lock only."""
        account = self._account(self._run if run is None else run)
        account.changed_s = time.monotonic()
        return account.kinds.setdefault(kind, KindStatus())

    def _account(self, run: str) -> Account:
        if run not in self._accounts:
            if len(self._accounts) > MOST_RUNS:
                others = [known for known in self._accounts if known != self._run]
                del self._accounts[min(others, key=lambda known: self._accounts[known].changed_s)]
            self._accounts[run] = Account()
        return self._accounts[run]

    def knows(self, run: str) -> bool:
        """Return whether events of a run have been booked."""
        return run in self._accounts

    @property
    def runs(self) -> list[str]:
        """Return the runs of which events have been booked."""
        return [run for run in self._accounts if run]

    @property
    def stored(self) -> int:
        """Return how many rows of all runs the store has taken."""
        with self.lock:
            return sum(kind.stored for account in self._accounts.values() for kind in account.kinds.values())

    def news(self) -> list[str]:
        """Return what people should know and have not been told: notes, and what was passed over."""
        with self.lock:
            notes, self.notes = self.notes, []
            return [*notes, *filter(None, [self.passed_over.news()])]

    def reject(self, kind: str, reasons: Iterable[str], *, received: bool, run: str | None = None) -> None:
        """Count rejected deliveries; `received` when they have not been counted as received yet."""
        with self.lock:
            counts = Counter(reasons)
            books = self.of(kind, run)
            books.rejected.update(counts)
            books.received += counts.total() if received else 0

    def pass_over(self, kind: str, reason: str, example: str) -> None:
        """Count a delivery that is nobody's, or another run's, with what tells it."""
        with self.lock:
            self.of(kind).foreign[reason] += 1
            self.passed_over.add(reason, example)

    def claim(self, kind: str, run: str, reasons: Counter[str]) -> None:
        """Turn deliveries that seemed foreign into rejected ones of a run: it has turned out to publish on their topic."""
        with self.lock:
            self.of(kind).foreign.subtract(reasons)
            books = self.of(kind, run)
            books.rejected.update(reasons)
            books.received += reasons.total()

    def note(self, words: str) -> None:
        """Note what people should know once: it is the last error as long as there is no other."""
        with self.lock:
            self.notes.append(words)
            self.last_error = self.last_error or _plain(words)

    def turn(self, store: StoreState, error: str) -> None:
        """Note the state of the store, and why when it is not up: in one line, for a server may say anything."""
        with self.lock:
            self.store, self.last_error = store, _plain(error)

    def messages(
        self, *, held_rows: int, spool_rows: int, spool_bytes: int, reconnects: int, letters_unwritten: int
    ) -> list[tuple[str, bytes]]:
        """Return (topic, status message) of the own account and of every run whose books changed lately."""
        with self.lock:
            self._sequence += 1
            since_s = time.monotonic() - LIVE_S
            return [
                (
                    status_topic(run or ALL, self._name),
                    self._seal.sealed(
                        Status(
                            run=run,
                            name=self._name,
                            started_us=account.opened_us,
                            sequence=self._sequence,
                            at_us=wall_us(),
                            cpu_s=time.process_time(),
                            store=self.store,
                            trouble=self.last_error,
                            held_rows=held_rows,
                            spool_rows=spool_rows,
                            spool_bytes=spool_bytes,
                            reconnects=reconnects,
                            letters_unwritten=letters_unwritten,
                            kinds=account.kinds,
                        ).encode()
                    ),
                )
                for run, account in self._accounts.items()
                if run == self._run or account.changed_s > since_s
            ]


def _plain(words: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in words)[:LONGEST_TROUBLE]
