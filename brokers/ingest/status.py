"""What an ingest says of itself once a second: cumulative books, latencies and the state of its store.

Owns the message and the books behind it. Who sends it is `brokers.ingest.reader`'s, who reads it citybeat's.
"""

import base64
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import orjson

from brokers.wire.topics import level
from sim.histogram import Histogram
from sim.pace import wall_us

STATUS_ROOT = "citybeat"  # not the root of events: whoever may read those need not read our accounts
LEVEL = "ingest"
PROBE_LEVEL = "probe"
ALL = "all"  # in place of a run, where an ingest that reads all of them says that it is there

# A run whose books did not change for so long is no longer spoken of; a stranger may invent runs, so only so many are kept.
LIVE_S = 30.0
MOST_RUNS = 64


class StoreState(StrEnum):
    """Whether the store takes rows; FULL: it does not, and neither does the spool, so acknowledgement has stopped."""

    UP = "up"
    AWAY = "away"
    FULL = "full"


@dataclass(slots=True)
class KindStatus:
    """Cumulative counts of one kind: deliveries of this run, and of others (`foreign`).

    received = duplicated + stored + rejected + what is held in memory or in the spool, but for what an earlier process left
    in the spool, which only counts as stored. `spooled` counts what ever went into the spool, `waiting` what of that is still
    there. Latencies in µs, of first
    deliveries, to the moment at which the store had taken the row.
    """

    received: int = 0
    duplicated: int = 0
    stored: int = 0
    spooled: int = 0
    waiting: int = 0
    foreign: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    from_due: Histogram = field(default_factory=Histogram)
    from_sent: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class Status:
    """One status message. Counts run since `started_us` (a restarted ingest starts anew); the highest `sequence` wins.

    An empty `run` is the account of all: what no run can be named for. Messages on topics that belong to no kind are booked
    under the empty name. `at_us` is ingest's wall clock. Rejected messages are all counted; `letters_unwritten` of them found
    no room in the dead letters.
    """

    run: str
    name: str
    started_us: int
    sequence: int
    at_us: int
    cpu_s: float
    store: StoreState
    trouble: str
    held_rows: int
    spool_rows: int
    spool_bytes: int
    reconnects: int
    letters_unwritten: int
    kinds: Mapping[str, KindStatus]

    def encode(self) -> bytes:
        """Return the message."""
        content = {name: getattr(self, name) for name in _PLAIN}
        return orjson.dumps(content | {"kinds": {name: _pack_kind(kind) for name, kind in self.kinds.items()}})

    @classmethod
    def decode(cls, message: bytes) -> "Status":
        """Read a message. Raises ValueError when it is none."""
        try:
            content = orjson.loads(message)
            kinds = {name: _unpack_kind(kind) for name, kind in content.pop("kinds").items()}
            return cls(**content | {"store": StoreState(content["store"]), "kinds": kinds})
        except (KeyError, TypeError, AttributeError, ValueError, zlib.error) as error:
            msg = f"not a status message of an ingest: {message[:80]!r} ({error})"
            raise ValueError(msg) from error


_PLAIN = tuple(name for name in Status.__dataclass_fields__ if name != "kinds")
_COUNTS = ("received", "duplicated", "stored", "spooled", "waiting", "foreign")


def status_topic(run: str, name: str) -> str:
    """Return the topic of an ingest's status about a run."""
    return f"{STATUS_ROOT}/{level(run)}/{LEVEL}/{level(name)}"


def status_filter(run: str) -> str:
    """Return what to subscribe to for the statuses of every ingest about a run."""
    return f"{STATUS_ROOT}/{level(run)}/{LEVEL}/+"


def probe_topic(token: str) -> str:
    """Return the topic of an experiment with a broker."""
    return f"{STATUS_ROOT}/{PROBE_LEVEL}/{token}"


def is_ours(topic: str) -> bool:
    """Return whether a topic is citybeat's own: a status or a probe, which a reader of the root `citybeat` hears too."""
    levels = topic.split("/")
    if levels[0] != STATUS_ROOT:
        return False
    return (len(levels) == 4 and levels[2] == LEVEL) or (len(levels) == 3 and levels[1] == PROBE_LEVEL)  # noqa: PLR2004 - as above


@dataclass(slots=True)
class Account:
    """The books of one run at an ingest, and when they changed last (monotonic clock)."""

    kinds: dict[str, KindStatus] = field(default_factory=dict)
    changed_s: float = 0.0


class IngestBooks:
    """The books of an ingest, one account for each run, written by one thread and read by another under one lock.

    What cannot be told to belong to a run is on the ingest's own account: that of its run, or of all.
    """

    def __init__(self, run: str, name: str) -> None:
        """Start empty, now; an empty `run` reads all."""
        self.lock = threading.Lock()
        self.store = StoreState.UP
        self.trouble = ""
        self._run = run
        self._name = name
        self._started_us = wall_us()
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

    def reject(self, kind: str, reasons: Iterable[str], *, received: bool, run: str | None = None) -> None:
        """Count rejected deliveries; `received` when they have not been counted as received yet."""
        with self.lock:
            counts = Counter(reasons)
            books = self.of(kind, run)
            books.rejected.update(counts)
            books.received += counts.total() if received else 0

    def turn(self, store: StoreState, trouble: str) -> None:
        """Note the state of the store, and why when it is not up."""
        with self.lock:
            self.store, self.trouble = store, trouble

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
                    Status(
                        run=run,
                        name=self._name,
                        started_us=self._started_us,
                        sequence=self._sequence,
                        at_us=wall_us(),
                        cpu_s=time.process_time(),
                        store=self.store,
                        trouble=self.trouble,
                        held_rows=held_rows,
                        spool_rows=spool_rows,
                        spool_bytes=spool_bytes,
                        reconnects=reconnects,
                        letters_unwritten=letters_unwritten,
                        kinds=account.kinds,
                    ).encode(),
                )
                for run, account in self._accounts.items()
                if run == self._run or account.changed_s > since_s
            ]


def _pack_kind(kind: KindStatus) -> dict[str, object]:
    return {
        **{name: getattr(kind, name) for name in _COUNTS},
        "rejected": kind.rejected,
        "from_due": _pack(kind.from_due),
        "from_sent": _pack(kind.from_sent),
    }


def _unpack_kind(content: dict[str, Any]) -> KindStatus:
    counts = {name: int(content[name]) for name in _COUNTS}
    return KindStatus(
        **counts,
        rejected=Counter(content["rejected"]),
        from_due=_unpack(content["from_due"]),
        from_sent=_unpack(content["from_sent"]),
    )


def _pack(histogram: Histogram) -> dict[str, object]:
    """Freeze a histogram with its buckets deflated: thousands of pairs would pass what a broker takes in one message."""
    frozen = {name: getattr(histogram, name) for name in ("count", "total", "squares", "least", "greatest")}
    counts = np.zeros(0, dtype=np.int64) if histogram.counts is None else histogram.counts
    filled = np.flatnonzero(counts)
    steps = np.diff(filled + histogram.first, prepend=0)  # mostly 1, which deflates to nothing
    pairs = np.concatenate([steps, counts[filled]]).astype("<i8")
    return frozen | {"buckets": base64.b64encode(zlib.compress(pairs.tobytes(), 1)).decode()}


def _unpack(content: dict[str, Any]) -> Histogram:
    pairs = np.frombuffer(zlib.decompress(base64.b64decode(content["buckets"], validate=True)), dtype="<i8")
    steps, counts = pairs.reshape(2, -1)
    return Histogram.thaw(content | {"buckets": np.column_stack([np.cumsum(steps), counts])})
