"""Short words for tests that talk MQTT: open, read, publish, collect."""

import time

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, MqttClient, open_client

LIBRARIES = ("client=mqtt5", "client=paho&protocol=5", "client=paho&protocol=311", "protocol=311")
FIVE = LIBRARIES[:2]
READER = ClientOptions(persistent_s=300)
SWIFT = ClientOptions(persistent_s=300, first_delay_s=0.02, longest_delay_s=0.1)


def opened(url: str, client_id: str, options: ClientOptions | None = None) -> MqttClient:
    return open_client(parse_broker(url), client_id, options)


def reader(url: str, root: str, qos: int = 1, options: ClientOptions = READER) -> MqttClient:
    client = opened(url, f"{root}-reader", options)
    client.subscribe([f"{root}/#"], qos)
    return client


def collected(client: MqttClient, count: int, *, acknowledge: bool = True, patience_s: float = 20.0) -> list[bytes]:
    """Receive until so many deliveries came or patience ends."""
    payloads: list[bytes] = []
    deadline = time.monotonic() + patience_s
    while len(payloads) < count and time.monotonic() < deadline:
        received = client.receive(0.2)
        payloads += received.payloads
        if acknowledge:
            client.acknowledge(received.tokens)
    return payloads


def pumped_for(client: MqttClient, span_s: float) -> None:
    deadline = time.monotonic() + span_s
    while time.monotonic() < deadline:
        client.pump(0.1)


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


def published(client: MqttClient, root: str, payloads: list[bytes], qos: int, *, retain: bool = False) -> None:
    assert client.publish([f"{root}/d{len(payload)}" for payload in payloads], payloads, qos, retain=retain) == len(payloads)
