"""Brokers and stores that refuse, are away or are lost, and strangers on the topics: clear words, exit 5, and books that balance."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import MqttClient, open_client
from citybeat.running import connections
from tests.citybeat.commands import assert_clean, citybeat, started, street, summary_of, until
from tests.citybeat.running.test_endings import assert_replays_alike
from tests.citybeat.running.test_whole_line import assert_nothing_left_on, influx_environment
from tests.citybeat.verbs.test_refusals import _in_an_empty_folder, refused  # noqa: F401 - a fixture
from tests.servers import UNLIMITED, InfluxDB, Mosquitto, free_port, make_certificates, mosquitto_server, password_lines

Capture = pytest.CaptureFixture[str]


def test_a_broker_that_is_not_there_is_named(capsys: Capture, tmp_path: Path) -> None:
    url = f"mqtt://127.0.0.1:{free_port()}"
    said = refused(capsys, "run", street(tmp_path), "--broker", url, code=5)
    assert f"broker {url}: nothing listens there" in said


@pytest.mark.mosquitto
def test_a_wrong_password_is_told_apart_and_never_shown(capsys: Capture, tmp_path: Path, mosquitto_installed: str) -> None:  # noqa: ARG001
    with mosquitto_server(tmp_path, *password_lines(tmp_path, {"city": "right"})) as server:
        url = f"mqtt://city:wr0ng@127.0.0.1:{server.port}"
        said = refused(capsys, "run", street(tmp_path), "--broker", url, code=5)
        assert f"broker {server.url}" in said
        assert "password" in said
        assert "wr0ng" not in said


@pytest.mark.mosquitto
def test_a_tls_mismatch_is_named_on_either_side(capsys: Capture, tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path)
    assert "TLS" in refused(capsys, "run", script, "--broker", f"mqtts://127.0.0.1:{mosquitto.port}", code=5)
    certificates = make_certificates(tmp_path)
    with mosquitto_server(tmp_path, "allow_anonymous true", *certificates.lines, scheme="mqtts") as server:
        said = refused(capsys, "run", script, "--broker", server.url, code=5)
        assert "certificate" in said
        assert "ca=" in said


@pytest.mark.influxdb
def test_a_store_that_is_away_or_refuses_us_is_named_before_anything_is_sent(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, influxdb: InfluxDB
) -> None:
    script = street(tmp_path)
    settings = {**influx_environment(influxdb), "INFLUXDB_TOKEN": "n0t-the-token"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    said = refused(capsys, "run", script, "--store", "influx", code=5)
    assert influxdb.url in said
    assert "INFLUXDB_TOKEN" in said
    assert "n0t-the-token" not in said
    monkeypatch.setenv("INFLUXDB_URL", f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in refused(capsys, "run", script, "--store", "influx", code=5)


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_without_an_ingest_an_external_run_is_refused(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mosquitto: Mosquitto, influxdb: InfluxDB
) -> None:
    for name, value in influx_environment(influxdb).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(connections, "READY_S", 1.5)
    arguments = ("run", street(tmp_path), "--store", "influx", "--broker", mosquitto.url, "--ingest", "external")
    assert "start one with `citybeat ingest`" in refused(capsys, *arguments, code=5)


def _heard(url: str) -> MqttClient:
    """Return a client that has heard the first event of a run."""
    return _first_of(url)[0]


def _first_of(url: str) -> tuple[MqttClient, str]:
    """Return a client that has heard the first event of a run, and its topic."""
    listener = open_client(parse_broker(url), f"stranger-{os.urandom(3).hex()}")
    listener.subscribe(["city/+/+/+/+"], 0)
    topics: list[str] = []

    def heard() -> bool:
        received = listener.receive(0.5)
        topics.extend(topic for topic, payload in zip(received.topics, received.payloads, strict=True) if payload)  # a rehearsal is empty
        return bool(topics)

    until(heard, "the first event")
    return listener, topics[0]


@pytest.mark.mosquitto
def test_a_broker_lost_half_way_ends_the_run_with_books_that_balance(tmp_path: Path, mosquitto_installed: str) -> None:  # noqa: ARG001
    (tmp_path / "broker").mkdir()
    script = street(tmp_path, duration='"30m"')
    with (
        mosquitto_server(tmp_path / "broker", *UNLIMITED) as server,
        started("run", script, "--broker", f"{server.url}?give_up_s=2", cwd=tmp_path) as run,
    ):
        _heard(server.url).close(discard_session=True)
        os.kill(server.pid, signal.SIGKILL)
        out, err = run.communicate(timeout=90)
    assert run.returncode == 5, (out, err)
    assert "Traceback" not in err
    assert f"broker {server.url}" in err.splitlines()[-1]
    summary = summary_of(tmp_path)
    assert summary["failure"]
    for row in summary["books"]["kinds"].values():
        assert row["planned"] >= row["sent"] >= row["received"] >= row["stored"]
        assert row["sent"] >= row["acked"]
        assert row["lost"] == row["planned"] - row["stored"]
    assert summary["books"]["total"]["stored"] > 0
    assert_replays_alike(tmp_path, summary)


READ_NOTHING = "user city\ntopic write city/#\ntopic readwrite citybeat/#\n"


@pytest.mark.mosquitto
@pytest.mark.parametrize("level", ["5", "311"])
def test_an_access_list_that_drops_in_silence_is_found_before_the_first_event(
    capsys: Capture,
    tmp_path: Path,
    mosquitto_installed: str,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    level: str,
) -> None:
    monkeypatch.setattr(connections, "HEARD_S", 1.0)
    (tmp_path / "broker").mkdir()
    with mosquitto_server(tmp_path / "broker", *password_lines(tmp_path, {"city": "right"}, READ_NOTHING)) as server:
        url = f"mqtt://city:right@127.0.0.1:{server.port}?protocol={level}"
        said = refused(capsys, "run", street(tmp_path), "--broker", url, code=5)
    for words in (server.url, "city/Xuhui/lamps/lamp_", "access list", "may ingest read it"):
        assert words in said, said


@pytest.mark.mosquitto
@pytest.mark.parametrize("attempt", range(2))
def test_a_broker_away_for_a_while_costs_nothing_at_qos_1(tmp_path: Path, mosquitto_installed: str, attempt: int) -> None:  # noqa: ARG001
    (tmp_path / "broker").mkdir()
    lines = (*UNLIMITED, "persistence true", f"persistence_location {tmp_path / 'broker'}/")
    with mosquitto_server(tmp_path / "broker", *lines) as server:
        arguments = ("run", street(tmp_path, duration='"5m"'), "--seed", str(attempt), "--qos", "1", "--broker", server.url)
        with started(*arguments, cwd=tmp_path) as run:
            _heard(server.url).close(discard_session=True)
            server.stop()
            time.sleep(1.5)  # how long the broker is away is what is tried here
            server.start()
            out, err = run.communicate(timeout=90)
    assert run.returncode in (0, 3), (out, err)  # the latency promised to people is broken
    summary = summary_of(tmp_path)
    for row in summary["books"]["kinds"].values():
        assert row["planned"] == row["sent"] == row["acked"] == row["stored"] == row["received"] - row["duplicated"] > 0, row
    assert summary["broker"]["reconnects"] == summary["broker"]["waits_for_ingest"] == 1
    assert summary["broker"]["waited_in_vain"] == 0


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_nothing_is_lost_while_influxdb_is_away_half_way(tmp_path: Path, mosquitto: Mosquitto, influxdb: InfluxDB) -> None:
    script = street(tmp_path, duration='"8m"')
    arguments = ("run", script, "--store", "influx", "--broker", mosquitto.url)
    with started(*arguments, cwd=tmp_path, **influx_environment(influxdb)) as run:
        listener = _heard(mosquitto.url)
        influxdb.kill()
        try:
            time.sleep(3.0)  # how long the database is away is what is tried here
        finally:
            influxdb.resume()
            listener.close(discard_session=True)
        out, err = run.communicate(timeout=120)
    assert run.returncode in (0, 3), (out, err)  # the latency promised to people may well be broken
    summary = summary_of(tmp_path)
    assert_clean(summary)
    assert {row["verdict"] for row in summary["objectives"] if row["measure"].startswith("pipeline.lost")} == {"pass"}


@pytest.mark.mosquitto
def test_messages_of_strangers_are_counted_and_buried_and_our_books_balance(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path, duration='"8m"')
    with started("run", script, "--broker", mosquitto.url, cwd=tmp_path) as run:
        stranger, heard = _first_of(mosquitto.url)
        (folder,) = (tmp_path / "runs").iterdir()
        topic = "city/Xuhui/lamps/lamp_power/stranger"
        good = {"sent": 1, "t": 1, "seq": 0, "run": folder.name, "power_w": 1.0}
        bad = {
            "oversize": json.dumps(good | {"note": "x" * 100_000}).encode(),
            "wrong_type": json.dumps(good | {"power_w": "much"}).encode(),
            "missing_field": json.dumps({"t": 1, "run": folder.name}).encode(),
        }
        others = [json.dumps(good | {"run": "0000ffff"}).encode(), b"", b"no JSON"]
        stranger.publish([topic] * (len(bad) + len(others)), [*bad.values(), *others], 1)
        stranger.publish([heard], [b'{"t":1,'], 1)
        stranger.publish(["city/too/short", "city/Xuhui/lamps/unknown/x", "elsewhere/Xuhui/lamps/lamp_power/x"], [b"{}"] * 3, 1)
        assert stranger.drain(20.0)
        stranger.close(discard_session=True)
        out, err = run.communicate(timeout=90)
    assert run.returncode == 3, (out, err)  # what we reject is a promise broken, by whomever
    summary = summary_of(tmp_path)
    kinds = summary["books"]["kinds"]
    for kind in ("lamp_power", "lamp_state"):
        assert kinds[kind]["planned"] == kinds[kind]["sent"] == kinds[kind]["stored"] > 0
    named = {kind: kinds[kind]["rejected"] for kind in ("lamp_power", "lamp_state") if kinds[kind]["rejected"]}
    assert sum((Counter(reasons) for reasons in named.values()), Counter()) == dict.fromkeys([*bad, "malformed"], 1)
    assert kinds["lamp_power"]["foreign"] == {"foreign_run": 1, "malformed": 1}
    assert (kinds["(no kind)"]["rejected"], kinds["(no kind)"]["foreign"]) == ({}, {"foreign_topic": 2})
    letters = [json.loads(line) for line in (folder / "dead_letters.jsonl").read_text().splitlines()]
    assert sorted(letter["reason"] for letter in letters if "foreign" not in letter) == sorted([*bad, "malformed"])
    assert sorted(letter["reason"] for letter in letters if "foreign" in letter) == ["foreign_topic", "foreign_topic", "malformed"]
    assert [row["measure"] for row in summary["objectives"] if row["verdict"] == "fail"] == ["pipeline.rejected"]


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_an_ingest_of_its_own_serves_one_run_after_the_other(tmp_path: Path, influxdb: InfluxDB) -> None:
    script = street(tmp_path)
    environment = influx_environment(influxdb)
    with (
        mosquitto_server(tmp_path, *UNLIMITED) as mosquitto,  # its own: another keeps what strangers sent to ingests before
        started(
            "ingest", *(way := ("--broker", mosquitto.url, "--store", "influx")), "--scenario", script, cwd=tmp_path, **environment
        ) as ingest,
    ):
        for number in (1, 2):
            arguments = ("run", script, *way, "--ingest", "external", "--out", f"run{number}", "--seed", str(number), "--speed", "max")
            ended = citybeat(*arguments, cwd=tmp_path, **environment)
            assert ended.returncode == 0, (ended.stdout, ended.stderr)
            summary = summary_of(tmp_path / f"run{number}")
            assert_clean(summary)
            assert_nothing_left_on(mosquitto.url, summary["run"])
        ingest.terminate()
        assert ingest.wait(30) == 0
    assert not (tmp_path / "runs/ingest-main/dead_letters.jsonl").exists()
