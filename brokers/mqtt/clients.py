"""The door to MQTT: opens a client with the library and protocol that suit the broker.

Owns the choice between our own transport and paho, and between MQTT 5 and 3.1.1. The client itself is `brokers.mqtt.client`'s.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from brokers.mqtt.broker_settings import BrokerSettings
from brokers.mqtt.client import MqttClient
from brokers.mqtt.client_values import ClientOptions, Counters, Received
from brokers.mqtt.packets import Codec
from brokers.mqtt.packets5 import Codec5
from brokers.mqtt.packets311 import Codec311
from brokers.mqtt.paho_transport import PahoTransport
from brokers.mqtt.refusals import HungUp, ProtocolRefused
from brokers.mqtt.socket_driver import SocketDriver
from brokers.mqtt.transport import Transport
from sim.errors import ServiceError, UsageError

__all__ = ["ClientOptions", "Counters", "MqttClient", "Received", "clear_retained", "open_client"]

PUMP_S = 0.05


def open_client(settings: BrokerSettings, client_id: str, options: ClientOptions | None = None) -> MqttClient:
    """Return a connected client: the library and protocol the settings choose; `auto` takes MQTT 5, and 3.1.1 where only that is spoken.

    Raises ServiceError or, for TLS files that cannot be used, UsageError.
    """
    chosen = options or ClientOptions()
    if settings.give_up_s is not None:
        chosen = replace(chosen, give_up_after_s=settings.give_up_s)
    *others, last = _transports(settings, client_id, chosen.persistent_s)
    for make in others:
        client = MqttClient(settings, make(), chosen)
        try:
            client.connect()
        except (ProtocolRefused, HungUp):
            continue
        return client
    client = MqttClient(settings, last(), chosen)
    client.connect()
    return client


def _transports(settings: BrokerSettings, client_id: str, persistent_s: int) -> list[Callable[[], Transport]]:
    """Return what is to be tried, best first: MQTT 5 before 3.1.1, unless the settings name one."""
    if not client_id:
        msg = "a client id is needed: sessions are kept under it"
        raise UsageError(msg)

    def fast(codec: Codec) -> Transport:
        return SocketDriver(settings, client_id, persistent_s, codec)

    def by_paho(protocol: int) -> Transport:
        return PahoTransport(settings, client_id, persistent_s, protocol)

    paho = settings.client == "paho"
    five = partial(by_paho, 5) if paho else partial(fast, Codec5())
    older = partial(by_paho, 311) if paho else partial(fast, Codec311())
    if settings.client == "mqtt5" or settings.protocol == "5":
        return [five]
    return [older] if settings.protocol == "311" else [five, older]


def clear_retained(client: MqttClient, topics: Sequence[str], deadline_s: float = 10.0) -> None:
    """Delete the retained messages of these topics. Raises ServiceError when the broker does not confirm in time."""
    client.release()
    taken = 0
    deadline = time.monotonic() + deadline_s
    while taken < len(topics) and time.monotonic() < deadline:
        rest = topics[taken:]
        taken += client.publish(rest, [b""] * len(rest), 1, retain=True)
        client.pump(PUMP_S)
    if not client.drain(max(deadline - time.monotonic(), 0.0)) or taken < len(topics):
        msg = f"broker {client.settings.place}: did not confirm within {deadline_s:g} s that {len(topics)} retained topics are cleared"
        raise ServiceError(msg)
