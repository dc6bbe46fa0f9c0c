"""The status listener: what the run hears of its ingests, once a second over MQTT.

Owns whom to believe, the latest status of each ingest of this run, and their sums. Counts are cumulative, so a lost message costs
nothing.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brokers.codec.fingerprints import WRAP
from brokers.ingest.proof import KEY_ENVIRONMENT, Seal
from brokers.ingest.status import ALL, KindStatus, Status, StoreState, status_filter
from brokers.ingest.status_reader import read_status
from brokers.mqtt.clients import MqttClient
from citybeat.running.crashes import crash_of
from citybeat.running.ingest_process import CHILD, IngestChild
from sim.errors import CitybeatError, ServiceError
from sim.histogram import Histogram
from sim.judge.books import Books

WAIT_S = 0.2
SETTLED_S = 0.5  # how long a status that the broker has may take to reach us
MOST_INGESTS = 64  # without a key a stranger may invent them

UNPROVEN, UNREADABLE, REPEATED, CONTRARY = "unproven", "unreadable", "repeated", "contradicts an earlier one"


@dataclass(slots=True)
class StatusListener:
    """Listens in a thread of its own. `child` is the ingest we started, absent when it is external.

    With a key, only what is sealed with it is believed; `ignored` counts the rest by reason. With a child of ours, which leaves its
    `last_status` in a file, only its accounts count: another ingest may read the same broker for purposes of its own. `on_status`
    is told of each status that is believed: after a reconnect the run waits for one.
    """

    client: MqttClient
    run: str
    child: IngestChild | None = None
    last_status: Path | None = None
    on_status: Callable[[], None] = field(default=lambda: None)
    seal: Seal = field(default_factory=Seal)
    ignored: Counter[str] = field(default_factory=Counter)
    _latest: dict[tuple[str, int], Status] = field(default_factory=dict)
    _heard: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _failure: CitybeatError | None = None
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Subscribe and listen. Raises ServiceError when the broker refuses."""
        self.client.subscribe([status_filter(self.run), *([] if self.child else [status_filter(ALL)])], 1)
        self._thread = threading.Thread(target=self._listen, name="status listener", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while not self._stop.is_set():
                received = self.client.receive(WAIT_S)
                for topic, payload in zip(received.topics, received.payloads, strict=True):
                    self._receive(topic, payload)
                self.client.acknowledge(received.tokens[received.tokens >= 0])
        except CitybeatError as error:
            self._failure = error
        except Exception as error:  # noqa: BLE001 - whatever it was, the run ends with it
            self._failure = crash_of(error)

    def _receive(self, topic: str, payload: bytes) -> None:
        """Take a status, unless it is of an ingest that is not asked, or of one that does not prove itself."""
        if self.child is not None and topic.rpartition("/")[2] != CHILD:
            return
        if self.seal.key and not self.seal.proves(payload):
            self.ignored[UNPROVEN] += 1
        else:
            self._read(payload)

    def _read(self, payload: bytes) -> None:
        try:
            status = read_status(payload)
        except ValueError:
            self.ignored[UNREADABLE] += 1
            return
        if status.run not in (self.run, "") or (self.child is not None and status.name != CHILD):
            return
        # The account of all runs says that an ingest is there; it opens ours with our first event.
        if not status.run or self._accepted(status):
            self._heard.set()
            self.on_status()

    def _accepted(self, status: Status) -> bool:
        """Keep a status of our run if it can follow what is known of its ingest."""
        key = (status.name, status.started_us)
        with self._lock:
            reason = self._doubt(self._latest.get(key), status)
            if reason:
                self.ignored[reason] += 1
            else:
                self._latest[key] = status
        return not reason

    def _doubt(self, known: Status | None, status: Status) -> str:
        """Return why a status cannot follow what is known of its ingest, empty when it can."""
        if known is None:
            return UNPROVEN if len(self._latest) >= MOST_INGESTS else ""
        if status.sequence == known.sequence:
            return ""  # delivered again
        if status.sequence < known.sequence:
            return REPEATED
        return "" if follows(known, status) else CONTRARY

    def wait_ready(self, deadline_s: float) -> None:
        """Wait for the first status. Raises ServiceError when no ingest speaks up in time, or ours ended."""
        limit = time.monotonic() + deadline_s
        while not self._heard.is_set():
            self.check()
            if time.monotonic() > limit:
                unproven = f"; {self.ignored[UNPROVEN]} messages did not prove that theirs is our {KEY_ENVIRONMENT}"
                msg = (
                    f"no ingest reported within {deadline_s:g} s on {self.client.settings.place}: "
                    f"start one with `citybeat ingest`, or leave out --ingest external{unproven if self.ignored[UNPROVEN] else ''}"
                )
                raise ServiceError(msg)
            time.sleep(WAIT_S / 10)

    def wait_rehearsed(self, topics: Sequence[str], deadline_s: float) -> None:
        """Wait until ingest has heard the rehearsal of each topic. Raises ServiceError with one of which nothing came."""
        limit = time.monotonic() + deadline_s
        while silent := [topic for topic in topics if not any(kind.rehearsed for kind in self._kinds().get(topic.split("/")[-2], []))]:
            self.check()
            if time.monotonic() > limit:
                msg = (
                    f"broker {self.client.settings.place}: it took a message on {silent[0]} and no ingest that knows its kind heard of it: "
                    "check its access list (may we publish there, and may ingest read it?), and --root and --scenario of ingest"
                )
                raise ServiceError(msg)
            time.sleep(WAIT_S / 10)

    def check(self) -> None:
        """Raise what ended the listener or the ingest we started; quiet while both live."""
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive() and not self._stop.is_set():
            msg = "the status listener's thread ended without a reason: nobody hears ingest any more"
            raise ServiceError(msg)
        if self.child is not None:
            self.child.check()

    def read_last_status(self) -> None:
        """Stop the ingest we started, if any, and take its last status: from its file, for the broker may be lost."""
        if self.child is None:
            time.sleep(SETTLED_S)
            return
        self.child.stop()
        if self.last_status is not None and self.last_status.exists():
            self._receive(CHILD, self.last_status.read_bytes())
            self.last_status.unlink()

    def statuses(self) -> list[Status]:
        """Return the latest status of every ingest (one that restarted counts as two)."""
        with self._lock:
            return list(self._latest.values())

    def _kinds(self) -> dict[str, list[KindStatus]]:
        found: dict[str, list[KindStatus]] = {}
        for status in self.statuses():
            for name, kind in status.kinds.items():
                found.setdefault(name, []).append(kind)
        return found

    @property
    def proven(self) -> bool:
        """Return whether what is heard is proven to come from our ingest."""
        return bool(self.seal.key)

    @property
    def stored(self) -> int:
        """Return how many rows ingest believes to be stored."""
        return sum(kind.stored for kinds in self._kinds().values() for kind in kinds)

    @property
    def spooled(self) -> int:
        """Return how many rows wait in spools now."""
        return sum(status.spool_rows for status in self.statuses())

    @property
    def trouble(self) -> str:
        """Return what ails a store, in ingest's words; empty when nothing does."""
        return next((status.trouble for status in self.statuses() if status.trouble), "")

    @property
    def store_away(self) -> bool:
        """Return whether a store takes nothing, in the last word of any ingest (one that restarted has the word)."""
        last = {status.name: status for status in sorted(self.statuses(), key=lambda status: status.started_us)}
        return any(status.store is not StoreState.UP for status in last.values())

    def first_deliveries(self, kind: str) -> tuple[int, int]:
        """Return how many events of a kind came, each counted once, and the sum of their fingerprints."""
        kinds = self._kinds().get(kind, [])
        return sum(each.first for each in kinds), sum(each.content for each in kinds) % WRAP

    def fill(self, books: Books) -> None:
        """Copy what ingest counted, and what it believes to be stored, into the books."""
        for name, kinds in self._kinds().items():
            if name in books.kinds or any(kind.rejected or kind.foreign for kind in kinds):
                row = books.of(name or "(no kind)")
                row.received = sum(kind.received for kind in kinds)
                row.duplicated = sum(kind.duplicated for kind in kinds)
                row.stored = sum(kind.stored for kind in kinds)
                row.spooled = sum(kind.waiting for kind in kinds)
                row.rejected = sum((kind.rejected for kind in kinds), Counter())
                row.foreign = sum((kind.foreign for kind in kinds), Counter())

    def latencies(self) -> dict[str, tuple[Histogram, Histogram]]:
        """Return (from due, from sent) by kind, samples in µs."""
        merged: dict[str, tuple[Histogram, Histogram]] = {}
        for name, kinds in self._kinds().items():
            due, sent = Histogram(), Histogram()
            for kind in kinds:
                due.merge(kind.from_due)
                sent.merge(kind.from_sent)
            merged[name] = (due, sent)
        return merged

    def close(self) -> None:
        """Stop listening; the client's session is deleted."""
        self._stop.set()
        self._thread.join()
        self.client.close(discard_session=True)


def follows(before: Status, after: Status) -> bool:
    """Return whether the cumulative counts of an ingest only rose from one status to a later one."""
    for name, kind in before.kinds.items():
        now = after.kinds.get(name)
        if now is None or now.rejected.total() < kind.rejected.total():
            return False
        if any(getattr(now, count) < getattr(kind, count) for count in ("received", "duplicated", "first", "stored", "spooled")):
            return False
    return True
