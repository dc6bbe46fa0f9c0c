"""The MQTT client every part uses, in both directions: one connection, accounts, windows and reconnects.

Owns policy. The two libraries stand behind `brokers.wires`; where the broker is stands in `brokers.broker_settings`.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brokers.broker_settings import BrokerSettings
from brokers.deliveries import Deliveries
from brokers.mqtt5_client import Mqtt5Wire
from brokers.outbox import Outbox, Parcel
from brokers.paho_client import PahoWire
from brokers.wires import Arrivals, ProtocolRefused, Refused, Session, Wire, WireLost
from sim.errors import ServiceError, UsageError

WAIT_S = 0.05  # the longest single wait: another thread may have queued something to write meanwhile
HELD_MESSAGES = 65_536  # deliveries kept for `receive`; then reading stops and the broker holds the rest
FUTILE_CONNECTIONS = 4  # in a row that broke before one message passed: what we send is not taken there


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client behaves. `persistent_s` > 0 keeps the broker's session for so long after a loss (readers).

    `window` bounds our unacknowledged publishes (0: as the library and the broker like it), `backlog_limit` what waits for it.
    `read_pause_s` is the least time between reads: 4 ms make reads larger and a message cheaper. A lost connection is tried
    again after `first_delay_s`, then twice as long each time up to `longest_delay_s`, with jitter, for `give_up_after_s`.
    """

    persistent_s: int = 0
    window: int = 0
    backlog_limit: int = 200_000
    read_pause_s: float = 0.0
    first_delay_s: float = 0.1
    longest_delay_s: float = 5.0
    give_up_after_s: float = 60.0


@dataclass(slots=True)
class Counters:
    """Plain counts of messages since the client was made; a repeat counts once in `published` and once in `acked`.

    `received` were handed out by `receive`; `refused` the broker did not take, for good; `in_flight` and `backlog` are what they are now.
    """

    published_qos0: int = 0
    published_qos1: int = 0
    acked: int = 0
    refused: int = 0
    received: int = 0
    reconnects: int = 0
    in_flight: int = 0
    backlog: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """Deliveries as columns of equal length, in order.

    `tokens` (int64) is -1 where there is nothing to acknowledge: QoS 0, and QoS 1 of a connection that is lost (it will be repeated).
    """

    topics: list[str]
    payloads: list[bytes]
    tokens: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self.topics)


