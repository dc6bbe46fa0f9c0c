"""The MQTT sink: slices leave this process as messages, and wire faults are acted out.

Owns encoding ahead of time, the send stamp and the accounts of the sending side. Connections are `brokers.mqtt.clients`'.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brokers.codec import DeviceTopics, Encoder, stamped
from brokers.codec.fingerprints import WRAP, Fingerprints, Prints, total
from brokers.mqtt.clients import MqttClient, clear_retained
from sim.errors import ServiceError
from sim.events.batches import Fault, Slice
from sim.histogram import Histogram
from sim.play.pace import Pace
from sim.ports import Delivered, Receipt, never

# How long one turn of the network thread waits for something to do.
TURN_S = 0.02
# At speed max the pump outruns any broker; beyond this many waiting messages it has to wait.
FULL = 20_000
REPEATS = "injected repeats"  # an account beside the kinds'; no kind has a name with spaces


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
    prints: Prints


def torn(payload: bytes) -> bytes:
    """Return half of a payload, or a little more: it still names the run, on whose account it is spoiled."""
    return payload[: max(len(payload) // 2, payload.index(b',"t":'))]


@dataclass(slots=True)
class MqttSink:
    """Publishes what it is given; `qos` (none: as declared) overrides every kind's. `shift_us` turns city into wire time.

    Waits are given up when `hurry` says so; what was not handed over by then never leaves. `retaining` hears of topics before
    anything is retained there.
    `lag` is µs from due to put. Events are counted by kind; the repeats that faults inject are kept on an account of their own.
    """

    client: MqttClient
    pace: Pace
    run: str
    root: str
    qos: int | None = None
    shift_us: int = 0
    hurry: Callable[[], bool] = never
    retaining: Callable[[Iterable[str]], None] = field(default=lambda _topics: None)
    late: Counter[str] = field(default_factory=Counter)
    retained: set[str] = field(default_factory=set)
    lag: Histogram = field(default_factory=Histogram)
    acks: Histogram = field(default_factory=Histogram)
    fingerprints: Fingerprints = field(default_factory=Fingerprints)
    _whole: Counter[str] = field(default_factory=Counter)
    _content: Counter[str] = field(default_factory=Counter)
    _encoder: Encoder = field(default_factory=Encoder)
    _topics: DeviceTopics = field(init=False)
    _staged: dict[int, list[Staged]] = field(default_factory=dict)
    _thread: threading.Thread = field(init=False)
    _stop: threading.Event = field(default_factory=threading.Event)
    _failure: Exception | None = None

    def __post_init__(self) -> None:
        """Start the thread that does the network's work. Raises UsageError for an unusable root."""
        self._topics = DeviceTopics(self.root)
        self._thread = threading.Thread(target=self._work, name="mqtt", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self.client.pump(TURN_S)
        except Exception as error:  # noqa: BLE001 - whatever it was, the run ends with it
            self._failure = error

    def stage(self, piece: Slice) -> None:
        """Encode a slice ahead of its time."""
        staged = []
        for batch in piece.batches:
            due_us = np.zeros(0, dtype=np.int64) if self.pace.unpaced else self.pace.due_us(batch.release_us)
            payloads = self._encoder.encode(batch, run=self.run, shift_us=self.shift_us, due_us=None if self.pace.unpaced else due_us)
            qos = batch.kind.qos if self.qos is None else self.qos
            topics = self._topics.of(batch)
            if batch.kind.retain:
                self.retaining(topics)
            prints = self.fingerprints.of_batch(batch, self.shift_us)
            staged.append(Staged(batch.kind.name, qos, batch.kind.retain, topics, payloads, due_us, batch.fault, prints))
        self._staged[piece.span.index] = staged

    def put(self, piece: Slice, first: int, last: int) -> Receipt:
        """Publish events first..last of the send order. Raises ServiceError when the broker is lost for good."""
        taken = {}
        for index, rows in piece.cut(first, last):
            staged = self._staged[piece.span.index][index]
            now_us = self.pace.wall()
            if len(staged.due_us):
                self.lag.record(np.maximum(now_us - staged.due_us[rows], 0))
            self._publish(staged, rows, now_us)
            taken[staged.kind] = len(rows)
            if now_us > self.pace.expected_end_us() and not self.pace.unpaced:
                self.late[staged.kind] += len(rows)
        if last == len(piece.send_order):
            self._staged.pop(piece.span.index, None)
        return Receipt(taken)

    def _publish(self, staged: Staged, rows: NDArray[np.int32], now_us: int) -> None:
        faults = staged.fault[rows]
        whole = rows[(faults != Fault.LOST) & (faults != Fault.MALFORMED)] if faults.any() else rows
        self._whole[staged.kind] += len(whole)
        self._content[staged.kind] = (self._content[staged.kind] + total(staged.prints[whole])) % WRAP
        if not faults.any():
            self._send(staged, rows, now_us, staged.kind)
            return
        self._send(staged, rows[faults != Fault.LOST], now_us, staged.kind)
        self._send(staged, rows[faults == Fault.DUPLICATED], now_us, REPEATS)

    def _send(self, staged: Staged, rows: NDArray[np.int32], now_us: int, tag: str) -> None:
        chosen = rows.tolist()
        topics = [staged.topics[row] for row in chosen]
        payloads = stamped([staged.payloads[row] for row in chosen], now_us)
        for place in np.flatnonzero(staged.fault[rows] == Fault.MALFORMED).tolist():
            payloads[place] = torn(payloads[place])
        if staged.retain and self.client.settings.retain:
            self.retained.update(topics)
        self._hand_over(topics, payloads, staged.qos, retain=staged.retain, tag=tag)

    def _hand_over(self, topics: list[str], payloads: list[bytes], qos: int, *, retain: bool, tag: str) -> None:
        """Hand messages to the client; when its queue is full this waits, and the lag shows it."""
        done = 0
        while done < len(topics) and not self.hurry():
            self._check()
            done += self.client.publish(topics[done:], payloads[done:], qos, retain=retain, tag=tag)
            while (done < len(topics) or self.pace.unpaced) and self.client.counters.backlog > FULL and not self.hurry():
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

    def delivered(self, kind: str) -> Delivered:
        """Return what became of the events of a kind; what still waits in the client has not been sent."""
        counters = self.client.counters
        return Delivered(counters.published_by[kind], counters.acked_by[kind], counters.refused_by[kind], self.late[kind])

    def handed_over(self, kind: str) -> tuple[int, int]:
        """Return how many events of a kind were handed over to arrive whole, and the sum of their fingerprints."""
        return self._whole[kind], self._content[kind]

    @property
    def acked(self) -> int:
        """Return how many messages the broker acknowledged in all."""
        return self.client.counters.acked

    @property
    def in_flight(self) -> int:
        """Return how many messages wait to be sent or acknowledged."""
        return self.client.counters.backlog + self.client.counters.in_flight

    @property
    def trouble(self) -> str:
        """Return what ails the connection just now; empty when nothing does."""
        if self.client.away:
            return self.client.last_error
        return f"the broker is back: {self.in_flight:,} messages wait until ingest reports again" if self.client.held else ""

    @property
    def refusal(self) -> str:
        """Return the broker's words for an event that it would not take; empty when it took all."""
        return self.client.refusal

    def connection(self) -> Mapping[str, int | float]:
        """Return how the connection fared so far: losses, and how long events then waited for ingest."""
        counters = self.client.counters
        return {
            "reconnects": counters.reconnects,
            "refused": counters.refused,
            "waits_for_ingest": counters.holds,
            "waited_s": round(counters.held_s, 3),
            "waited_in_vain": counters.unheard,
        }

    def clear_retained(self) -> None:
        """Take back what the broker retains of this run. Raises ServiceError when it does not confirm."""
        if self.retained:
            clear_retained(self.client, sorted(self.retained))

    def settle(self, deadline_s: float) -> Receipt:
        """Wait until everything is written and acknowledged, at most so long; stop the network thread.

        Raises ServiceError when the broker was lost for good.
        """
        limit = time.monotonic() + deadline_s
        while self.in_flight and time.monotonic() < limit and not self.hurry():
            self._check()
            time.sleep(TURN_S)
        self.stop()
        self._check_failure()
        self.client.drain(max(limit - time.monotonic(), TURN_S))
        self.observe()
        self._staged.clear()
        sent = self.client.counters.published_by
        return Receipt({kind: count for kind, count in sent.items() if kind != REPEATS and count})

    def stop(self) -> None:
        """End the network thread; the client is the caller's to close. May be called again."""
        self._stop.set()
        self._thread.join()

    def _check_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
