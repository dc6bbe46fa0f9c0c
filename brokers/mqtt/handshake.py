"""The handshake of the fast transport: CONNECT out, CONNACK in, and every way in which that can fail.

Owns the blocking start of a connection. What follows on it is `brokers.mqtt.socket_wire`'s.
"""

import socket
import ssl
import time
from dataclasses import dataclass

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.packets import Answer, Codec, OtherLevel
from brokers.mqtt.transport import explained, hung_up, open_socket, refused
from sim.errors import ServiceError

READ_BYTES = 1 << 16
UNREAD_S = 0.2
TLS_ALERT = b"\x15\x03"
UNSUPPORTED_PROTOCOL_VERSION = 0x84


@dataclass(frozen=True, slots=True)
class Handshake:
    """A connection that stands (non-blocking from here on), what the broker granted, and bytes it sent after that."""

    connection: socket.socket
    granted: Answer
    beyond: bytes


def handshake(
    settings: BrokerSettings, context: ssl.SSLContext | None, client_id: str, codec: Codec, *, clean: bool, expiry_s: int
) -> Handshake:
    """Connect and wait for CONNACK within the settings' time-out. Raises ServiceError, Refused, ProtocolRefused or HungUp."""
    connection = open_socket(settings, context)
    try:
        connection.sendall(codec.connect(settings, client_id, clean=clean, expiry_s=expiry_s))
        granted, beyond = _granted(connection, settings, codec)
    except ServiceError:
        connection.close()
        raise
    except OSError as error:
        reason = _unread_reason(connection, error)
        connection.close()
        raise hung_up(settings, reason) from error
    connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return Handshake(connection, granted, beyond)


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


def _granted(connection: socket.socket, settings: BrokerSettings, codec: Codec) -> tuple[Answer, bytes]:
    deadline = time.monotonic() + settings.connect_timeout_s
    heard = b""
    while True:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = connection.recv(READ_BYTES)
        if not piece:
            raise hung_up(settings, "it closed the connection without an answer")
        heard += piece
        if heard.startswith(TLS_ALERT):
            raise explained(settings, "it speaks TLS there: write mqtts://")
        try:
            answer = codec.answer(heard)
        except OtherLevel as other:
            raise refused(settings, UNSUPPORTED_PROTOCOL_VERSION, str(other)) from other
        except ValueError as error:
            raise explained(settings, str(error)) from error
        if answer is None:
            continue
        if answer.code:
            raise refused(settings, answer.code, answer.reason)
        return answer, heard[answer.size :]
