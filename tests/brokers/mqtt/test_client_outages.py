"""Brokers that restart, hang, hang up or refuse: nothing is lost, nothing waits for ever, and the reason is told."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import mqtt5
import pytest

from brokers.mqtt.clients import ClientOptions
from brokers.mqtt.reconnects import FLAPPING_CONNECTIONS
from brokers.mqtt.refusals import Refused
from sim.errors import ServiceError
from tests.mqtt import FIVE, LIBRARIES, SWIFT, collected, numbered, opened, published, pumped_for, reader
from tests.pumping import pumped
from tests.servers import Mosquitto, mosquitto_server

SHORT = ClientOptions(persistent_s=300, give_up_after_s=0.5, first_delay_s=0.05)


@pytest.fixture
def restartable(mosquitto_installed: str, tmp_path: Path) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    lines = ("allow_anonymous true", "persistence true", f"persistence_location {tmp_path}/", "max_queued_messages 0")
    with mosquitto_server(tmp_path, *lines) as server:
        yield server


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_is_lost_when_the_broker_restarts(restartable: Mosquitto, library: str) -> None:
    url = f"{restartable.url}?{library}"
    receiver, sender = reader(url, "restart", options=SWIFT), opened(url, "restart-writer", SWIFT)
    payloads = numbered(4_000)
    published(sender, "restart", payloads[:2_000], 1)
    sender.pump(0.05)
    received = collected(receiver, 20, acknowledge=False)
    restartable.stop()
    published(sender, "restart", payloads[2_000:3_000], 1)
    sender.pump(0.05)
    assert sender.counters.backlog > 0
    with pumped(sender):
        restartable.start()
        for first in range(3_000, 4_000, 50):
            published(sender, "restart", payloads[first : first + 50], 1)
            time.sleep(0.005)
        deadline = time.monotonic() + 20
        while set(received) != set(payloads) and time.monotonic() < deadline:
            received += collected(receiver, 1, patience_s=0.5)
    assert sender.drain(10)
    assert set(received) == set(payloads)
    assert (sender.counters.published_qos1, sender.counters.acked) == (4_000, 4_000)
    assert sender.counters.reconnects == receiver.counters.reconnects == 1
    assert sender.close(discard_session=True)
    assert receiver.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_lost_session_is_subscribed_again(mosquitto_installed: str, tmp_path: Path, library: str) -> None:  # noqa: ARG001 - skips without it
    with mosquitto_server(tmp_path) as server:
        receiver = reader(f"{server.url}?{library}", "anew")
        server.stop()
        receiver.pump(0.1)
        server.start()
        while receiver.counters.reconnects == 0:
            receiver.pump(0.1)
        sender = opened(f"{server.url}?{library}", "anew-writer")
        published(sender, "anew", [b"heard"], 1)
        assert sender.drain(5)
        assert collected(receiver, 1) == [b"heard"]
        sender.close(discard_session=True)
        receiver.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_broker_that_stays_away_is_given_up_with_one_message(restartable: Mosquitto, library: str) -> None:
    client = opened(f"{restartable.url}?{library}", "faithful", SHORT)
    restartable.stop()
    published(client, "faithful", [b"x"], 1)
    with pytest.raises(ServiceError, match=r"lost for good.*nothing listens"):
        client.drain(20)
    with pytest.raises(ServiceError, match="lost for good"):
        client.publish(["a"], [b"b"], 1)
    assert not client.close(discard_session=True)
    assert "could not be deleted" in client.last_error


@pytest.mark.parametrize("library", FIVE)
def test_a_broker_that_hangs_is_noticed_by_its_missing_ping(restartable: Mosquitto, library: str) -> None:
    client = opened(f"{restartable.url}?{library}&keepalive_s=1&connect_timeout_s=1", "patient", SHORT)
    os.kill(restartable.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServiceError, match="lost for good"):
            pumped_for(client, 20)
    finally:
        os.kill(restartable.pid, signal.SIGCONT)
    assert client.close(discard_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_an_oversize_message_is_refused_before_it_is_sent_where_the_broker_names_its_limit(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
    library: str,
) -> None:
    with mosquitto_server(tmp_path, "allow_anonymous true", "max_packet_size 1000") as server:
        client = opened(f"{server.url}?{library}", "big")
        fitting = b"x" * (1_000 - len("big/1") - 8)  # two bytes of length, of topic length, of id, one of type and of properties
        client.publish(["big/1", "big/2", "big/3"], [fitting, fitting + b"x", b"small"], 1)
        assert client.drain(5)
        assert (client.counters.acked, client.counters.refused, client.counters.reconnects) == (2, 1, 0)
        assert "at most 1000 bytes" in client.last_error
        assert "big/2" in client.last_error
        client.close(discard_session=True)


def test_an_oversize_message_that_ends_each_connection_ends_the_client_with_the_likely_cause(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
) -> None:
    with mosquitto_server(tmp_path, "allow_anonymous true", "max_packet_size 1000") as server:
        client = opened(f"{server.url}?client=paho&protocol=311", "big", SWIFT)
        client.publish(["big/1"], [b"x" * 1_000], 1)
        with pytest.raises(ServiceError, match="max_packet_size"):
            client.drain(20)
        client.close(discard_session=False)


HELD = ClientOptions(first_delay_s=0.02, longest_delay_s=0.1, hold_s=30.0)


@pytest.mark.parametrize("library", ["client=mqtt5", "protocol=311"])
def test_after_a_reconnect_nothing_leaves_before_the_reader_is_known_to_be_back(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
    library: str,
) -> None:
    with mosquitto_server(tmp_path) as server:  # without persistence: it forgets the reader's session
        url = f"{server.url}?{library}"
        receiver, sender = reader(url, "held", options=SWIFT), opened(url, "held-writer", HELD)
        os.kill(server.pid, signal.SIGSTOP)
        published(sender, "held", numbered(10), 1)  # sent, and never acknowledged
        os.kill(server.pid, signal.SIGCONT)
        server.stop()
        pumped_for(sender, 0.1)
        published(sender, "held", numbered(20, 10), 1)
        server.start()
        while sender.counters.reconnects == 0:
            sender.pump(0.05)
        pumped_for(sender, 0.2)
        assert sender.held
        assert sender.counters.published_qos1 <= 10
        assert set(collected(receiver, 30, patience_s=0.3)) <= set(numbered(10))  # it comes back only now; what it hears is from before
        sender.release()
        with pumped(sender):
            assert set(numbered(20, 10)) <= set(collected(receiver, 30, patience_s=2))
        assert sender.drain(5)
        assert not sender.held
        assert (sender.counters.acked, sender.counters.holds, sender.counters.unheard) == (30, 1, 0)
        sender.close(discard_session=True)
        receiver.close(discard_session=True)


def test_a_reader_that_never_comes_back_does_not_hold_us_for_ever(restartable: Mosquitto) -> None:
    client = opened(restartable.url, "unheard", replace(HELD, hold_s=0.3))
    restartable.stop()
    pumped_for(client, 0.1)
    published(client, "unheard", numbered(5), 1)
    restartable.start()
    assert client.drain(10)
    assert (client.counters.acked, client.counters.holds, client.counters.unheard) == (5, 1, 1)
    assert client.counters.held_s >= 0.3
    client.close(discard_session=True)


def greeted(server: socket.socket, farewell: bytes, times: int) -> None:
    """Answer so many CONNECTs as an MQTT 5 broker would, then say the farewell and hang up."""
    for _ in range(times):
        connection, _ = server.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(mqtt5.ConnAckPacket().write() + farewell)


@pytest.mark.parametrize("library", FIVE)
@pytest.mark.parametrize("answered", [2, 1, 0], ids=["refused", "half answered", "cut"])
def test_a_refused_subscription_is_reported_with_its_filter(library: str, answered: int) -> None:
    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(mqtt5.ConnAckPacket().write())
            asked, _ = mqtt5.read(memoryview(connection.recv(1_000)))
            assert isinstance(asked, mqtt5.SubscribePacket)
            codes = [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, mqtt5.SubAckReasonCode.NOT_AUTHORIZED]
            if answered:
                connection.sendall(mqtt5.SubAckPacket(asked.packet_id, codes[:answered]).write())
                connection.recv(1_000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        client = opened(f"mqtt://127.0.0.1:{server.getsockname()[1]}?{library}&connect_timeout_s=1", "curious")
        with pytest.raises(ServiceError, match=r"secret/#.*access list"):
            client.subscribe(["city/#", "secret/#"], 1)
        client.close(discard_session=False)
        thread.join()


@pytest.mark.parametrize("library", FIVE)
def test_a_client_whose_id_another_takes_does_not_fight_for_it(library: str) -> None:
    farewell = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER).write()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greeted, args=(server, farewell, 1))
        thread.start()
        first = opened(f"mqtt://127.0.0.1:{server.getsockname()[1]}?{library}", "twin")
        with pytest.raises(Refused, match="another client uses the id 'twin'"):
            pumped_for(first, 5)
        thread.join()
    first.close(discard_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_a_broker_that_ends_each_connection_at_once_is_given_up(library: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greeted, args=(server, b"", FLAPPING_CONNECTIONS + 1))
        thread.start()
        client = opened(f"mqtt://127.0.0.1:{server.getsockname()[1]}?{library}", "moth", SWIFT)
        with pytest.raises(ServiceError, match="ends each connection at once"):
            pumped_for(client, 10)
        thread.join()
        assert client.counters.reconnects == FLAPPING_CONNECTIONS
    client.close(discard_session=False)