class MqttClient:
    """One client id on one broker. One thread pumps or receives, and in the end closes; others may publish and acknowledge.

    The network's work is done inside the calls: nothing is lost by calling late, but pings and PUBACKs wait so long.
    Every call raises ServiceError once the broker is lost for good.
    """

    def __init__(self, settings: BrokerSettings, wire: Wire, options: ClientOptions) -> None:
        """Wrap a wire; `connect` opens it."""
        self.settings = settings
        self.counters = Counters()
        self.trouble = ""  # the last refusal or loss, in words
        self._wire = wire
        self._options = options
        self._outbox = Outbox(options.backlog_limit)
        self._deliveries = Deliveries()
        self._arrivals = Arrivals()
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._subscriptions: list[tuple[tuple[str, ...], int]] = []
        self._up = False
        self._fate: ServiceError | None = None
        self._jitter = random.Random()
        self._down_since = self._next_try = 0.0
        self._delay_s = options.first_delay_s
        self._futile = 0
        self._useful = True
        self._read_at = 0.0

    @property
    def session(self) -> Session:
        """Return what the broker granted last. Raises RuntimeError before `connect`."""
        if self._session is None:
            msg = "not connected yet"
            raise RuntimeError(msg)
        return self._session

    @property
    def wire(self) -> Wire:
        """Return the library's side."""
        return self._wire

    def connect(self) -> Session:
        """Connect. Raises ServiceError with place, reason and remedy."""
        self._session = self._wire.open()
        self._up = True
        return self._session

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Subscribe now, and again after a reconnect that lost the session. Raises ServiceError for a refused filter."""
        with self._lock:
            try:
                self._wire.subscribe(filters, qos, self._arrivals)
            except WireLost as loss:
                msg = f"broker {self.settings.place}: lost while subscribing to {', '.join(filters)} ({loss}); check its access list"
                raise ServiceError(msg) from loss
            self._subscriptions.append((tuple(filters), qos))

    def publish(self, topics: Sequence[str], payloads: Sequence[bytes], qos: int | Sequence[int], *, retain: bool = False) -> int:
        """Hand over messages; return how many were taken (fewer when the backlog is full). Order is kept, nothing waits here."""
        levels = np.full(len(topics), qos, dtype=np.uint8) if isinstance(qos, int) else np.array(qos, dtype=np.uint8)
        with self._lock:
            self._check_fate()
            taken = self._outbox.offer(Parcel(topics, payloads, levels, retain, _now_us()))
            self._guarded(self._advance)
            return taken

    def pump(self, timeout_s: float) -> None:
        """Do the network's work until something arrived or the time has passed."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._check_fate()
            remaining = deadline - time.monotonic()
            if not self._up and not self._restored(remaining):
                if remaining <= 0:
                    return
                continue
            if len(self._arrivals.topics) >= HELD_MESSAGES:
                time.sleep(min(max(remaining, 0.0), WAIT_S))
                return
            self._wire.wait(min(max(remaining, 0.0), WAIT_S))
            if self._turn() or time.monotonic() >= deadline:
                return

    def _turn(self) -> bool:
        """Read, settle and write once; return whether anything arrived."""
        with self._lock:
            arrivals = self._arrivals
            before = len(arrivals.topics)
            self._guarded(lambda: self._wire.read(arrivals))
            came = bool(arrivals.acks or arrivals.refusals) or len(arrivals.topics) > before
            self._useful = self._useful or came
            self._settle(arrivals)
            self._guarded(self._advance)
            return came

    def _settle(self, arrivals: Arrivals) -> None:
        self.counters.acked += self._outbox.settle(arrivals.acks, _now_us())
        for packet_id, reason in arrivals.refusals:
            if self._outbox.drop(packet_id):
                self.counters.refused += 1
                self.trouble = f"broker {self.settings.place} refused a message: {reason.replace('_', ' ').lower()}"
        arrivals.acks.clear()
        arrivals.refusals.clear()

    def _advance(self) -> None:
        """Send what the window and the socket allow."""
        counters, outbox = self.counters, self._outbox
        while self._up and not self._wire.congested:
            parcel = outbox.next(self._window() - outbox.in_flight)
            if parcel is None:
                break
            parcel = self._fitting(parcel)
            ids = self._wire.send(parcel)
            outbox.sent(ids, parcel.handed_us)
            counters.published_qos1 += len(ids)
            counters.published_qos0 += len(parcel) - len(ids)
        counters.in_flight, counters.backlog = outbox.in_flight, outbox.waiting
        if self._up:
            self._wire.flush()

    def _window(self) -> int:
        return min(self._options.window or self._wire.window, self.session.receive_max)

    def _fitting(self, parcel: Parcel) -> Parcel:
        """Return the messages that the broker's packet limit allows; the others are refused here, as the protocol demands."""
        limit = self.session.max_packet
        if not limit:
            return parcel
        sizes = _packet_bytes(parcel)
        fits = sizes <= limit
        if fits.all():
            return parcel
        worst = int(np.argmax(sizes))
        self.counters.refused += int((~fits).sum())
        self.trouble = (
            f"broker {self.settings.place} takes packets of at most {limit} bytes: "
            f"{sizes[worst]} bytes for {parcel.topics[worst]} were not sent; raise its max_packet_size"
        )
        return parcel.only(fits)

    def receive(self, timeout_s: float) -> Inbox:
        """Return the deliveries of one read, or an empty inbox after the time; reads are `read_pause_s` apart."""
        deadline = time.monotonic() + timeout_s
        rest_s = self._read_at + self._options.read_pause_s - time.monotonic()
        if rest_s > 0:
            time.sleep(min(rest_s, timeout_s))
        self._read_at = time.monotonic()
        while True:
            self.pump(max(deadline - time.monotonic(), 0.0))
            if self._arrivals.topics or time.monotonic() >= deadline:
                break
        with self._lock:
            arrived = self._arrivals
            self._arrivals = Arrivals(arrived.acks, arrived.refusals)
            self.counters.received += len(arrived.topics)
            return Inbox(arrived.topics, arrived.payloads, self._deliveries.admit(arrived.ids))

    def acknowledge(self, tokens: NDArray[np.int64]) -> None:
        """Acknowledge deliveries, in any order; PUBACKs leave in the order of delivery, early ones wait for those before them."""
        with self._lock:
            self._check_fate()
            ids = self._deliveries.acknowledge(tokens)
            if ids and self._up:
                self._wire.acknowledge(ids)
                self._guarded(self._wire.flush)

    def take_ack_latencies(self) -> NDArray[np.int64]:
        """Return µs from handing over to PUBACK, of messages acknowledged since the last call; waiting for the window included."""
        with self._lock:
            return self._outbox.take_latencies()

    def drain(self, deadline_s: float) -> bool:
        """Work until all is written and every QoS 1 message acknowledged; return whether that came true in time."""
        deadline = time.monotonic() + deadline_s
        while True:
            if self._up and not (self._outbox.waiting or self._outbox.in_flight or self._wire.unwritten):
                return True
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self.pump(min(remaining, WAIT_S))

    def close(self, *, forget_session: bool) -> bool:
        """Leave; with `forget_session` delete the broker's session too. Return False when the broker was not there to do so."""
        with self._lock:
            self.give_up("this client is closed")
            self._wire.close()
            if not (forget_session and self._options.persistent_s):
                return True
            try:
                self._wire.forget()
            except ServiceError as error:
                self.trouble = f"the session could not be deleted: {error}"
                return False
            return True

    def give_up(self, reason: str) -> None:
        """Make every further call raise ServiceError with this reason."""
        self._up = False
        self._fate = ServiceError(f"broker {self.settings.place}: {reason}")

    def _guarded(self, step: Callable[[], None]) -> None:
        """Do a step of the wire; a loss starts the reconnects instead of ending the caller."""
        if not self._up:
            return
        try:
            step()
        except WireLost as loss:
            self._note_loss(loss)
        except ServiceError as error:
            self._up = False
            self._fate = error
            raise

    def _note_loss(self, loss: WireLost) -> None:
        self._up = False
        self._deliveries.forget()
        arrivals = self._arrivals
        arrivals.ids[:] = [0] * len(arrivals.ids)  # a PUBACK is of no use to the next connection; the broker repeats them
        self.trouble = f"broker {self.settings.place} lost: {loss}"
        self._down_since = time.monotonic()
        self._delay_s = self._options.first_delay_s
        self._next_try = self._down_since + self._delay_s * self._jitter.uniform(0.5, 1.0)
        self._futile = 0 if self._useful or not self._outbox.in_flight else self._futile + 1
        if self._futile >= FUTILE_CONNECTIONS:
            self._fate = ServiceError(
                f"broker {self.settings.place} ends the connection each time our messages come ({loss}); "
                "is one larger than its max_packet_size, or a topic that it does not take?"
            )

    def _restored(self, patience_s: float) -> bool:
        """Try to connect again when it is time; otherwise wait a little. Return whether the connection is up."""
        now = time.monotonic()
        if now - self._down_since > self._options.give_up_after_s:
            self._fate = ServiceError(
                f"broker {self.settings.place} lost for good: no connection for {self._options.give_up_after_s:g} s ({self.trouble}); "
                "what was not acknowledged may be missing"
            )
            raise self._fate
        if now < self._next_try:
            time.sleep(max(min(self._next_try - now, patience_s, WAIT_S), 0.0))
            return False
        try:
            session = self._wire.open()
            self._resume(session)
        except Refused as error:
            self._fate = error
            raise
        except (ServiceError, WireLost) as error:
            self.trouble = str(error)
            self._delay_s = min(self._delay_s * 2, self._options.longest_delay_s)
            self._next_try = time.monotonic() + self._delay_s * self._jitter.uniform(0.5, 1.0)
            return False
        return True

    def _resume(self, session: Session) -> None:
        with self._lock:
            self._session = session
            if not session.present:
                for filters, qos in self._subscriptions:
                    self._wire.subscribe(filters, qos, self._arrivals)
            self.counters.reconnects += 1
            self._useful = False
            self._up = True
            self._guarded(self._advance)

    def _check_fate(self) -> None:
        if self._fate is not None:
            raise self._fate


