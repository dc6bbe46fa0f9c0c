"""What an ingest says of itself once a second: cumulative books, latencies and the state of its store.

Owns the message and its topics. The books behind it are `brokers.ingest.accounts`'s, reading it back is
`brokers.ingest.status_reader`'s.
"""

import base64
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import orjson

from brokers.codec.topics import OWN_ROOT, PROBE_LEVEL, level
from sim.histogram import Histogram

LEVEL = "ingest"
LONGEST_NAME = 200
LONGEST_TROUBLE = 4_000
ALL = "all"  # in place of a run, where an ingest that reads all of them says that it is there


class StoreState(StrEnum):
    """Whether the store takes rows; FULL: it does not, and neither does the spool, so acknowledgement has stopped."""

    UP = "up"
    AWAY = "away"
    FULL = "full"


@dataclass(slots=True)
class KindStatus:
    """Cumulative counts of one kind of a run; `rehearsed` are empty messages from before its first event.

    received = duplicated + first + what was rejected on reading; first = stored + what is held in memory or in the spool + what the
    store rejected. What an earlier process left in the spool only counts as stored. `content` is the sum of the fingerprints of
    first deliveries. `spooled` counts what ever went into the spool, `waiting` what of that is still there. `foreign` counts, by
    reason, deliveries that are not the run's. Latencies in µs, of first deliveries, to the moment at which the store had taken the row.
    """

    received: int = 0
    duplicated: int = 0
    first: int = 0
    content: int = 0
    stored: int = 0
    spooled: int = 0
    waiting: int = 0
    rehearsed: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)
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
        content = {name: getattr(self, name) for name in PLAIN}
        return orjson.dumps(content | {"kinds": {name: _pack_kind(kind) for name, kind in self.kinds.items()}})


PLAIN = tuple(name for name in Status.__dataclass_fields__ if name != "kinds")
COUNTS = ("received", "duplicated", "first", "content", "stored", "spooled", "waiting", "rehearsed")
REASONS = ("rejected", "foreign")
LATENCIES = ("from_due", "from_sent")
MOMENTS = ("count", "total", "squares", "least", "greatest")


def status_topic(run: str, name: str) -> str:
    """Return the topic of an ingest's status about a run."""
    return f"{OWN_ROOT}/{level(run)}/{LEVEL}/{level(name)}"


def status_filter(run: str) -> str:
    """Return what to subscribe to for the statuses of every ingest about a run."""
    return f"{OWN_ROOT}/{level(run)}/{LEVEL}/+"


def is_ours(topic: str) -> bool:
    """Return whether a topic is citybeat's own: a status or a probe, which a reader of the root `citybeat` hears too."""
    levels = topic.split("/")
    if levels[0] != OWN_ROOT:
        return False
    return (len(levels) == 4 and levels[2] == LEVEL) or (len(levels) == 3 and levels[1] == PROBE_LEVEL)  # noqa: PLR2004 - as above


def _pack_kind(kind: KindStatus) -> dict[str, object]:
    plain = {name: getattr(kind, name) for name in COUNTS + REASONS}
    return plain | {name: _pack(getattr(kind, name)) for name in LATENCIES}


def _pack(histogram: Histogram) -> dict[str, object]:
    """Freeze a histogram with its buckets deflated: thousands of pairs would pass what a broker takes in one message."""
    frozen = {name: getattr(histogram, name) for name in MOMENTS}
    counts = np.zeros(0, dtype=np.int64) if histogram.counts is None else histogram.counts
    filled = np.flatnonzero(counts)
    steps = np.diff(filled + histogram.first, prepend=0)  # mostly 1, which deflates to nothing
    pairs = np.concatenate([steps, counts[filled]]).astype("<i8")
    return frozen | {"buckets": base64.b64encode(zlib.compress(pairs.tobytes(), 1)).decode()}
