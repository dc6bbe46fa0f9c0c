"""Probing a broker: how many messages it lets a reader leave unacknowledged, and how many it drops beyond that.

Owns one bounded experiment on a topic of its own, which leaves neither session nor retained message behind.
"""

import os
import time
from dataclasses import dataclass

import numpy as np

from brokers.broker_settings import BrokerSettings
from brokers.clients import ClientOptions, open_client

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


def probe(settings: BrokerSettings, root: str) -> Probe:
    """Publish MESSAGES to a reader that acknowledges nothing at first; then acknowledge all and count what is missing.

    Raises ServiceError when the broker refuses or is lost.
    """
    token = os.urandom(4).hex()
    topic = f"{root}/probe/{token}"
    reader = open_client(settings, f"citybeat-probe-{token}-reader", ClientOptions(persistent_s=60))
    writer = open_client(settings, f"citybeat-probe-{token}-writer")
    try:
        reader.subscribe([topic], 1)
        writer.publish([topic] * MESSAGES, [b"%d" % number for number in range(MESSAGES)], 1)
        writer.drain(PATIENCE_S)
        seen: set[bytes] = set()
        tokens = []
        quiet_from = time.monotonic()
        while time.monotonic() - quiet_from < HOLD_S and len(seen) < MESSAGES:
            inbox = reader.receive(HOLD_S / 10)
            if len(inbox):
                seen.update(inbox.payloads)
                tokens.append(inbox.tokens)
                quiet_from = time.monotonic()
        window = len(seen)
        reader.acknowledge(np.concatenate(tokens) if tokens else np.zeros(0, dtype=np.int64))
        quiet_from = time.monotonic()
        while time.monotonic() - quiet_from < HOLD_S and len(seen) < MESSAGES:
            inbox = reader.receive(HOLD_S / 10)
            if len(inbox):
                seen.update(inbox.payloads)
                reader.acknowledge(inbox.tokens)
                quiet_from = time.monotonic()
        return Probe(reader.session.protocol, MESSAGES, window, MESSAGES - len(seen))
    finally:
        writer.close(forget_session=True)
        reader.close(forget_session=True)
