"""The port behind which two MQTT libraries stand: one connection's worth of protocol, no policy.

Owns the contract of a transport and the words for its failures. Queues, windows, reconnects and accounts are `brokers.mqtt.clients`'.
"""

import os
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.outbox import Outgoing
from brokers.mqtt.tls import alerted, unverified
from sim.errors import ServiceError

RECEIVE_MAXIMUM = 65_535  # MQTT 5: what is meant when a side states no window
# What we state: 65,535 would be left out on the wire as the default, and mosquitto then keeps to its own 20.
STATED_WINDOW = 65_534
ASSUMED_WINDOW = 20  # mosquitto's default towards a reader that cannot state its own (MQTT 3.1.1)


class ConnectionLost(ConnectionError):  # noqa: N818 - a state to recover from, told apart from errors shown to people
    """The connection broke; the client may connect again. The message is the reason."""


class Refused(ServiceError):  # noqa: N818 - reads as what the broker did
    """The broker answered and does not want us: trying again would not help."""


class ProtocolRefused(Refused):
    """The broker does not speak this level of MQTT."""


class HungUp(ServiceError):  # noqa: N818 - reads as what the broker did
    """The broker said nothing to our greeting: older ones do so when they do not know the level of MQTT."""


@dataclass(frozen=True, slots=True)
class Session:
    """What the broker granted: `receive_max` bounds our unacknowledged publishes, `max_packet` (0: none said) their bytes.

    `delivery_window` is how many unacknowledged deliveries a reader may count on; `protocol` is 5 or 311. The rest only MQTT 5 can
    say: the highest QoS, whether messages are retained and filters may hold wildcards, and how long a session is kept when that is
    not as long as we asked (None: it is).
    """

    present: bool
    protocol: int
    receive_max: int = RECEIVE_MAXIMUM
    max_packet: int = 0
    delivery_window: int = ASSUMED_WINDOW
    max_qos: int = 2
    retains: bool = True
    wildcards: bool = True
    expiry_s: int | None = None


@dataclass(slots=True)
class ReadResult:
    """What one read brought: packet ids of PUBACKs, refusals (id, reason), and deliveries as columns (id 0 for QoS 0)."""

    acks: list[int] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        """Return how many packets arrived."""
        return len(self.acks) + len(self.refusals) + len(self.topics)

    def absorb(self, earlier: "ReadResult") -> None:
        """Take over what came on another occasion."""
        self.acks += earlier.acks
        self.refusals += earlier.refusals
        self.topics += earlier.topics
        self.payloads += earlier.payloads
        self.ids += earlier.ids


class Transport(Protocol):
    """One client id's connection to one broker, reopened after each loss.

    Only `open`, `subscribe`, `close` and `discard_session` wait for the broker, each within a limit.
    QoS 1 messages are kept until their PUBACK and sent again with DUP by `open`.
    """

    window: int  # how many unacknowledged publishes serve this library best
    held: bool  # while set, unacknowledged messages are not sent again; paho sends them at once all the same

    def open(self) -> Session:
        """Connect, do the handshake and re-send. Raises ServiceError, Refused or ProtocolRefused, within the settings' time-out."""
        ...

    def subscribe(self, filters: Sequence[str], qos: int, result: ReadResult) -> None:
        """Subscribe and wait for the answer. Raises Refused for a filter the broker does not grant, ConnectionLost."""
        ...

    def send(self, outgoing: Outgoing) -> list[int]:
        """Queue messages for writing; return the packet ids of the QoS 1 ones, in order. A loss shows at the next `read`."""
        ...

    def acknowledge(self, ids: Sequence[int]) -> None:
        """Queue PUBACKs, in this order."""
        ...

    def flush(self) -> None:
        """Write what the socket takes. Raises ConnectionLost."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Return when there may be something to read, or to write if something waits, or after the time."""
        ...

    def read(self, result: ReadResult) -> None:
        """Read what is there into `result` and keep the connection alive. Raises ConnectionLost."""
        ...

    @property
    def congested(self) -> bool:
        """Return whether more is queued than the socket takes."""
        ...

    @property
    def unwritten(self) -> bool:
        """Return whether anything is queued."""
        ...

    @property
    def connection(self) -> socket.socket | None:
        """Return the open socket, for those who look at its options."""
        ...

    def close(self) -> None:
        """Take leave of the broker if it is there, and free the socket."""
        ...

    def discard_session(self) -> None:
        """Delete the broker's session by a clean connect. Raises what `open` raises."""
        ...


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