def open_client(settings: BrokerSettings, client_id: str, options: ClientOptions | None = None) -> MqttClient:
    """Return a connected client: the library and protocol the settings choose; `auto` takes mqtt5, and paho where only 3.1.1 is spoken.

    Raises ServiceError or, for TLS files that cannot be used, UsageError.
    """
    chosen = options or ClientOptions()
    *others, last = _wires(settings, client_id, chosen.persistent_s)
    for make in others:
        client = MqttClient(settings, make(), chosen)
        try:
            client.connect()
        except ProtocolRefused:
            continue
        return client
    client = MqttClient(settings, last(), chosen)
    client.connect()
    return client


def _wires(settings: BrokerSettings, client_id: str, persistent_s: int) -> list[Callable[[], Wire]]:
    if not client_id:
        msg = "a client id is needed: sessions are kept under it"
        raise UsageError(msg)

    def fast() -> Wire:
        return Mqtt5Wire(settings, client_id, persistent_s)

    def paho_5() -> Wire:
        return PahoWire(settings, client_id, persistent_s, 5)

    def paho_311() -> Wire:
        return PahoWire(settings, client_id, persistent_s, 311)

    five = paho_5 if settings.client == "paho" else fast
    if settings.client == "mqtt5" or settings.protocol == "5":
        return [five]
    return [paho_311] if settings.protocol == "311" else [five, paho_311]


def clear_retained(client: MqttClient, topics: Sequence[str], deadline_s: float = 10.0) -> None:
    """Delete the retained messages of these topics. Raises ServiceError when the broker does not confirm in time."""
    taken = 0
    deadline = time.monotonic() + deadline_s
    while taken < len(topics) and time.monotonic() < deadline:
        rest = topics[taken:]
        taken += client.publish(rest, [b""] * len(rest), 1, retain=True)
        client.pump(WAIT_S)
    if not client.drain(max(deadline - time.monotonic(), 0.0)) or taken < len(topics):
        msg = f"broker {client.settings.place}: did not confirm within {deadline_s:g} s that {len(topics)} retained topics are cleared"
        raise ServiceError(msg)


def _packet_bytes(parcel: Parcel) -> NDArray[np.int64]:
    """Return the size of each message as an MQTT 5 PUBLISH: topic and its length, packet id, no properties, payload, fixed header."""
    texts = [len(topic.encode()) + len(payload) for topic, payload in zip(parcel.topics, parcel.payloads, strict=True)]
    body = np.array(texts, dtype=np.int64) + 3 + 2 * parcel.qos
    return body + 2 + (body >= 1 << 7) + (body >= 1 << 14) + (body >= 1 << 21)  # the length takes a byte per 7 bits


def _now_us() -> int:
    return time.monotonic_ns() // 1_000
