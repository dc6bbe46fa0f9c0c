"""The levels of MQTT that we speak ourselves: packets as bytes, and what bytes of a broker say. No sockets, no clocks.

Owns the contract of a codec and what is read with it. MQTT 5 is `brokers.mqtt.packets5`'s, MQTT 3.1.1 `brokers.mqtt.packets311`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from brokers.mqtt.broker_settings import BrokerSettings

RECEIVE_MAXIMUM = 65_535  # MQTT 5: what is meant when a side states no window
# What we state: 65,535 would be left out on the wire as the default, and mosquitto then keeps to its own 20.
STATED_WINDOW = 65_534
ASSUMED_WINDOW = 20  # mosquitto's default towards a reader that cannot state its own (MQTT 3.1.1)

FIRST_FAILURE = 0x80  # reason codes from here on are refusals, in MQTT 5 and in a SUBACK of 3.1.1
SESSION_TAKEN_OVER = 0x8E


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


@dataclass(frozen=True, slots=True)
class Answer:
    """A CONNACK: `code` is MQTT 5's reason code (0: accepted) with its words, `size` its bytes. `keepalive_s` 0 leaves ours."""

    code: int
    reason: str
    session: Session
    size: int
    keepalive_s: int = 0


@dataclass(slots=True)
class ReadResult:
    """What one read brought: packet ids of PUBACKs, refusals (id, reason), and deliveries as columns (id 0 for QoS 0).

    `granted` is the last SUBACK: the code for each filter with its words.
    """

    acks: list[int] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    granted: list[tuple[int, str]] = field(default_factory=list)

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
        self.granted = earlier.granted or self.granted


@dataclass(slots=True)
class Signals:
    """What is for the connection itself: an answer to a ping, and a goodbye with its code and reason."""

    pong: bool = False
    parted: tuple[int, str] | None = None


class Codec(Protocol):
    """One level of MQTT. Everything given is valid; what is heard raises ValueError, with the reason, when it is not MQTT."""

    window: int  # how many unacknowledged publishes serve a broker of this level best, where it states none
    ping: bytes
    goodbye: bytes

    def connect(self, settings: BrokerSettings, client_id: str, *, clean: bool, expiry_s: int) -> bytes:
        """Return CONNECT."""
        ...

    def answer(self, heard: bytes) -> Answer | None:
        """Return the CONNACK at the start of what was heard; None while it is not complete. Raises OtherLevel too."""
        ...

    def subscribe(self, packet_id: int, filters: Sequence[str], qos: int) -> bytes:
        """Return SUBSCRIBE."""
        ...

    def publish(self, topic: str, payload: bytes, *, retain: bool, packet_id: int) -> bytes:
        """Return PUBLISH, at QoS 1 with a packet id and at QoS 0 with none (0)."""
        ...

    def decode(self, heard: bytes, result: ReadResult, signals: Signals) -> int:
        """Sort the complete packets of what was heard into both; return how many bytes they took."""
        ...


class OtherLevel(ValueError):  # noqa: N818 - reads as what was heard
    """The answer is one of another level of MQTT."""