def explained(settings: BrokerSettings, error: OSError | str) -> ServiceError:
    """Return the failure to connect in words: where, why, and what to do."""
    place = settings.place
    if isinstance(error, socket.gaierror):
        return ServiceError(f"broker {place}: the host name is not known ({error.strerror}); check the URL")
    if isinstance(error, ConnectionRefusedError):
        return ServiceError(f"broker {place}: nothing listens there; start the broker or correct host and port")
    if settings.tls and isinstance(error, ssl.SSLError | ConnectionResetError | TimeoutError):
        return _explained_tls(settings, error)
    if isinstance(error, TimeoutError):
        return ServiceError(f"broker {place}: no answer within {settings.connect_timeout_s:g} s; check host, port and firewall")
    return ServiceError(f"broker {place}: {error}; is it an MQTT broker, and {'without' if settings.tls else 'with'} TLS?")


def hung_up(settings: BrokerSettings, error: OSError | str) -> ServiceError:
    """Return why there was no answer to our greeting: a peer that ends the connection or stays silent may know another level only.

    With TLS the handshake is over by then: what ends the connection now may still be about a certificate of ours.
    """
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        error = "it closed the connection"
    if isinstance(error, ssl.SSLError):
        return _explained_tls(settings, error)
    if not isinstance(error, str | ConnectionError | TimeoutError):
        return explained(settings, error)
    place, said = settings.place, str(error) if isinstance(error, str) else (error.strerror or "no answer in time").lower()
    if settings.tls:
        given = "accepts the certificate that we give" if settings.tls.certificate_file else "asks for one: ?certificate=FILE&key=FILE"
        return HungUp(
            f"broker {place}: {said}, after the TLS handshake; look whether it {given}. If it speaks MQTT 3.1.1 only: protocol=311"
        )
    return HungUp(f"broker {place}: {said}; is it an MQTT broker, and with TLS? If it speaks MQTT 3.1.1 only, it may need protocol=311")


def ungranted(settings: BrokerSettings, pattern: str, qos: int, reason: str) -> Refused:
    """Return the broker's refusal of a subscription in words."""
    return Refused(f"broker {settings.place}: it refuses the subscription {pattern!r} at QoS {qos} ({reason}); check its access list")


def _explained_tls(settings: BrokerSettings, error: OSError) -> ServiceError:
    place, certified = settings.place, bool(settings.tls and settings.tls.certificate_file)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused(f"broker {place}: {unverified(settings.host, error)}")
    if isinstance(error, ssl.SSLError) and (words := alerted(error, certified=certified)):
        return Refused(f"broker {place}: {words}")
    return ServiceError(f"broker {place}: no TLS is spoken there ({error}); use mqtt:// or the TLS port")


# MQTT 5 reason codes of CONNACK; paho translates those of 3.1.1 into them.
_PROTOCOL = 0x84
_CREDENTIALS = (0x86, 0x87, 0x8A, 0x8C)
_TEMPORARY = (0x88, 0x89, 0x97, 0x9F)


def refused(settings: BrokerSettings, code: int, reason: str) -> ServiceError:
    """Return a CONNACK's refusal in words, as the error that says whether trying again makes sense."""
    text = reason.replace("_", " ").lower()
    if code == _PROTOCOL:
        return ProtocolRefused(f"broker {settings.place}: it does not speak this level of MQTT ({text}); use protocol=311")
    if code in _CREDENTIALS:
        who = "our user name and password" if settings.username else "a client without user name"
        return Refused(f"broker {settings.place}: it refuses {who} ({text}); check user name and password")
    if code in _TEMPORARY:
        return ServiceError(f"broker {settings.place}: it is not ready for us ({text}); try again later")
    return Refused(f"broker {settings.place}: it refuses the connection ({text})")
