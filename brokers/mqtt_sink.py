"""The MQTT sink: slices leave this process as messages, and wire faults are acted out.

Owns encoding ahead of time, the send stamp and the accounts of the sending side. Connections are `brokers.clients`'.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brokers.clients import MqttClient
from brokers.wire import DeviceTopics, Encoder, stamped
from sim.batches import Slice
from sim.errors import CitybeatError, ServiceError
from sim.faults import DUPLICATED, LOST, MALFORMED
from sim.histogram import Histogram
from sim.pace import Pace, wall_us
from sim.ports import Receipt

# How long one turn of the network thread waits for something to do.
TURN_S = 0.02
# At speed max the pump outruns any broker; beyond this many waiting messages it has to wait.
FULL = 20_000


@dataclass(slots=True)
class Staged:
    """One encoded batch of a staged slice: topics and payloads by row; `due_us` is empty at speed max."""

    kind: str
    qos: int
    retain: bool
    topics: list[str]
    payloads: list[bytes]
    due_us: NDArray[np.int64]
    fault: NDArray[np.uint8]


@dataclass(slots=True)
class MqttSink:
    """Publishes what it is given; `qos` (none: as declared) overrides every kind's. `shift_us` turns city into wire time.

    `sent` counts messages handed to the client by kind, repeats of injected duplicates left out; `lag` is µs from due to put.
    """

    client: MqttClient
    pace: Pace
    run: str
    root: str
    qos: int | None = None
    shift_us: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    retained: set[str] = field(default_factory=set)
    levels: dict[str, int] = field(default_factory=dict)
    lag: Histogram = field(default_factory=Histogram)
    acks: Histogram = field(default_factory=Histogram)
    _encoder: Encoder = field(default_factory=Encoder)
    _topics: DeviceTopics = field(init=False)
    _staged: dict[int, list[Staged]] = field(default_factory=dict)
    _thread: threading.Thread = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)
    _failure: CitybeatError | None = None

    def __post_init__(self) -> None:
        """Start the thread that does the network's work. Raises UsageError for an unusable root."""
        self._topics = DeviceTopics(self.root)
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self.client.pump(TURN_S)
        except CitybeatError as error:
            self._failure = error

    def stage(self, piece: Slice) -> None:
        """Encode a slice ahead of its time."""
        staged = []
        for batch in piece.batches:
            due_us = np.zeros(0, dtype=np.int64) if self.pace.unpaced else self.pace.due_us(batch.release_us)
            payloads = self._encoder.encode(batch, run=self.run, shift_us=self.shift_us, due_us=None if self.pace.unpaced else due_us)
            qos = batch.kind.qos if self.qos is None else self.qos
            topics = self._topics.of(batch)
            staged.append(Staged(batch.kind.name, qos, batch.kind.retain, topics, payloads, due_us, batch.fault))
        self._staged[piece.span.index] = staged

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Publish departures first..last. Raises ServiceError when the broker is lost for good."""
        taken = {}
        for index, rows in piece.cut(first, last):
            staged = self._staged[piece.span.index][index]
            now_us = wall_us()
            if len(staged.due_us):
                self.lag.record(np.maximum(now_us - staged.due_us[rows], 0))
            self._publish(staged, rows, now_us)
            taken[staged.kind] = len(rows)
            if now_us > self.pace.expected_end_us() and not self.pace.unpaced:
                self.late[staged.kind] += len(rows)
        if last == len(piece.departures):
            self._staged.pop(piece.span.index, None)
        return Receipt(taken)

    def _publish(self, staged: Staged, rows: NDArray[np.int32], now_us: int) -> None:
        faults = staged.fault[rows]
        if faults.any():
            rows = rows[faults != LOST]
            rows = np.repeat(rows, np.where(staged.fault[rows] == DUPLICATED, 2, 1))
        chosen = rows.tolist()
        topics = [staged.topics[row] for row in chosen]
        payloads = stamped([staged.payloads[row] for row in chosen], now_us)
        for place in np.flatnonzero(staged.fault[rows] == MALFORMED).tolist():
            payloads[place] = payloads[place][: len(payloads[place]) // 2]
        if staged.retain:
            self.retained.update(topics)
        self._hand_over(topics, payloads, staged.qos, retain=staged.retain)
        self.sent[staged.kind] += len(np.unique(rows))
        self.levels[staged.kind] = staged.qos

    def _hand_over(self, topics: list[str], payloads: list[bytes], qos: int, *, retain: bool) -> None:
        """Hand messages to the client; when its queue is full this waits, and the lag shows it."""
        done = 0
        while done < len(topics):
            self._check()
            done += self.client.publish(topics[done:], payloads[done:], qos, retain=retain)
            while (done < len(topics) or self.pace.unpaced) and self.client.counters.backlog > FULL:
                self._check()
                time.sleep(TURN_S / 10)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        if not self._thread.is_alive():
            msg = "the MQTT thread ended without a reason"
            raise ServiceError(msg)

    def observe(self) -> None:
        """Take over the acknowledgement times since the last call."""
        self.acks.record(self.client.take_ack_latencies())

    def acked_of(self, kind: str) -> int:
        """Return how many messages of a kind the broker acknowledged; none of QoS 0."""
        return self.sent[kind] if not self.in_flight and self.levels.get(kind) == 1 else 0

    @property
    def in_flight(self) -> int:
        """Return how many messages wait to be sent or acknowledged."""
        return self.client.counters.backlog + self.client.counters.in_flight

    def settle(self, deadline_s: float) -> Receipt:
        """Wait until everything is written and acknowledged, at most so long; stop the network thread.

        Raises ServiceError when the broker was lost for good.
        """
        limit = time.monotonic() + deadline_s
        while self.in_flight and time.monotonic() < limit:
            self._check()
            time.sleep(TURN_S)
        self._stop.set()
        self._thread.join()
        self._check_failure()
        self.client.drain(max(limit - time.monotonic(), TURN_S))
        self.observe()
        self._staged.clear()
        return Receipt(dict(self.sent))

    def _check_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
