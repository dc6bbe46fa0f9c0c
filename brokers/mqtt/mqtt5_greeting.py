"""The greeting of the fast wire: CONNECT out, CONNACK in, and every way in which that can fail.

Owns the blocking start of a connection. What follows on it is `brokers.mqtt.mqtt5_client`'s.
"""

import socket
import ssl
import time
from dataclasses import dataclass

import mqtt5

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.wires import STATED_WINDOW, explained, open_socket, refused
from sim.errors import ServiceError

READ_BYTES = 1 << 16
FIRST_FAILURE = 0x80  # reason codes from here on are refusals
UNSUPPORTED_PROTOCOL_VERSION = 0x84
CONNACK_311 = b"\x20\x02"  # a CONNACK of two bytes has no properties: the broker answers in MQTT 3.1.1


@dataclass(frozen=True, slots=True)
class Greeting:
    """A connection that stands (non-blocking from here on), what the broker granted, and bytes it sent after that."""

    connection: socket.socket
    granted: mqtt5.ConnAckPacket
    beyond: bytes


def shake_hands(settings: BrokerSettings, context: ssl.SSLContext | None, client_id: str, *, clean: bool, expiry_s: int) -> Greeting:
    """Connect and wait for CONNACK within the settings' time-out. Raises ServiceError, Refused or ProtocolRefused."""
    connection = open_socket(settings, context)
    packet = mqtt5.ConnectPacket(
        client_id,
        username=settings.username,
        password=settings.password.encode() if settings.password is not None else None,
        clean_start=clean,
        keep_alive=settings.keepalive_s,
        session_expiry_interval=expiry_s,
        receive_max=STATED_WINDOW,
    )
    try:
        connection.sendall(packet.write())
        granted, beyond = _granted(connection, settings)
    except ServiceError:
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise explained(settings, error) from error
    connection.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return Greeting(connection, granted, beyond)


def _granted(connection: socket.socket, settings: BrokerSettings) -> tuple[mqtt5.ConnAckPacket, bytes]:
    deadline = time.monotonic() + settings.connect_timeout_s
    heard = b""
    while True:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        piece = connection.recv(READ_BYTES)
        if not piece:
            raise explained(settings, "it closed the connection without an answer")
        heard += piece
        if heard.startswith(CONNACK_311):
            raise refused(settings, UNSUPPORTED_PROTOCOL_VERSION, "it answers in MQTT 3.1.1")
        try:
            packet, size = mqtt5.read(memoryview(heard))
        except IndexError:
            continue
        except ValueError as error:
            raise explained(settings, f"its answer is not MQTT 5 ({error})") from error
        if not isinstance(packet, mqtt5.ConnAckPacket):
            raise explained(settings, f"it answered with {type(packet).__name__} instead of CONNACK")
        if int(packet.reason_code) >= FIRST_FAILURE:
            raise refused(settings, int(packet.reason_code), packet.reason_str or packet.reason_code.name)
        return packet, heard[size:]
