"""What a broker lacks is said before the first event: by its handshake in MQTT 5, by a rehearsal in either level."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brokers.mqtt.embedded import EmbeddedBroker
from brokers.mqtt.fitness import Needs, check_broker, rehearse
from sim.errors import ServiceError
from tests.mqtt import FIVE, LIBRARIES, opened, reader
from tests.servers import Mosquitto, mosquitto_server, password_lines

NEEDS = Needs(50_000, True, ["city/citybeat/lamps/lamp_state/abcd", "city/citybeat/lamps/lamp_power/abcd"])  # noqa: FBT003 - as it reads
OPEN = ("allow_anonymous true",)


def rehearsed(url: str, needs: Needs = NEEDS) -> None:
    client = opened(url, "rehearsing")
    try:
        check_broker(client, needs, "abcd")
        rehearse(client, needs)
        assert len(client.take_ack_latencies()) == 0
    finally:
        client.close(discard_session=True)


def test_a_broker_that_takes_all_of_it_is_left_as_it_was(url: str) -> None:
    rehearsed(url)
    late = reader(url, "city")
    assert len(late.receive(0.2)) == 0
    late.close(discard_session=True)


@pytest.mark.parametrize("library", FIVE)
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max_packet_size 4096", ("at most 4,096 bytes", "50,000", "max_packet_size")),
        ("retain_available false", ("retains no messages", "retain=no")),
        ("max_qos 0", ("QoS 0 only", "max_qos 1")),
    ],
)
def test_what_the_handshake_says_is_lacking_is_told_with_its_remedy(
    mosquitto_installed: str,  # noqa: ARG001 - skips without it
    tmp_path: Path,
    library: str,
    line: str,
    words: tuple[str, ...],
) -> None:
    with mosquitto_server(tmp_path, *OPEN, line) as server:
        with pytest.raises(ServiceError, match=f"broker {server.url}: it ") as caught:
            rehearsed(f"{server.url}?{library}")
        assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize("library", LIBRARIES)
def test_without_retained_messages_a_run_that_asks_for_none_goes_on(mosquitto_installed: str, tmp_path: Path, library: str) -> None:  # noqa: ARG001
    with mosquitto_server(tmp_path, *OPEN, "retain_available false") as server:
        rehearsed(f"{server.url}?{library}", Needs(50_000, False, NEEDS.topics))  # noqa: FBT003 - as it reads
        client = opened(f"{server.url}?{library}&retain=no", "unretained")
        client.publish(["city/a"], [b"x"], 1, retain=True)
        assert client.drain(5)
        assert (client.counters.acked, client.counters.reconnects) == (1, 0)
        client.close(discard_session=True)


@pytest.mark.parametrize("library", LIBRARIES[2:])
def test_an_older_broker_that_hangs_up_on_large_packets_is_found_out(mosquitto_installed: str, tmp_path: Path, library: str) -> None:  # noqa: ARG001
    with (
        mosquitto_server(tmp_path, *OPEN, "max_packet_size 4096") as server,
        pytest.raises(ServiceError, match=r"50,000 bytes.*raise its limit"),
    ):
        rehearsed(f"{server.url}?{library}")


@pytest.mark.parametrize("library", LIBRARIES[2:])
def test_an_older_broker_without_qos_1_is_found_out(mosquitto_installed: str, tmp_path: Path, library: str) -> None:  # noqa: ARG001
    with mosquitto_server(tmp_path, *OPEN, "max_qos 0") as server, pytest.raises(ServiceError, match="QoS 1 message on citybeat/probe"):
        rehearsed(f"{server.url}?{library}")


@pytest.fixture
def guarded(mosquitto_installed: str, tmp_path: Path) -> Iterator[Mosquitto]:  # noqa: ARG001 - skips without it
    lines = password_lines(
        tmp_path, {"sensor": "word"}, access="user sensor\ntopic write citybeat/#\ntopic write city/+/lamps/lamp_state/#\n"
    )
    with mosquitto_server(tmp_path, *lines) as server:
        yield server


@pytest.mark.parametrize("library", FIVE)
def test_an_access_list_that_leaves_out_a_kind_is_found_before_its_first_event(guarded: Mosquitto, library: str) -> None:
    with pytest.raises(ServiceError, match=r"city/citybeat/lamps.*not authorized.*access list"):
        rehearsed(f"{guarded.url.replace('//', '//sensor:word@')}?{library}")


def test_the_embedded_broker_takes_what_a_large_city_needs(nats: EmbeddedBroker) -> None:
    rehearsed(nats.url, Needs(400_000, True, NEEDS.topics))  # noqa: FBT003 - as it reads
