"""The monitor: what the run hears of its ingests, once a second over MQTT.

Owns the latest status of each ingest of this run and their sums. Counts are cumulative, so a lost message costs nothing.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from brokers.ingest.status import ALL, KindStatus, Status, status_filter
from brokers.mqtt.clients import MqttClient
from citybeat.ingest_child import CHILD, IngestChild
from sim.books import Books
from sim.errors import CitybeatError, ServiceError
from sim.histogram import Histogram

WAIT_S = 0.2
SETTLED_S = 0.5  # how long a status that the broker has may take to reach us


@dataclass(slots=True)
class Monitor:
    """Listens in a thread of its own. `child` is the ingest we started, absent when it is external.

    With a child of ours, which leaves its `last_status` in a file, only its accounts count: another ingest may read the same
    broker for purposes of its own. `on_status` is told of each status: after a reconnect the run waits for one.
    """

    client: MqttClient
    run: str
    child: IngestChild | None = None
    last_status: Path | None = None
    on_status: Callable[[], None] = field(default=lambda: None)
    _latest: dict[tuple[str, int], Status] = field(default_factory=dict)
    _heard: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _failure: CitybeatError | None = None
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Subscribe and listen. Raises ServiceError when the broker refuses."""
        self.client.subscribe([status_filter(self.run), *([] if self.child else [status_filter(ALL)])], 1)
        self._thread = threading.Thread(target=self._listen, name="monitor", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        try:
            while not self._stop.is_set():
                inbox = self.client.receive(WAIT_S)
                for payload in inbox.payloads:
                    self._take(payload)
                self.client.acknowledge(inbox.tokens[inbox.tokens >= 0])
        except CitybeatError as error:
            self._failure = error

    def _take(self, payload: bytes) -> None:
        try:
            status = Status.decode(payload)
        except ValueError:
            return  # a stranger on our topic; the books come from messages that can be read
        if status.run not in (self.run, "") or (self.child is not None and status.name != CHILD):
            return
        self._heard.set()
        self.on_status()
        if not status.run:
            return  # an ingest of all runs is there; it opens our account with our first event
        key = (status.name, status.started_us)
        with self._lock:
            known = self._latest.get(key)
            if known is None or known.sequence < status.sequence:
                self._latest[key] = status

    def wait_ready(self, deadline_s: float) -> None:
        """Wait for the first status. Raises ServiceError when no ingest speaks up in time, or ours ended."""
        limit = time.monotonic() + deadline_s
        while not self._heard.is_set():
            self.check()
            if time.monotonic() > limit:
                msg = (
                    f"no ingest reported within {deadline_s:g} s on {self.client.settings.place}: "
                    "start one with `citybeat ingest`, or leave out --ingest external"
                )
                raise ServiceError(msg)
            time.sleep(WAIT_S / 10)

    def check(self) -> None:
        """Raise what ended the monitor or the ingest we started; quiet while both live."""
        if self._failure is not None:
            raise self._failure
        if self.child is not None:
            self.child.check()

    def hear_last_words(self) -> None:
        """Stop the ingest we started, if any, and take its last status: from its file, for the broker may be lost."""
        if self.child is None:
            time.sleep(SETTLED_S)
            return
        self.child.stop()
        if self.last_status is not None and self.last_status.exists():
            self._take(self.last_status.read_bytes())
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

    def fill(self, books: Books) -> None:
        """Copy received, duplicated, rejected and (believed) stored into the books."""
        for name, kinds in self._kinds().items():
            if name in books.kinds or any(kind.rejected for kind in kinds):
                row = books.of(name or "(no kind)")
                row.received = sum(kind.received for kind in kinds)
                row.duplicated = sum(kind.duplicated for kind in kinds)
                row.stored = sum(kind.stored for kind in kinds)
                row.spooled = sum(kind.waiting for kind in kinds)
                row.rejected.clear()
                for kind in kinds:
                    row.rejected.update(kind.rejected)

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
        self.client.close(forget_session=True)
