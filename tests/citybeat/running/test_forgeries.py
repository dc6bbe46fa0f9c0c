"""Forgeries: whoever may publish on the broker may write in a run's name; what the run never sent fails it, and costs it nothing else."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import MqttClient, open_client
from tests.citybeat.commands import assert_clean, started, street, summary_of, until
from tests.citybeat.running.test_whole_line import influx_environment
from tests.servers import InfluxDB, Mosquitto

pytestmark = pytest.mark.mosquitto

POWER = "lamp_power"


class Forger:
    """A stranger who hears a run and publishes in its name."""

    def __init__(self, url: str) -> None:
        self.client: MqttClient = open_client(parse_broker(url), f"forger-{os.urandom(3).hex()}")
        self.client.subscribe(["city/#", "citybeat/+/ingest/+"], 0)
        self.heard: list[tuple[str, bytes]] = []

    def hear(self, count: int, prefix: str) -> list[tuple[str, bytes]]:
        def enough() -> bool:
            received = self.client.receive(0.2)
            self.heard += zip(received.topics, received.payloads, strict=True)
            return len(self.found(prefix)) >= count

        until(enough, f"{count} messages on {prefix}")
        return self.found(prefix)

    def found(self, prefix: str) -> list[tuple[str, bytes]]:
        return [(topic, payload) for topic, payload in self.heard if topic.startswith(prefix)]

    def publish(self, messages: list[tuple[str, bytes]]) -> None:
        topics, payloads = zip(*messages, strict=True)
        assert self.client.publish(topics, payloads, 1) == len(messages)
        assert self.client.drain(20.0)


@contextmanager
def forging(url: str) -> Iterator[Forger]:
    forger = Forger(url)
    try:
        yield forger
    finally:
        forger.client.close(discard_session=True)


def powers(forger: Forger, count: int = 20) -> list[tuple[str, dict[str, Any]]]:
    """Return events of lamp_power that have just passed."""
    forger.hear(count, "city/Xuhui/lamps/lamp_power/")
    return [(topic, json.loads(payload)) for topic, payload in forger.found("city/Xuhui/lamps/lamp_power/")[-count:]]


def encoded(messages: list[tuple[str, dict[str, Any]]]) -> list[tuple[str, bytes]]:
    return [(topic, json.dumps(content).encode()) for topic, content in messages]


def outcome(folder: Path, run: Any, code: int) -> dict[str, Any]:  # noqa: ANN401 - a process
    out, err = run.communicate(timeout=120)
    assert run.returncode == code, (out, err)
    assert "Traceback" not in err
    return summary_of(folder)


def broken(summary: dict[str, Any]) -> list[str]:
    return [row["measure"] for row in summary["objectives"] if row["verdict"] == "fail"]


@pytest.mark.influxdb
def test_forged_events_fail_the_run_in_words_and_no_true_one_becomes_a_repeat(
    tmp_path: Path, mosquitto: Mosquitto, influxdb: InfluxDB
) -> None:
    way = ("--broker", mosquitto.url, "--store", "influx")
    script = street(tmp_path, duration='"5m"')
    with started("run", script, *way, cwd=tmp_path, **influx_environment(influxdb)) as run, forging(mosquitto.url) as forger:
        true = powers(forger)
        ahead = [(topic, each | {"seq": each["seq"] + 80, "t": each["t"] + 500_001, "power_w": 9.0}) for topic, each in true[-3:]]
        far = [(topic, each | {"seq": 10**9, "t": each["t"] + 600_001}) for topic, each in true[-3:]]
        extra = [(f"{topic}%20twin", each | {"t": each["t"] + 700_001}) for topic, each in true[-4:]]
        again = [(topic, each | {"power_w": 9.0}) for topic, each in true]  # changes nothing: the true one came first
        forger.publish(encoded([*ahead, *far, *extra, *again]))
        summary = outcome(tmp_path, run, 3)
    books = summary["books"]["kinds"][POWER]
    assert broken(summary)[-1] == "pipeline.unsent"
    assert summary["verdict"] == "fail"
    assert "10 events came or are stored that this run never sent" in summary["why"]
    assert (books["unsent"], books["duplicated"], books["sent"]) == (10, 20 + 3, books["planned"])
    assert books["stored"] == books["planned"] + 7
    assert summary["books"]["kinds"]["lamp_state"]["unsent"] == 0


def test_events_forged_before_they_are_sent_are_found_though_every_count_is_right(tmp_path: Path, mosquitto: Mosquitto) -> None:
    """The forger is ahead with as many events, on the topics and at the times that the run will use."""
    script = street(tmp_path, duration='"5m"', systems='[Lamps(interval="2s", count=2)]')
    with started("run", script, "--broker", mosquitto.url, cwd=tmp_path) as run, forging(mosquitto.url) as forger:
        latest = dict(powers(forger, 8))
        ahead = [
            (topic, each | {"seq": each["seq"] + by, "t": each["t"] + by * 2_000_000, "power_w": -1.0})
            for topic, each in latest.items()
            for by in range(80, 100)
        ]
        forger.publish(encoded(ahead))
        summary = outcome(tmp_path, run, 3)
    books = summary["books"]["kinds"][POWER]
    assert books["planned"] == books["sent"] == books["stored"]
    assert (books["unsent"], books["duplicated"]) == (len(ahead), len(ahead)) == (40, 40)
    assert broken(summary) == ["pipeline.unsent"]
    (folder,) = (tmp_path / "runs").iterdir()
    assert pl.read_parquet(list((folder / "store" / POWER).glob("*.parquet"))).filter(pl.col("power_w") == -1.0).height == 40


def test_forged_statuses_and_rubbish_of_strangers_are_counted_apart_and_the_run_passes(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path, duration='"5m"')
    with started("run", script, "--broker", mosquitto.url, cwd=tmp_path) as run, forging(mosquitto.url) as forger:
        topic, true = forger.hear(2, "citybeat/")[0]
        status = json.loads(true)
        forged = [
            *(b"\xff", b"{}", b'{"kinds":{"lamp_power":{"received":"many"}}}', true[:-1]),
            json.dumps(status | {"sequence": 10**9, "cpu_s": 1e300}).encode(),
            json.dumps({key: value for key, value in status.items() if key != "proof"} | {"sequence": 2**62}).encode(),
        ]
        forger.publish([(topic, each) for each in [*forged, true]])
        forger.publish([("city/weather", b"rain"), ("city/a/b/c/d/e", json.dumps({"run": "0000ffff"}).encode())])
        forger.publish([("city/Xuhui/lamps/lamp_power/nobody's", b"{"), ("city/Xuhui/lamps/lamp_power/other", b"\xff")])
        summary = outcome(tmp_path, run, 0)
    books = summary["books"]
    assert_clean({"books": {"kinds": {kind: row for kind, row in books["kinds"].items() if kind != "(no kind)"}}})
    assert (books["total"]["rejected"], books["total"]["foreign"]) == ({}, {"foreign_topic": 2, "malformed": 2})
    assert topic == f"citybeat/{summary['run']}/ingest/child"
    assert summary["ingest"] == {"proven": True, "ignored_statuses": {"unproven": len(forged), "repeated": 1}}


def test_late_events_are_no_repeats_and_the_run_does_not_wait_for_them_in_vain(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path, duration='"4m"', systems='[Lamps(interval="1s")]')
    faults = ("--set", "faults.late=2%", "--set", "faults.late_by=100s")  # a hundred events of the same lamp leave before
    arguments = ("run", script, "--broker", mosquitto.url, *faults, "--speed", "120", "--drain", "10m", "--json")
    with started(*arguments, cwd=tmp_path) as run:
        out, err = run.communicate(timeout=120)  # far less than the drain
    assert run.returncode in (0, 3, 4), (out, err)  # what leaves late is stored late: that promise may break
    books = json.loads(out)["books"]["kinds"][POWER]
    assert books["injected"]["late"] > 5
    assert (books["stored"], books["duplicated"], books["unsent"]) == (books["planned"], 0, 0)


@pytest.mark.influxdb
def test_an_ingest_of_its_own_proves_itself_with_the_key_that_both_were_given_and_says_what_it_passes_over(
    tmp_path: Path, mosquitto: Mosquitto, influxdb: InfluxDB
) -> None:
    script = street(tmp_path)
    environment = influx_environment(influxdb) | {"CITYBEAT_INGEST_KEY": "only we know it"}
    way = ("--broker", mosquitto.url, "--store", "influx")
    with (
        started("ingest", *way, "--scenario", script, cwd=tmp_path, **environment) as ingest,
        started("run", script, *way, "--ingest", "external", "--speed", "max", cwd=tmp_path, **environment) as run,
    ):
        summary = outcome(tmp_path, run, 0)
        with forging(mosquitto.url) as forger:
            forger.publish([("city/weather", b"rain"), ("city/Xuhui/lamps/lamp_power/x", b"{")])
        time.sleep(0.5)  # what the broker has takes a moment to reach it
        ingest.terminate()
        said = ingest.communicate(timeout=30)[1]
    assert_clean(summary)
    assert summary["ingest"]["proven"] is True
    assert "citybeat ingest: passed over 2 messages: 1 on topics of no kind (first: city/weather), 1 no JSON objects" in said
