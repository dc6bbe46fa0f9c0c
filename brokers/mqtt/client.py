"""The MQTT client every part uses, in both directions: one connection, accounts, windows and reconnects.

Owns the order of things. Framing is behind `brokers.mqtt.transport`, what leaves in `brokers.mqtt.sending`, the back-off in
`brokers.mqtt.reconnects`.
"""

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.client_values import ClientOptions, Counters, Received
from brokers.mqtt.deliveries import Deliveries
from brokers.mqtt.hold import Hold
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import FIRST_FAILURE, ReadResult, Session
from brokers.mqtt.reconnects import Reconnects
from brokers.mqtt.refusals import ConnectionLost, Refused
from brokers.mqtt.sending import Sending
from brokers.mqtt.transport import Transport
from sim.errors import ServiceError

WAIT_S = 0.05  # the longest single wait: another thread may have queued something to write meanwhile
HELD_MESSAGES = 65_536  # deliveries kept for `receive`; then reading stops and the broker holds the rest


class MqttClient:
    """One client id on one broker. One thread pumps or receives, and in the end closes; others may publish and acknowledge.

    The network's work is done inside the calls: nothing is lost by calling late, but pings and PUBACKs wait so long.
    Every call raises ServiceError once the broker is lost for good.
    """

    def __init__(self, settings: BrokerSettings, transport: Transport, options: ClientOptions) -> None:
        """Wrap a transport; `connect` opens it."""
        self.settings = settings
        self.counters = Counters()
        self.last_error = ""  # the last refusal or loss, in words
        self.refusal = ""  # the last refusal of a message
        self._transport = transport
        self._options = options
        self._sending = Sending(options, self.counters, self._note_refusal)
        self._deliveries = Deliveries()
        self._result = ReadResult()
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._subscriptions: list[tuple[tuple[str, ...], int]] = []
        self._up = False
        self._fatal: ServiceError | None = None
        self._reconnects = Reconnects(options)
        self._read_at = 0.0
        self._hold = Hold(options.hold_s, self.counters)

    @property
    def session(self) -> Session:
        """Return what the broker granted last. Raises RuntimeError before `connect`."""
        if self._session is None:
            msg = "not connected yet"
            raise RuntimeError(msg)
        return self._session

    @property
    def away(self) -> bool:
        """Return whether the broker is lost just now; `last_error` says how."""
        return not self._up

    @property
    def held(self) -> bool:
        """Return whether messages are kept back after a reconnect, until `release`."""
        return self._hold.on

    def release(self) -> None:
        """Note that whoever reads our messages is there again; the next `pump` sends what was kept back. Any thread may call."""
        with self._lock:
            if self._up:
                self._hold.end(time.monotonic())

    def connect(self) -> Session:
        """Connect. Raises ServiceError with place, reason and remedy."""
        self._session = self._transport.open()
        self._up = True
        return self._session

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Subscribe now, and again after a reconnect that lost the session. Raises ServiceError for a refused filter."""
        with self._lock:
            try:
                self._subscribe(filters, qos)
            except ConnectionLost as loss:
                msg = f"broker {self.settings.place}: lost while subscribing to {', '.join(filters)} ({loss}); check its access list"
                raise ServiceError(msg) from loss
            self._subscriptions.append((tuple(filters), qos))

    def _subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Subscribe and wait for the answer; what arrives meanwhile is kept. Raises Refused for a filter not granted, ConnectionLost."""
        transport, result = self._transport, self._result
        transport.subscribe(filters, qos)
        deadline, result.granted = time.monotonic() + self.settings.connect_timeout_s, []
        while len(result.granted) != len(filters):
            if time.monotonic() > deadline:
                msg = "no answer to SUBSCRIBE"
                raise ConnectionLost(msg)
            transport.flush()
            transport.wait(WAIT_S)
            transport.read(result)
        for pattern, (code, reason) in zip(filters, result.granted, strict=True):
            if not qos <= code < FIRST_FAILURE:
                msg = (
                    f"broker {self.settings.place}: it refuses the subscription {pattern!r} at QoS {qos} ({reason}); check its access list"
                )
                raise Refused(msg)

    def publish(
        self, topics: Sequence[str], payloads: Sequence[bytes], qos: int | Sequence[int], *, retain: bool = False, tag: str = ""
    ) -> int:
        """Hand over messages; return how many were taken (fewer when the backlog is full). Order is kept, nothing waits here.

        `tag` names the account on which the counters keep them, such as their kind.
        """
        levels = np.full(len(topics), qos, dtype=np.uint8) if isinstance(qos, int) else np.array(qos, dtype=np.uint8)
        with self._lock:
            self._check_fatal()
            taken = self._sending.offer(Outgoing(topics, payloads, levels, retain and self.settings.retain, _now_us(), tag))
            self._guarded(self._advance)
            return taken

    def pump(self, timeout_s: float) -> None:
        """Do the network's work until something arrived or the time has passed."""
        deadline = time.monotonic() + timeout_s
        while True:
            self._check_fatal()
            remaining = deadline - time.monotonic()
            if not self._up and not self._restored(remaining):
                if remaining <= 0:
                    return
                continue
            if len(self._result.topics) >= HELD_MESSAGES:
                time.sleep(min(max(remaining, 0.0), WAIT_S))
                return
            self._rest(remaining)
            self._transport.wait(min(max(deadline - time.monotonic(), 0.0), WAIT_S))
            if self._turn() or time.monotonic() >= deadline:
                return

    def _rest(self, patience_s: float) -> None:
        """Let the pause between reads pass."""
        rest_s = min(self._read_at + self._options.read_pause_s - time.monotonic(), patience_s)
        if rest_s > 0:
            time.sleep(rest_s)
        self._read_at = time.monotonic()

    def _turn(self) -> bool:
        """Read, settle and write once; return whether anything arrived."""
        with self._lock:
            result = self._result
            before = len(result.topics)
            self._guarded(lambda: self._transport.read(result))
            came = bool(result.acks or result.refusals) or len(result.topics) > before
            self._reconnects.useful |= came
            self._sending.settle(result, _now_us())
            self._guarded(self._advance)
            return came

    def _advance(self) -> None:
        """Send what the window and the socket allow, and nothing while it is held."""
        self._hold.check(time.monotonic())
        if not self.held:
            self._sending.advance(self._transport, self.session)
        self._sending.count()
        self._transport.flush()

    def _note_refusal(self, words: str) -> None:
        self.refusal = self.last_error = f"broker {self.settings.place} {words}"

    def receive(self, timeout_s: float) -> Received:
        """Return the deliveries of one read, or nothing after the time."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.pump(max(deadline - time.monotonic(), 0.0))
            if self._result.topics or time.monotonic() >= deadline:
                break
        with self._lock:
            arrived = self._result
            self._result = ReadResult(arrived.acks, arrived.refusals)
            self.counters.received += len(arrived.topics)
            return Received(arrived.topics, arrived.payloads, self._deliveries.admit(arrived.ids))

    def acknowledge(self, tokens: NDArray[np.int64]) -> None:
        """Acknowledge deliveries, in any order; PUBACKs leave in the order of delivery, early ones wait for those before them."""
        with self._lock:
            self._check_fatal()
            ids = self._deliveries.acknowledge(tokens)
            if ids and self._up:
                self._transport.acknowledge(ids)
                self._guarded(self._transport.flush)

    def take_ack_latencies(self) -> NDArray[np.int64]:
        """Return µs from handing over to PUBACK, of messages acknowledged since the last call; waiting for the window included."""
        with self._lock:
            return self._sending.take_latencies()

    def drain(self, deadline_s: float) -> bool:
        """Work until all is written and every QoS 1 message acknowledged; return whether that came true in time."""
        deadline = time.monotonic() + deadline_s
        while True:
            if self._up and self._sending.done and not self._transport.unwritten:
                return True
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return False
            self.pump(min(remaining, WAIT_S))

    def close(self, *, discard_session: bool) -> bool:
        """Leave; with `discard_session` delete the broker's session too. Return False when the broker was not there to do so."""
        with self._lock:
            self._give_up("this client is closed")
            self._transport.close()
            if not (discard_session and self._options.persistent_s):
                return True
            try:
                self._transport.discard_session()
            except ServiceError as error:
                self.last_error = f"the session could not be deleted: {error}"
                return False
            return True

    def _give_up(self, reason: str) -> None:
        """Make every further call raise ServiceError with this reason."""
        self._up = False
        self.last_error = f"broker {self.settings.place}: {reason}"
        self._fatal = ServiceError(self.last_error)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Do a step of the transport; a loss starts the reconnects instead of ending the caller."""
        if not self._up:
            return
        try:
            step()
        except ConnectionLost as loss:
            self._note_loss(loss)
        except ServiceError as error:
            self._up = False
            self._fatal = error
            raise

    def _note_loss(self, loss: ConnectionLost) -> None:
        self._up = False
        self._forget_deliveries()
        self.last_error = f"broker {self.settings.place} lost: {loss}"
        self._reconnects.lost(time.monotonic())
        if self._reconnects.flapping():
            self._give_up(
                f"it ends each connection at once ({loss}); is a message larger than its max_packet_size, "
                "a topic one that its access list does not let us use, or our client id used by another?"
            )

    def _forget_deliveries(self) -> None:
        """Drop what is not acknowledged: a PUBACK is of no use to the next connection, and the broker repeats them."""
        self._deliveries.forget()
        self._result.ids[:] = [0] * len(self._result.ids)

    def _restored(self, patience_s: float) -> bool:
        """Try to connect again when it is time; otherwise wait a little. Return whether the connection is up."""
        wait_s = self._reconnects.wait_s(time.monotonic())
        if self._reconnects.exhausted(time.monotonic()):
            limit_s = self._options.give_up_after_s
            self._give_up(f"lost for good: no connection for {limit_s:g} s ({self.last_error}); what was not acknowledged may be missing")
            self._check_fatal()
        if wait_s > 0:
            time.sleep(max(min(wait_s, patience_s, WAIT_S), 0.0))
            return False
        self._hold.begin(time.monotonic())
        try:
            self._resume(self._transport.open())
        except Refused as error:
            self._fatal = error
            raise
        except (ServiceError, ConnectionLost) as error:
            with self._lock:
                self._forget_deliveries()  # some may have come while we subscribed
            self.last_error = str(error)
            self._reconnects.failed(time.monotonic())
            return False
        return True

    def _resume(self, session: Session) -> None:
        with self._lock:
            self._session = session
            if not session.present:
                for filters, qos in self._subscriptions:
                    self._subscribe(filters, qos)
            self.counters.reconnects += 1
            self._reconnects.opened(time.monotonic())
            self._up = True
            self._guarded(self._advance)

    def _check_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal


def _now_us() -> int:
    return time.monotonic_ns() // 1_000
