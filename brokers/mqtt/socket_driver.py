"""The fast transport: one `brokers.mqtt.mqtt_protocol` on a non-blocking socket of our own.

Owns the socket and its selector: many packets go out with one call, a read takes what the kernel holds. What the bytes mean is the
protocol's.
"""

import selectors
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.mqtt_protocol import MqttProtocol
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.packets import Codec, ReadResult, Session
from brokers.mqtt.refusals import ConnectionLost, hung_up
from brokers.mqtt.sockets import LINGER_S, confirm_at_once, linger, open_socket, second_handle
from sim.errors import ServiceError

BUFFER_BYTES = 1 << 18  # one read: about 1,500 messages, decoded in 1.5 ms
READS = 4  # in a row before the caller gets its turn
CONGESTED_BYTES = 1 << 20  # more than a socket holds: encoding further ahead would only use memory
UNREAD_S = 0.2
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
NOT_CONNECTED, CLOSED = "not connected", "closed by the broker"


class SocketDriver:
    """A `Transport` over a codec. `persistent_s` > 0 keeps the broker's session after a loss: for so long, or in 3.1.1 without limit."""

    def __init__(self, settings: BrokerSettings, client_id: str, persistent_s: int, codec: Codec) -> None:
        """Connect nothing yet. Raises UsageError for TLS files that cannot be used."""
        self.window = codec.window
        self._protocol = MqttProtocol(settings, client_id, persistent_s, codec)
        self._settings = settings
        self._context = settings.tls.context() if settings.tls else None
        self._socket: socket.socket | None = None
        self._selector: selectors.BaseSelector | None = None
        self._buffer = memoryview(bytearray(BUFFER_BYTES))
        self._more = False  # bytes that no selector tells of: the protocol's, or left by the last read

    @property
    def congested(self) -> bool:
        """Return whether more is queued than a socket holds."""
        return len(self._protocol.unsent) > CONGESTED_BYTES

    @property
    def unwritten(self) -> bool:
        """Return whether bytes or repeats wait to be written."""
        return bool(self._protocol.unsent) or self._protocol.repeating

    def open(self) -> Session:
        """Connect and wait for CONNACK within the settings' time-out. Raises ServiceError, Refused, ProtocolRefused or HungUp."""
        return self._opened(discard=False)

    def discard_session(self) -> None:
        """Connect once with a clean start and no expiry, which ends the session for good."""
        self._opened(discard=True)
        self.close()

    def _opened(self, *, discard: bool) -> Session:
        self._release()
        connection = open_socket(self._settings, self._context)
        try:
            self._protocol.connect(time.monotonic(), discard=discard)
            session = self._answered(connection)
        except ServiceError:
            connection.close()
            raise
        except OSError as error:
            reason = _unread_reason(connection, error)
            connection.close()
            raise hung_up(self._settings, reason) from error
        self._attach(connection)
        return session

    def _answered(self, connection: socket.socket) -> Session:
        """Send CONNECT and wait for the answer, on a socket that blocks."""
        protocol, deadline = self._protocol, time.monotonic() + self._settings.connect_timeout_s
        connection.sendall(protocol.unsent)
        protocol.sent(len(protocol.unsent), time.monotonic())
        while protocol.session is None:
            connection.settimeout(max(deadline - time.monotonic(), 0.001))
            count = connection.recv_into(self._buffer)
            if not count:
                raise hung_up(self._settings, "it closed the connection without an answer")
            protocol.receive(self._buffer[:count], ReadResult(), time.monotonic())
        return protocol.session

    def _attach(self, connection: socket.socket) -> None:
        connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self._socket = connection
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ)
        self._more = self._protocol.unread  # repeats of a kept session follow CONNACK at once

    def subscribe(self, filters: Sequence[str], qos: int) -> None:
        """Queue SUBSCRIBE."""
        self._protocol.subscribe(filters, qos)

    def send(self, outgoing: Outgoing) -> list[int]:
        """Encode messages behind what waits already."""
        return self._protocol.send(outgoing)

    def repeat(self) -> None:
        """Queue what an earlier connection left unacknowledged, as the window allows."""
        self._protocol.repeat()

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Queue PUBACKs."""
        self._protocol.acknowledge(ids)

    def flush(self) -> None:
        """Write what the socket takes."""
        if self._protocol.unsent and self._socket is not None:
            try:
                self._write(self._socket)
            except OSError as error:
                raise self._lost(str(error)) from error
            self._watch(self._socket)

    def _write(self, connection: socket.socket) -> None:
        with suppress(*WOULD_BLOCK):
            while unsent := self._protocol.unsent:
                self._protocol.sent(connection.send(unsent), time.monotonic())

    def _watch(self, connection: socket.socket) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._protocol.unsent else 0)
        if self._selector is not None and self._selector.get_key(connection).events != wanted:
            self._selector.modify(connection, wanted)

    def wait(self, timeout_s: float) -> None:
        """Return when the socket is ready; at once when the last read left something (TLS holds bytes back from select)."""
        selector = self._selector
        if selector is None or self._more:
            return
        # A thread that publishes may find the connection broken and close all this under us: `read` will say so.
        with suppress(OSError, ValueError, KeyError):
            selector.select(timeout_s)

    def read(self, result: ReadResult) -> None:
        """Read and decode at most READS buffers, then do what is due."""
        try:
            if self._more:
                self._protocol.receive(b"", result, time.monotonic())
            self._more = all(self._filled(result) for _ in range(READS))
            self._protocol.tick(time.monotonic())
        except ServiceError:  # an OSError too, but of those that trying again does not mend
            self._release()
            raise
        except OSError as error:
            raise self._lost(str(error)) from error

    def _filled(self, result: ReadResult) -> bool:
        """Read and decode one buffer; return whether there may be more."""
        if self._socket is None:
            raise ConnectionLost(NOT_CONNECTED)
        try:
            count = self._socket.recv_into(self._buffer)
        except WOULD_BLOCK:
            return False
        if not count:
            raise ConnectionLost(CLOSED)
        confirm_at_once(self._socket)
        self._protocol.receive(self._buffer[:count], result, time.monotonic())
        return count == len(self._buffer) or self._context is not None

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
        self._more = False

    def close(self) -> None:
        """Write what is queued and a goodbye, wait a moment until the broker has read it, and free the socket."""
        if self._socket is None:
            return
        handle = second_handle(self._socket)
        self._protocol.goodbye()
        deadline = time.monotonic() + LINGER_S
        with suppress(ConnectionLost):
            self.flush()
            while self._protocol.unsent and time.monotonic() < deadline:
                self.wait(0.05)
                self.flush()
        self._release()
        linger(handle)


def _unread_reason(connection: socket.socket, error: OSError) -> OSError:
    """Return the alert that the broker sent before it hung up, if it still lies unread: a write that failed hides it."""
    if isinstance(error, ssl.SSLError | ConnectionError):
        try:
            connection.settimeout(UNREAD_S)
            connection.recv(1)
        except ssl.SSLError as told:
            return told if "ALERT" in (told.reason or "") else error
        except OSError:
            return error
    return error
