"""The contract of an MQTT client, over both libraries, both protocols, and both brokers."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import mqtt5
import numpy as np
import pytest
from pumping import pumped
from servers import Certificates, Mosquitto, free_port, make_certificates, mosquitto_server, password_lines

from brokers.broker_settings import parse_broker
from brokers.clients import ClientOptions, MqttClient, clear_retained, open_client
from brokers.embedded import EmbeddedBroker
from brokers.reconnects import FUTILE_CONNECTIONS
from brokers.wires import ProtocolRefused, Refused
from sim.errors import ServiceError, UsageError

LIBRARIES = ("client=mqtt5", "client=paho&protocol=5", "client=paho&protocol=311")
FIVE = LIBRARIES[:2]
READER = ClientOptions(persistent_s=300)
SWIFT = ClientOptions(persistent_s=300, first_delay_s=0.02, longest_delay_s=0.1)
SHORT = ClientOptions(persistent_s=300, give_up_after_s=0.5, first_delay_s=0.05)


@pytest.fixture(scope="module")
def nats() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(repeat_s=1) as broker:
        yield broker


@pytest.fixture(params=[*LIBRARIES, "nats"])
def url(request: pytest.FixtureRequest) -> str:
    """A broker and the library to use with it."""
    if request.param == "nats":
        return str(request.getfixturevalue("nats").url)
    return f"{request.getfixturevalue('mosquitto').url}?{request.param}"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def secure(mosquitto_installed: str, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    with mosquitto_server(tmp_path_factory.mktemp("secure"), *certificates.lines, scheme="mqtts") as server:
        yield server


@pytest.fixture(scope="module")
def guarded(mosquitto_installed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    folder = tmp_path_factory.mktemp("guarded")
    lines = password_lines(folder, {"sensor": "s3cret@:/"}, access="user sensor\ntopic write city/#\n")
    with mosquitto_server(folder, *lines) as server:
        yield server


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
        inbox = client.receive(0.2)
        payloads += inbox.payloads
        if acknowledge:
            client.acknowledge(inbox.tokens)
    return payloads


def pumped_for(client: MqttClient, span_s: float) -> None:
    deadline = time.monotonic() + span_s
    while time.monotonic() < deadline:
        client.pump(0.1)


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [b"%d" % number for number in range(first, first + count)]


def published(client: MqttClient, root: str, payloads: list[bytes], qos: int, *, retain: bool = False) -> None:
    assert client.publish([f"{root}/d{len(payload)}" for payload in payloads], payloads, qos, retain=retain) == len(payloads)


@pytest.mark.parametrize("qos", [0, 1])
def test_messages_arrive_with_their_topic_and_content(url: str, qos: int) -> None:
    root = f"plain{qos}"
    receiver, sender = reader(url, root, qos), opened(url, f"{root}-writer")
    sender.publish([f"{root}/a", f"{root}/b"], [b"one", "zwölf".encode()], qos)
    assert sender.drain(5)
    inbox = receiver.receive(5)
    while len(inbox) < 2:
        more = receiver.receive(5)
        inbox = type(inbox)(inbox.topics + more.topics, inbox.payloads + more.payloads, np.concatenate([inbox.tokens, more.tokens]))
    assert inbox.topics == [f"{root}/a", f"{root}/b"]
    assert inbox.payloads == [b"one", "zwölf".encode()]
    assert (inbox.tokens >= 0).tolist() == [qos == 1] * 2
    sender.close(forget_session=True)
    receiver.acknowledge(inbox.tokens)
    receiver.close(forget_session=True)


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
    sender.close(forget_session=True)
    receiver.close(forget_session=True)


def test_mixed_qos_keeps_the_order_of_handing_over(url: str) -> None:
    receiver, sender = reader(url, "mixed"), opened(url, "mixed-writer")
    payloads = numbered(300, 100)
    assert sender.publish(["mixed/one"] * 300, payloads, [number % 3 // 2 for number in range(300)]) == 300
    assert sender.drain(10)
    assert sorted(collected(receiver, 300)) == payloads
    assert (sender.counters.published_qos0, sender.counters.published_qos1, sender.counters.acked) == (200, 100, 100)
    sender.close(forget_session=True)
    receiver.close(forget_session=True)


def test_large_messages_pass(url: str) -> None:
    receiver, sender = reader(url, "large"), opened(url, "large-writer")
    payloads = [bytes([65 + number]) * 700_000 for number in range(3)]
    published(sender, "large", payloads, 1)
    with pumped(sender):
        assert collected(receiver, 3) == payloads
    assert sender.drain(10)
    sender.close(forget_session=True)
    receiver.close(forget_session=True)


def test_unacknowledged_deliveries_come_again_and_acknowledged_ones_do_not(url: str) -> None:
    receiver, sender = reader(url, "again"), opened(url, "again-writer")
    published(sender, "again", numbered(10), 1)
    assert sender.drain(5)
    tokens = np.zeros(0, dtype=np.int64)
    while len(tokens) < 10:
        tokens = np.concatenate([tokens, receiver.receive(1).tokens])
    receiver.acknowledge(tokens[[3, 2, 1, 0, 8]])  # the ninth must wait for those before it
    receiver.close(forget_session=False)
    again = opened(url, "again-reader", READER)
    assert again.session.present
    assert collected(again, 6) == numbered(6, 4)
    assert len(again.receive(0.2)) == 0
    sender.close(forget_session=True)
    again.close(forget_session=True)


def test_no_session_is_left_after_forgetting_and_one_is_left_without(url: str) -> None:
    kept = reader(url, "session")
    assert kept.close(forget_session=False)
    back = opened(url, "session-reader", READER)
    assert back.session.present
    assert back.close(forget_session=True)
    fresh = opened(url, "session-reader", READER)
    assert not fresh.session.present
    fresh.close(forget_session=True)


def test_retained_messages_are_cleared(url: str) -> None:
    sender = opened(url, "kept-writer")
    topics = [f"kept/{number}" for number in range(5)]
    sender.publish(topics, [b"x"] * 5, 1, retain=True)
    assert sender.drain(5)
    before = reader(url, "kept")
    assert len(collected(before, 5)) == 5
    before.close(forget_session=True)
    clear_retained(sender, topics)
    after = reader(url, "kept")
    assert collected(after, 1, patience_s=0.4) == []
    sender.close(forget_session=True)
    after.close(forget_session=True)


def test_nagle_is_off(url: str) -> None:
    client = opened(url, "nodelay")
    connection = client.wire.connection
    assert connection is not None
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    client.close(forget_session=True)


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
        client.close(forget_session=True)


def test_a_closed_client_says_so(url: str) -> None:
    client = opened(url, "closed")
    client.close(forget_session=True)
    with pytest.raises(ServiceError, match="closed"):
        client.publish(["a"], [b"b"], 1)


def test_what_does_not_fit_the_backlog_is_not_taken(url: str) -> None:
    client = opened(url, "backlog", ClientOptions(window=5, backlog_limit=100))
    assert client.publish(["backlog/x"] * 300, numbered(300), 1) == 100
    assert client.counters.backlog == 95
    assert client.counters.in_flight == 5
    assert client.drain(5)
    assert client.counters.acked == 100
    client.close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_brokers_receive_maximum_is_respected(mosquitto_defaults: Mosquitto, library: str) -> None:
    client = opened(f"{mosquitto_defaults.url}?{library}", "window")
    published(client, "window", numbered(2_000), 1)
    most = client.counters.in_flight
    while client.counters.backlog:
        client.pump(0.01)
        most = max(most, client.counters.in_flight)
    assert client.drain(5)
    assert most == 20
    assert (client.counters.acked, client.counters.reconnects) == (2_000, 0)
    client.close(forget_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_a_reader_states_its_window_so_that_a_broker_with_defaults_drops_nothing(mosquitto_defaults: Mosquitto, library: str) -> None:
    url = f"{mosquitto_defaults.url}?{library}"
    receiver, sender = reader(url, "held"), opened(url, "held-writer")
    payloads = numbered(5_000)
    published(sender, "held", payloads, 1)
    assert sender.drain(20)
    received = collected(receiver, 5_000, acknowledge=False, patience_s=10)
    assert sorted(received) == sorted(payloads)
    sender.close(forget_session=True)
    receiver.close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_credentials_count(guarded: Mosquitto, library: str) -> None:
    right = guarded.url.replace("//", "//sensor:s3cret%40%3A%2F@")
    opened(f"{right}?{library}", "known").close(forget_session=True)
    for wrong in (guarded.url.replace("//", "//sensor:guess@"), guarded.url):
        with pytest.raises(Refused, match="check user name and password") as caught:
            opened(f"{wrong}?{library}", "unknown")
        assert "guess" not in str(caught.value)
        assert str(guarded.port) in str(caught.value)


@pytest.mark.parametrize("library", FIVE)
def test_a_message_the_access_list_forbids_is_refused_not_acknowledged(guarded: Mosquitto, library: str) -> None:
    client = opened(f"{guarded.url.replace('//', '//sensor:s3cret%40%3A%2F@')}?{library}", "refused")
    client.publish(["city/a", "elsewhere/b", "city/c"], [b"1", b"2", b"3"], 1)
    assert client.drain(5)
    assert (client.counters.acked, client.counters.refused) == (2, 1)
    assert "not authorized" in client.trouble
    client.close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_tls_with_the_right_authority_carries_messages(secure: Mosquitto, certificates: Certificates, library: str) -> None:
    url = f"{secure.url}?ca={certificates.authority}&{library}"
    receiver, sender = reader(url, "tls"), opened(url, "tls-writer")
    payloads = [b"%d" % number * 40 for number in range(3_000)]
    published(sender, "tls", payloads, 1)
    with pumped(sender):
        assert sorted(collected(receiver, 3_000)) == sorted(payloads)
    assert sender.drain(10)
    connection = sender.wire.connection
    assert connection is not None
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    sender.close(forget_session=True)
    receiver.close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_certificate_of_an_unknown_authority_does_not_count(secure: Mosquitto, library: str) -> None:
    with pytest.raises(Refused, match=r"certificate does not count.*\?ca=FILE"):
        opened(f"{secure.url}?{library}", "stranger")
    opened(f"{secure.url}?verify=no&{library}", "careless").close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_plain_and_tls_ports_are_told_apart(secure: Mosquitto, mosquitto: Mosquitto, certificates: Certificates, library: str) -> None:
    with pytest.raises(ServiceError, match="with TLS"):
        opened(f"{secure.url.replace('mqtts', 'mqtt')}?{library}&connect_timeout_s=2", "plain")
    with pytest.raises(ServiceError, match="no TLS is spoken there"):
        opened(f"{mosquitto.url.replace('mqtt', 'mqtts')}?ca={certificates.authority}&{library}&connect_timeout_s=2", "tls")


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_listening_and_no_such_host_are_told_apart(library: str) -> None:
    with pytest.raises(ServiceError, match="nothing listens there"):
        opened(f"mqtt://127.0.0.1:{free_port()}?{library}", "nobody")
    with pytest.raises(ServiceError, match="host name is not known"):
        opened(f"mqtt://no-such-host.invalid?{library}", "nowhere")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["silent", "http"])
def test_a_server_that_is_no_broker_is_found_out(library: str, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1_000)
                connection.sendall(answer)
                connection.recv(1_000)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises(ServiceError, match=f"127.0.0.1:{port}"):
            opened(f"mqtt://127.0.0.1:{port}?{library}&connect_timeout_s=1", "misled")
        thread.join()


def test_a_broker_of_the_older_protocol_is_refused_by_name_and_found_by_auto(nats: EmbeddedBroker) -> None:
    for library in FIVE:
        with pytest.raises(ProtocolRefused, match="protocol=311"):
            opened(f"{nats.url}?{library}", "modern")
    client = opened(nats.url, "modest")
    assert client.session.protocol == 311
    client.close(forget_session=True)


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
    assert sender.close(forget_session=True)
    assert receiver.close(forget_session=True)


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
        sender.close(forget_session=True)
        receiver.close(forget_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_broker_that_stays_away_is_given_up_with_one_message(restartable: Mosquitto, library: str) -> None:
    client = opened(f"{restartable.url}?{library}", "faithful", SHORT)
    restartable.stop()
    published(client, "faithful", [b"x"], 1)
    with pytest.raises(ServiceError, match=r"lost for good.*nothing listens"):
        client.drain(20)
    with pytest.raises(ServiceError, match="lost for good"):
        client.publish(["a"], [b"b"], 1)
    assert not client.close(forget_session=True)
    assert "could not be deleted" in client.trouble


@pytest.mark.parametrize("library", FIVE)
def test_a_broker_that_hangs_is_noticed_by_its_missing_ping(restartable: Mosquitto, library: str) -> None:
    client = opened(f"{restartable.url}?{library}&keepalive_s=1&connect_timeout_s=1", "patient", SHORT)
    os.kill(restartable.pid, signal.SIGSTOP)
    try:
        with pytest.raises(ServiceError, match="lost for good"):
            pumped_for(client, 20)
    finally:
        os.kill(restartable.pid, signal.SIGCONT)
    assert client.close(forget_session=True)


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
        assert "at most 1000 bytes" in client.trouble
        assert "big/2" in client.trouble
        client.close(forget_session=True)


def test_an_oversize_message_that_ends_each_connection_ends_the_client_with_the_likely_cause(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
) -> None:
    with mosquitto_server(tmp_path, "allow_anonymous true", "max_packet_size 1000") as server:
        client = opened(f"{server.url}?client=paho&protocol=311", "big", SWIFT)
        client.publish(["big/1"], [b"x" * 1_000], 1)
        with pytest.raises(ServiceError, match="max_packet_size"):
            client.drain(20)
        client.close(forget_session=False)


def greeted(server: socket.socket, farewell: bytes, times: int) -> None:
    """Answer so many CONNECTs as an MQTT 5 broker would, then say the farewell and hang up."""
    for _ in range(times):
        connection, _ = server.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(mqtt5.ConnAckPacket().write() + farewell)


@pytest.mark.parametrize("library", FIVE)
@pytest.mark.parametrize("answers", [True, False], ids=["refused", "cut"])
def test_a_refused_subscription_is_reported_with_its_filter(library: str, *, answers: bool) -> None:
    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1_000)
            connection.sendall(mqtt5.ConnAckPacket().write())
            asked, _ = mqtt5.read(memoryview(connection.recv(1_000)))
            assert isinstance(asked, mqtt5.SubscribePacket)
            codes = [mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE, mqtt5.SubAckReasonCode.NOT_AUTHORIZED]
            if answers:
                connection.sendall(mqtt5.SubAckPacket(asked.packet_id, codes).write())
                connection.recv(1_000)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        client = opened(f"mqtt://127.0.0.1:{server.getsockname()[1]}?{library}", "curious")
        with pytest.raises(ServiceError, match=r"secret/#.*access list"):
            client.subscribe(["city/#", "secret/#"], 1)
        client.close(forget_session=False)
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
    first.close(forget_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_a_broker_that_ends_each_connection_at_once_is_given_up(library: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greeted, args=(server, b"", FUTILE_CONNECTIONS + 1))
        thread.start()
        client = opened(f"mqtt://127.0.0.1:{server.getsockname()[1]}?{library}", "moth", SWIFT)
        with pytest.raises(ServiceError, match="ends each connection at once"):
            pumped_for(client, 10)
        thread.join()
        assert client.counters.reconnects == FUTILE_CONNECTIONS
    client.close(forget_session=False)


def test_a_pause_between_reads_makes_reads_larger(mosquitto: Mosquitto) -> None:
    sender = opened(mosquitto.url, "pause-writer")
    reads = []
    for pause_s in (0.0, 0.05):
        receiver = reader(mosquitto.url, "pause", options=ClientOptions(persistent_s=300, read_pause_s=pause_s))
        count = 0
        with pumped(sender):
            for _ in range(20):
                published(sender, "pause", numbered(50), 1)
                time.sleep(0.005)
            received = 0
            while received < 1_000:
                inbox = receiver.receive(1)
                received += len(inbox)
                count += 1
                receiver.acknowledge(inbox.tokens)
        reads.append(count)
        receiver.close(forget_session=True)
    sender.close(forget_session=True)
    assert reads[1] <= 20


def test_a_url_with_faults_names_all_of_them_and_no_secret() -> None:
    with pytest.raises(UsageError) as caught:
        parse_broker("mqt://user:hidden@broker:99999/path?client=mqt5&cleint=paho&keepalive_s=0")
    text = str(caught.value)
    for part in ("did you mean 'mqtt'", "port", "'/path'", "did you mean 'mqtt5'", "did you mean 'client'", "keepalive_s"):
        assert part in text
    assert "hidden" not in text


def test_settings_never_show_the_password() -> None:
    settings = parse_broker("mqtts://user:p%40ss@host?verify=no")
    assert (settings.username, settings.password, settings.port) == ("user", "p@ss", 8883)
    assert "p@ss" not in repr(settings) + settings.place


def test_missing_tls_files_are_a_usage_error_before_anything_is_connected() -> None:
    with pytest.raises(UsageError, match=r"missing\.pem"):
        opened("mqtts://127.0.0.1?ca=missing.pem", "unread")


def test_credentials_from_elsewhere_count_where_the_url_has_none() -> None:
    assert parse_broker("mqtt://host", username="a", password="b").password == "b"  # noqa: S105, S106 - no secret
    assert parse_broker("mqtt://x:y@host", username="a", password="b").username == "x"  # noqa: S106 - no secret
