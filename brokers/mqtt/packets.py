"""The levels of MQTT that the fast transport speaks: packets as bytes, and what bytes of a broker say. No sockets, no clocks.

Owns the contract of a codec. MQTT 5 is `brokers.mqtt.packets5`'s, MQTT 3.1.1 `brokers.mqtt.packets311`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.transport import ReadResult, Session

FIRST_FAILURE = 0x80  # reason codes from here on are refusals, in MQTT 5 and in a SUBACK of 3.1.1
SESSION_TAKEN_OVER = 0x8E


@dataclass(frozen=True, slots=True)
class Answer:
    """A CONNACK: `code` is MQTT 5's reason code (0: accepted) with its words, `size` its bytes. `keepalive_s` 0 leaves ours."""

    code: int
    reason: str
    session: Session
    size: int
    keepalive_s: int = 0


@dataclass(slots=True)
class Signals:
    """What came beside messages and acknowledgements: codes of a SUBACK with their words, an answer to a ping, a goodbye."""

    granted: list[tuple[int, str]] | None = None
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
