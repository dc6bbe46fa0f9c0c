"""The contract of an MQTT client, over both libraries, both protocols, and both brokers."""

import socket
import time
from itertools import pairwise

import numpy as np
import pytest

from brokers.mqtt.clients import ClientOptions, clear_retained
from brokers.mqtt.embedded import EmbeddedBroker
from brokers.mqtt.packets import ReadResult
from brokers.mqtt.packets311 import Codec311
from brokers.mqtt.sockets import open_socket
from sim.errors import ServiceError
from tests.mqtt import FIVE, LIBRARIES, READER, collected, numbered, opened, published, reader
from tests.pumping import pumped
from tests.servers import Mosquitto


@pytest.mark.parametrize("qos", [0, 1])
def test_messages_arrive_with_their_topic_and_content(url: str, qos: int) -> None:
    root = f"plain{qos}"
    receiver, sender = reader(url, root, qos), opened(url, f"{root}-writer")
    sender.publish([f"{root}/a", f"{root}/b"], [b"one", "zwölf".encode()], qos)
    assert sender.drain(5)
    received = receiver.receive(5)
    while len(received) < 2:
        more = receiver.receive(5)
        received = type(received)(
            received.topics + more.topics, received.payloads + more.payloads, np.concatenate([received.tokens, more.tokens])
        )
    assert received.topics == [f"{root}/a", f"{root}/b"]
    assert received.payloads == [b"one", "zwölf".encode()]
    assert (received.tokens >= 0).tolist() == [qos == 1] * 2
    sender.close(discard_session=True)
    receiver.acknowledge(received.tokens)
    receiver.close(discard_session=True)


def test_many_messages_keep_their_order_and_every_puback_is_accounted_for(url: str) -> None:
    receiver, sender = reader(url, "many"), opened(url, "many-writer")
    payloads = numbered(4_000)
    for first in range(0, 4_000, 500):
        published(sender, "many", payloads[first : first + 500], 1)
        sender.pump(0.001)
    with pumped(sender):
        received = collected(receiver, 4_000)
    assert sender.drain(10)
    assert [int(each) for each in received if len(each) == 4] == list(range(1_000, 4_000))
    assert sorted(received) == sorted(payloads)
    counters = sender.counters
    assert (counters.published_qos1, counters.acked, counters.in_flight, counters.backlog) == (4_000, 4_000, 0, 0)
    latencies = sender.take_ack_latencies()
    assert len(latencies) == 4_000
    assert latencies.min() >= 0
    assert len(sender.take_ack_latencies()) == 0
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


