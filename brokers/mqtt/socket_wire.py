"""The fast transport: a codec without I/O on a non-blocking socket of our own, for either level of MQTT.

Owns keepalive and re-sending: many packets go out with one call, a read takes what the kernel holds. The greeting
is `brokers.mqtt.handshake`'s, packets are a `brokers.mqtt.packets.Codec`'s.
"""

import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.handshake import handshake
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import FIRST_FAILURE, SESSION_TAKEN_OVER, Answer, Codec, Signals
from brokers.mqtt.transport import (
    LINGER_S,
    RECEIVE_MAXIMUM,
    ConnectionLost,
    ReadResult,
    Refused,
    Session,
    confirm_at_once,
    linger,
    second_handle,
    ungranted,
)

BUFFER_BYTES = 1 << 18  # one read: about 1,500 messages, decoded in 1.5 ms
READS = 4  # in a row before the caller gets its turn
CONGESTED_BYTES = 1 << 20  # more than a socket holds: encoding further ahead would only use memory
DUPLICATE = 0x08  # the DUP flag in the first byte of a PUBLISH
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
NOT_CONNECTED, CLOSED, NO_PONG = "not connected", "closed by the broker", "no answer to a ping"


class SocketTransport:
    """A `Transport` over a codec. `persistent_s` > 0 keeps the broker's session after a loss: for so long, or in 3.1.1 without limit."""

    def __init__(self, settings: BrokerSettings, client_id: str, persistent_s: int, codec: Codec) -> None:
        """Connect nothing yet. Raises UsageError for TLS files that cannot be used."""
        self.window = codec.window
        self.held = False
        self._codec = codec
        self._settings = settings
        self._client_id = client_id
        self._persistent_s = persistent_s
        self._context = settings.tls.context() if settings.tls else None
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self._first = True
        self._keepalive_s = float(settings.keepalive_s)
        self._buffer = bytearray(BUFFER_BYTES)
        self._filled = 0
        self._more = False
        self._out = bytearray()
        self._unacknowledged: dict[int, bytes] = {}
        self._again: deque[int] = deque()
        self._receive_max = RECEIVE_MAXIMUM
        self._last_id = 0
        self._signals = Signals()
        self._sent_at = self._heard_at = 0.0
        self._pinged_at: float | None = None

    @property
    def connection(self) -> socket.socket | None:
        """Return the open socket."""
        return self._socket

    @property
    def congested(self) -> bool:
        """Return whether more is queued than a socket holds."""
        return len(self._out) > CONGESTED_BYTES

    @property
    def unwritten(self) -> bool:
        """Return whether bytes or repeats wait to be written."""
        return bool(self._out or self._again)

    def open(self) -> Session:
        """Connect, do the handshake and queue unacknowledged messages again, marked as duplicates."""
        granted = self._connect(clean=self._first and not self._persistent_s, expiry_s=self._persistent_s)
        self._first = False
        self._receive_max = granted.session.receive_max
        self._keepalive_s = float(granted.keepalive_s or self._settings.keepalive_s)
        self._again = deque(self._unacknowledged)
        self._repeat()
        return granted.session

    def _connect(self, *, clean: bool, expiry_s: int) -> Answer:
        self._release()
        shaken = handshake(self._settings, self._context, self._client_id, self._codec, clean=clean, expiry_s=expiry_s)
        self._socket = shaken.connection
        self._filled = len(shaken.beyond)
        self._buffer[: self._filled] = shaken.beyond
        self._more = self._filled > 0  # repeats of a kept session follow CONNACK at once
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._sent_at = self._heard_at = time.monotonic()
        return shaken.granted

    def subscribe(self, filters: Sequence[str], qos: int, result: ReadResult) -> None:
        """Subscribe and wait for SUBACK; what arrives meanwhile is kept."""
        self._out += self._codec.subscribe(self._next_id(), filters, qos)
        self._signals.granted = None
        deadline = time.monotonic() + self._settings.connect_timeout_s
        while self._signals.granted is None:
            if time.monotonic() > deadline:
                msg = "no answer to SUBSCRIBE"
                raise ConnectionLost(msg)
            self.flush()
            self.wait(0.05)
            self.read(result)
        for pattern, (code, reason) in zip(filters, self._signals.granted, strict=True):
            if not qos <= code < FIRST_FAILURE:
                raise ungranted(self._settings, pattern, qos, reason)

    def send(self, outgoing: Outgoing) -> list[int]:
        """Encode messages behind what waits already."""
        ids: list[int] = []
        packets: list[bytes] = []
        unacknowledged, retain, encoded = self._unacknowledged, outgoing.retain, self._codec.publish
        for topic, payload, qos in zip(outgoing.topics, outgoing.payloads, outgoing.qos.tolist(), strict=True):
            if qos:
                packet_id = self._next_id()
                packet = encoded(topic, payload, retain=retain, packet_id=packet_id)
                unacknowledged[packet_id] = packet
                ids.append(packet_id)
            else:
                packet = encoded(topic, payload, retain=retain, packet_id=0)
            packets.append(packet)
        self._out += b"".join(packets)
        return ids

    def _next_id(self) -> int:
        candidate = self._last_id % RECEIVE_MAXIMUM + 1
        while candidate in self._unacknowledged:
            candidate = candidate % RECEIVE_MAXIMUM + 1
        self._last_id = candidate
        return candidate

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Queue PUBACKs: four bytes each (type, length, id), written as a table rather than one by one; both levels write them alike."""
        packets = np.empty((len(ids), 4), dtype=np.uint8)
        numbers = np.array(ids, dtype=np.uint16)
        packets[:, 0], packets[:, 1] = 0x40, 0x02
        packets[:, 2], packets[:, 3] = numbers >> 8, numbers & 0xFF
        self._out += packets.tobytes()

    def flush(self) -> None:
        """Write what is queued, and repeats as the window opens."""
        if self._again:
            self._repeat()
        while self._out and self._socket is not None:
            try:
                written = self._socket.send(self._out)
            except WOULD_BLOCK:
                break
            except OSError as error:
                raise self._lost(str(error)) from error
            del self._out[:written]
            self._sent_at = time.monotonic()
        if self._selector is not None and self._socket is not None:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
            if self._selector.get_key(self._socket).events != wanted:
                self._selector.modify(self._socket, wanted)

    def _repeat(self) -> None:
        """Queue unacknowledged messages again as far as the broker's window, smaller perhaps than before, allows."""
        while self._again and not self.held and len(self._unacknowledged) - len(self._again) < self._receive_max:
            packet = bytearray(self._unacknowledged[self._again.popleft()])
            packet[0] |= DUPLICATE
            self._out += packet

    def wait(self, timeout_s: float) -> None:
        """Return when the socket is ready; at once when the last read left something (TLS holds bytes back from select)."""
        selector = self._selector
        if selector is None or self._more:
            return
        # A thread that publishes may find the connection broken and close all this under us: `read` will say so.
        with suppress(OSError, ValueError, KeyError):
            selector.select(timeout_s)

    def read(self, result: ReadResult) -> None:
        """Read and decode at most READS buffers."""
        if self._more:
            self._decode(result)
        self._more = False
        for _ in range(READS):
            if self._socket is None:
                raise self._lost(NOT_CONNECTED)
            free = len(self._buffer) - self._filled
            try:
                count = self._socket.recv_into(memoryview(self._buffer)[self._filled :])
            except WOULD_BLOCK:
                break
            except OSError as error:
                raise self._lost(str(error)) from error
            if count == 0:
                raise self._lost(CLOSED)
            self._heard_at = time.monotonic()
            confirm_at_once(self._socket)
            self._filled += count
            self._decode(result)
            if count < free and self._context is None:
                break
        else:
            self._more = True
        self._keep_alive()

    def _decode(self, result: ReadResult) -> None:
        acks, refusals = len(result.acks), len(result.refusals)
        try:
            size = self._codec.decode(bytes(memoryview(self._buffer)[: self._filled]), result, self._signals)
        except ValueError as error:
            reason = f"a packet that is not MQTT ({error})"
            raise self._lost(reason) from error
        for packet_id in result.acks[acks:]:
            self._unacknowledged.pop(packet_id, None)
        for packet_id, _ in result.refusals[refusals:]:
            self._unacknowledged.pop(packet_id, None)
        self._consume(size)
        if self._signals.parted is not None:
            raise self._parted(*self._signals.parted)

    def _consume(self, size: int) -> None:
        rest = self._filled - size
        self._buffer[:rest] = self._buffer[size : self._filled]
        self._filled = rest
        if rest == len(self._buffer):
            self._buffer.extend(bytes(rest))

    def _parted(self, code: int, reason: str) -> Exception:
        self._signals.parted = None
        if code == SESSION_TAKEN_OVER:
            self._release()
            return Refused(f"broker {self._settings.place}: another client uses the id {self._client_id!r}; stop it or wait for its end")
        return self._lost(f"closed by the broker: {reason}")

    def _keep_alive(self) -> None:
        """Ping after half the promised time, so that a caller who reads late still keeps the promise."""
        now = time.monotonic()
        if self._signals.pong:
            self._signals.pong, self._pinged_at = False, None
        if self._pinged_at is not None:
            if now - max(self._pinged_at, self._heard_at) > self._keepalive_s:
                raise self._lost(NO_PONG)
        elif now - min(self._sent_at, self._heard_at) > self._keepalive_s / 2:
            self._out += self._codec.ping
            self._pinged_at = now
            self.flush()

    def _lost(self, reason: str) -> ConnectionLost:
        self._release()
        return ConnectionLost(reason)

    def _release(self) -> None:
        if self._selector is not None:
            self._selector.close()
            self._selector = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._out = bytearray()
        self._filled = 0
        self._more = False
        self._pinged_at = None

    def close(self) -> None:
        """Write what is queued and a goodbye, wait a moment until the broker has read it, and free the socket."""
        if self._socket is None:
            return
        handle = second_handle(self._socket)
        self._out += self._codec.goodbye
        deadline = time.monotonic() + LINGER_S
        with suppress(ConnectionLost):
            self.flush()
            while self._out and time.monotonic() < deadline:
                self.wait(0.05)
                self.flush()
        self._release()
        linger(handle)

    def discard_session(self) -> None:
        """Connect once with a clean start and no expiry, which ends the session for good."""
        self._connect(clean=True, expiry_s=0)
        self.close()
