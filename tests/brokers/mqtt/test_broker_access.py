"""Who may speak to a broker and how: URLs, credentials, access lists, TLS, and what is no broker at all."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.embedded import EmbeddedBroker
from brokers.mqtt.refusals import ProtocolRefused, Refused
from sim.errors import ServiceError, UsageError
from tests.mqtt import FIVE, LIBRARIES, collected, opened, published, reader
from tests.pumping import pumped
from tests.servers import Certificates, Mosquitto, free_port, make_certificates, mosquitto_server, password_lines


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


@pytest.mark.parametrize("library", LIBRARIES)
def test_credentials_count(guarded: Mosquitto, library: str) -> None:
    right = guarded.url.replace("//", "//sensor:s3cret%40%3A%2F@")
    opened(f"{right}?{library}", "known").close(discard_session=True)
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
    assert "not authorized" in client.last_error
    client.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_tls_with_the_right_authority_carries_messages(
    secure: Mosquitto, certificates: Certificates, connections: list[socket.socket], library: str
) -> None:
    url = f"{secure.url}?ca={certificates.authority}&{library}"
    receiver, sender = reader(url, "tls"), opened(url, "tls-writer")
    payloads = [b"%d" % number * 40 for number in range(3_000)]
    published(sender, "tls", payloads, 1)
    with pumped(sender):
        assert sorted(collected(receiver, 3_000)) == sorted(payloads)
    assert sender.drain(10)
    assert connections[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_certificate_of_an_unknown_authority_does_not_count(secure: Mosquitto, library: str) -> None:
    with pytest.raises(Refused, match=r"certificate does not count.*\?ca=FILE"):
        opened(f"{secure.url}?{library}", "stranger")
    opened(f"{secure.url}?verify=no&{library}", "careless").close(discard_session=True)


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
    client.close(discard_session=True)


def test_a_url_with_faults_names_all_of_them_and_no_secret() -> None:
    with pytest.raises(UsageError) as caught:
        parse_broker("mqt://user:hidden@broker:99999/path?client=mqt5&cleint=paho&keepalive_s=0")
    text = str(caught.value)
    for part in ("did you mean 'mqtt'", "port", "a path", "did you mean 'mqtt5'", "did you mean 'client'", "keepalive_s"):
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


@pytest.fixture
def only_311(mosquitto: Mosquitto) -> Iterator[str]:
    """A door before a broker that hangs up on MQTT 5 without a word; the URL of the door."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=_let_in, args=(door, mosquitto.port), daemon=True)
        thread.start()
        yield f"mqtt://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join()


def _let_in(door: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            guest = door.accept()[0]
            first = guest.recv(1_000)
            if first[first.find(b"\x00\x04MQTT") + 6] != 4:
                guest.close()
                continue
            broker = socket.create_connection(("127.0.0.1", port))
            broker.sendall(first)
            for source, sink in ((guest, broker), (broker, guest)):
                threading.Thread(target=_pipe, args=(source, sink), daemon=True).start()


def _pipe(source: socket.socket, sink: socket.socket) -> None:
    with source, suppress(OSError):
        while piece := source.recv(1 << 16):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("library", ["client=auto", "client=paho"])
def test_a_broker_that_hangs_up_on_mqtt_5_is_spoken_to_in_the_older_one(only_311: str, library: str) -> None:
    receiver, sender = reader(f"{only_311}?{library}", f"door-{library}"), opened(f"{only_311}?{library}", f"door-{library}-writer")
    assert sender.session.protocol == 311
    published(sender, f"door-{library}", [b"through"], 1)
    assert sender.drain(5)
    assert collected(receiver, 1) == [b"through"]
    sender.close(discard_session=True)
    receiver.close(discard_session=True)


@pytest.mark.parametrize("library", FIVE)
def test_who_insists_on_mqtt_5_is_told_of_the_older_one(only_311: str, library: str) -> None:
    with pytest.raises(ServiceError, match="protocol=311"):
        opened(f"{only_311}?{library}&protocol=5", "insisting")