def test_mixed_qos_keeps_the_order_of_handing_over(url: str) -> None:
    receiver, sender = reader(url, "mixed"), opened(url, "mixed-writer")
    payloads = numbered(300, 100)
    assert sender.publish(["mixed/one"] * 300, payloads, [number % 3 // 2 for number in range(300)]) == 300
    assert sender.drain(10)
    assert sorted(collected(receiver, 300)) == payloads
    assert (sender.counters.published_qos0, sender.counters.published_qos1, sender.counters.acked) == (200, 100, 100)
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


def test_large_messages_pass(url: str) -> None:
    receiver, sender = reader(url, "large"), opened(url, "large-writer")
    payloads = [bytes([65 + number]) * 700_000 for number in range(3)]
    published(sender, "large", payloads, 1)
    with pumped(sender):
        assert collected(receiver, 3) == payloads
    assert sender.drain(10)
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


def test_unacknowledged_deliveries_come_again_and_acknowledged_ones_do_not(url: str) -> None:
    receiver, sender = reader(url, "again"), opened(url, "again-writer")
    published(sender, "again", numbered(10), 1)
    assert sender.drain(5)
    tokens = np.zeros(0, dtype=np.int64)
    while len(tokens) < 10:
        tokens = np.concatenate([tokens, receiver.receive(1).tokens])
    receiver.acknowledge(tokens[[3, 2, 1, 0, 8]])  # the ninth must wait for those before it
    receiver.close(discard_session=False)
    again = opened(url, "again-reader", READER)
    assert again.session.present
    assert collected(again, 6) == numbered(6, 4)
    assert len(again.receive(0.2)) == 0
    sender.close(discard_session=True)
    again.close(discard_session=True)


def test_no_session_is_left_after_forgetting_and_one_is_left_without(url: str) -> None:
    kept = reader(url, "session")
    assert kept.close(discard_session=False)
    back = opened(url, "session-reader", READER)
    assert back.session.present
    assert back.close(discard_session=True)
    fresh = opened(url, "session-reader", READER)
    assert not fresh.session.present
    fresh.close(discard_session=True)


def test_retained_messages_are_cleared(url: str) -> None:
    sender = opened(url, "kept-writer")
    topics = [f"kept/{number}" for number in range(5)]
    sender.publish(topics, [b"x"] * 5, 1, retain=True)
    assert sender.drain(5)
    before = reader(url, "kept")
    assert len(collected(before, 5)) == 5
    before.close(discard_session=True)
    clear_retained(sender, topics)
    after = reader(url, "kept")
    assert collected(after, 1, patience_s=0.4) == []
    sender.close(discard_session=True)
    after.close(discard_session=True)


def test_nagle_is_off(url: str, connections: list[socket.socket]) -> None:
    client = opened(url, "nodelay")
    assert connections[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    client.close(discard_session=True)


def test_quiet_clients_stay_connected(mosquitto: Mosquitto, nats: EmbeddedBroker) -> None:
    # nats-server rounds one and a half of one second down, which would leave paho's ping no time
    urls = [f"{mosquitto.url}?keepalive_s=1&{library}" for library in LIBRARIES] + [f"{nats.url}?keepalive_s=2"]
    clients = [opened(url, f"quiet{number}") for number, url in enumerate(urls)]
    deadline = time.monotonic() + 6.2
    while time.monotonic() < deadline:
        for client in clients:
            client.pump(0.02)
    for client in clients:
        client.publish(["quiet/x"], [b"still here"], 1)
        assert client.drain(2)
        assert client.counters.reconnects == 0
        client.close(discard_session=True)


def test_a_closed_client_says_so(url: str) -> None:
    client = opened(url, "closed")
    client.close(discard_session=True)
    with pytest.raises(ServiceError, match="closed"):
        client.publish(["a"], [b"b"], 1)


def test_what_does_not_fit_the_backlog_is_not_taken(url: str) -> None:
    client = opened(url, "backlog", ClientOptions(window=5, backlog_limit=100))
    assert client.publish(["backlog/x"] * 300, numbered(300), 1) == 100
    assert client.counters.backlog == 95
    assert client.counters.in_flight == 5
    assert client.drain(5)
    assert client.counters.acked == 100
    client.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_brokers_receive_maximum_is_respected(mosquitto_defaults: Mosquitto, library: str) -> None:
    client = opened(f"{mosquitto_defaults.url}?{library}", "window")
    published(client, "window", numbered(2_000), 1)
    most = client.counters.in_flight
    while client.counters.backlog:
        client.pump(0.01)
        most = max(most, client.counters.in_flight)
    assert client.drain(5)
    assert most == (Codec311.window if library == "protocol=311" else 20)  # 3.1.1 cannot state a window; paho keeps to 20 anyway
    assert (client.counters.acked, client.counters.reconnects) == (2_000, 0)
    client.close(discard_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_a_reader_states_its_window_so_that_a_broker_with_defaults_drops_nothing(mosquitto_defaults: Mosquitto, library: str) -> None:
    url = f"{mosquitto_defaults.url}?{library}"
    receiver, sender = reader(url, "held"), opened(url, "held-writer")
    payloads = numbered(5_000)
    published(sender, "held", payloads, 1)
    assert sender.drain(20)
    received = collected(receiver, 5_000, acknowledge=False, patience_s=10)
    assert sorted(received) == sorted(payloads)
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


def test_a_pause_between_reads_is_kept(mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = opened(mosquitto.url, "pause-writer")
    receiver = reader(mosquitto.url, "pause", options=ClientOptions(persistent_s=300, read_pause_s=0.03))
    read, moments = receiver._transport.read, []

    def noted(result: ReadResult) -> None:
        moments.append(time.monotonic())
        read(result)

    monkeypatch.setattr(receiver._transport, "read", noted)
    for first in range(0, 1_000, 50):
        published(sender, "pause", numbered(50, first), 1)
        sender.drain(5)
        receiver.acknowledge(receiver.receive(1.0).tokens)
    collected(receiver, 1_000 - receiver.counters.received)
    assert receiver.counters.received == 1_000
    # Our notes are taken a moment after the client's own, a longer one on a busy machine: two may lie nearer, all together may not.
    assert min(after - before for before, after in pairwise(moments)) >= 0.015
    assert moments[-1] - moments[0] >= 0.03 * (len(moments) - 1) - 0.02
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


class Counting:
    """A socket that counts how often it is asked for bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self.reads = 0
        self._connection = connection

    def recv_into(self, buffer: memoryview) -> int:
        self.reads += 1
        return self._connection.recv_into(buffer)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)


def test_many_messages_of_the_embedded_broker_come_with_few_reads(nats: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each call to the socket gives the interpreter away, which costs up to 5 ms beside a busy thread: four a message made ingest late.
    made: list[Counting] = []

    def counted(*args: object) -> Counting:
        made.append(Counting(open_socket(*args)))
        return made[-1]

    monkeypatch.setattr("brokers.mqtt.socket_driver.open_socket", counted)
    receiver, sender = reader(nats.url, "bulk"), opened(nats.url, "bulk-writer")
    counting = made[0]
    for first in range(0, 4_000, 500):
        published(sender, "bulk", numbered(500, first), 0)
    published(sender, "bulk", [b"last"], 1)
    assert sender.drain(10)
    assert len(collected(receiver, 4_001)) == 4_001
    assert counting.reads < 400
    sender.close(discard_session=True)
    receiver.close(discard_session=True)
