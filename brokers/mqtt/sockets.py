"""Sockets towards a broker: opened with TLS or without, quick to confirm, and closed without losing the last bytes.

Owns what both libraries need of a socket. Reading and writing are `brokers.mqtt.socket_driver`'s and paho's.
"""

import os
import socket
import ssl
import time
from contextlib import suppress

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.refusals import explained

# Linux: confirm what was read at once, each time anew. Mosquitto leaves Nagle's algorithm on and holds small packets
# (PUBACKs, single deliveries) until we do, which otherwise takes until our next packet or 40 ms.
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)


def confirm_at_once(connection: socket.socket) -> None:
    """Ask the kernel to confirm what was just read without delay; where it cannot, nothing happens."""
    if QUICK_ACK is not None:
        with suppress(OSError):  # the connection may be gone already: the next read says so
            connection.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)


LINGER_S = 1.0  # how long a leaving client waits for the broker to have read its last packets


def second_handle(connection: socket.socket) -> socket.socket:
    """Return a second handle of a connection, which keeps it open when the first is closed."""
    return socket.socket(fileno=os.dup(connection.fileno()))


def linger(handle: socket.socket) -> None:
    """Wait until the broker hangs up: by then it has read our last PUBACKs. Closing at once could discard them."""
    deadline = time.monotonic() + LINGER_S
    with handle, suppress(OSError):
        while time.monotonic() < deadline:
            handle.settimeout(max(deadline - time.monotonic(), 0.001))
            if not handle.recv(1 << 16):
                return


def open_socket(settings: BrokerSettings, context: ssl.SSLContext | None) -> socket.socket:
    """Connect with TCP_NODELAY (and TLS), blocking with the settings' time-out. Raises ServiceError."""
    try:
        plain = socket.create_connection((settings.host, settings.port), timeout=settings.connect_timeout_s)
    except OSError as error:
        raise explained(settings, error) from error
    try:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname=settings.host) if context else plain
    except OSError as error:
        plain.close()
        raise explained(settings, error) from error
