"""Fitness: what a run needs of its broker, asked before its first message.

Owns what the broker states when it greets us, and a rehearsal: one empty message for each kind on a topic like the kind's, and one
as large as the largest will be. An empty message is none to any reader of ours.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from brokers.codec.topics import probe_topic
from brokers.mqtt.client import MqttClient
from brokers.mqtt.packets import Session
from sim.errors import ServiceError

STATUS_BYTES = 8 * 1024  # of an ingest's status, for each kind: two histograms at their fullest, deflated
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Needs:
    """What a run will send: the largest message, whether any is retained, and a topic like those of each kind."""

    largest_bytes: int
    retains: bool
    topics: Sequence[str]


def lacks_of(session: Session, needs: Needs) -> list[str]:
    """Return what a broker says it lacks, each with its remedy. MQTT 3.1.1 cannot say it: there the rehearsal finds out."""
    lacks = []
    if session.max_qos < 1:
        lacks.append("it takes QoS 0 only, and an ingest's accounts need QoS 1: allow it (mosquitto: max_qos 1)")
    if needs.retains and not session.retains:
        lacks.append(
            "it retains no messages, which this run's need: allow it (mosquitto: retain_available true), or add retain=no to the URL"
        )
    if not session.wildcards:
        lacks.append("it takes no wildcards in subscriptions, without which no ingest can read")
    if 0 < session.max_packet < needs.largest_bytes:
        lacks.append(
            f"it takes packets of at most {session.max_packet:,} bytes, and an ingest's accounts may need {needs.largest_bytes:,}: "
            "raise the limit (mosquitto: max_packet_size)"
        )
    return lacks


def check_broker(client: MqttClient, needs: Needs, token: str) -> None:
    """Ask for what the run needs, and send a message as large as any. Raises ServiceError with what the broker lacks."""
    place = client.settings.place
    if lacks := lacks_of(client.session, needs):
        msg = f"broker {place}: {'; '.join(lacks)}"
        raise ServiceError(msg)
    topic = probe_topic(token)
    if trouble := _tried(client, [topic], b""):
        msg = f"broker {place}: it does not take a QoS 1 message on {topic} ({trouble}); allow QoS 1, and citybeat/# in its access list"
        raise ServiceError(msg)
    if trouble := _tried(client, [topic], bytes(needs.largest_bytes)):
        msg = (
            f"broker {place}: it does not take a message of {needs.largest_bytes:,} bytes, as an ingest's accounts may need ({trouble}); "
            "raise its limit for packets"
        )
        raise ServiceError(msg)


def rehearse(client: MqttClient, needs: Needs) -> None:
    """Send an empty message for each kind. Raises ServiceError when the broker says that it does not take them."""
    if needs.topics and (trouble := _tried(client, needs.topics, b"")):
        topic = needs.topics[0]
        msg = f"broker {client.settings.place}: it does not take messages on {topic} and topics like it ({trouble}); check its access list"
        raise ServiceError(msg)
    client.take_ack_latencies()  # of no event


def _tried(client: MqttClient, topics: Sequence[str], payload: bytes) -> str:
    """Publish on all topics at QoS 1 and wait; return what went wrong, in words."""
    reconnects, refused, deadline = client.counters.reconnects, client.counters.refused, time.monotonic() + PATIENCE_S
    client.publish(topics, [payload] * len(topics), 1)
    while time.monotonic() < deadline:
        if client.away or client.counters.reconnects > reconnects:
            return client.last_error or "it ended the connection"
        if client.drain(0.01):
            return client.last_error if client.counters.refused > refused else ""
    return "it did not acknowledge them in time"
