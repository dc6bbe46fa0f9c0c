"""Probing a broker: how many messages it lets a reader leave unacknowledged, and how many it drops beyond that.

Owns one bounded experiment on a topic of its own, which leaves neither session nor retained message behind.
"""

import os
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brokers.codec.topics import probe_topic
from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.clients import ClientOptions, MqttClient, open_client

# More than mosquitto's default queue of 1,000 beyond its window of 20, and more than its window for MQTT 5.
MESSAGES = 3_000
HOLD_S = 1.5  # without an acknowledgement the deliveries end after the window; so long nothing may come before we believe it
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found: `window` deliveries came while none was acknowledged, `lost` of `published` never came at all.

    `protocol` is 5 or 311. A window of all that was published means that no limit was met.
    """

    protocol: int
    published: int
    window: int
    lost: int

    @property
    def unlimited(self) -> bool:
        """Return whether the reader met no limit."""
        return self.window >= self.published


def probe(settings: BrokerSettings) -> Probe:
    """Publish MESSAGES to a reader that acknowledges nothing at first; then acknowledge all and count what is missing.

    Raises ServiceError when the broker refuses or is lost.
    """
    token = os.urandom(4).hex()
    topic = probe_topic(token)
    reader = open_client(settings, f"citybeat-probe-{token}-reader", ClientOptions(persistent_s=60))
    writer = open_client(settings, f"citybeat-probe-{token}-writer")
    try:
        reader.subscribe([topic], 1)
        writer.publish([topic] * MESSAGES, [b"%d" % number for number in range(MESSAGES)], 1)
        writer.drain(PATIENCE_S)
        held = Held()
        held.listen(reader, acknowledging=False)
        window = len(held.seen)
        reader.acknowledge(np.concatenate([np.zeros(0, dtype=np.int64), *held.tokens]))
        held.listen(reader, acknowledging=True)
        return Probe(reader.session.protocol, MESSAGES, window, MESSAGES - len(held.seen))
    finally:
        writer.close(discard_session=True)
        reader.close(discard_session=True)


@dataclass(slots=True)
class Held:
    """What the reader has seen, and the tokens of what it has not acknowledged."""

    seen: set[bytes] = field(default_factory=set)
    tokens: list[NDArray[np.int64]] = field(default_factory=list)

    def listen(self, reader: MqttClient, *, acknowledging: bool) -> None:
        """Read until nothing has come for HOLD_S or all is there."""
        quiet_from = time.monotonic()
        while time.monotonic() - quiet_from < HOLD_S and len(self.seen) < MESSAGES:
            received = reader.receive(HOLD_S / 10)
            if not len(received):
                continue
            self.seen.update(received.payloads)
            quiet_from = time.monotonic()
            if acknowledging:
                reader.acknowledge(received.tokens)
            else:
                self.tokens.append(received.tokens)
