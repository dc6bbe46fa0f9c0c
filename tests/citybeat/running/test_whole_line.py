"""From a scenario to a verdict over real brokers into real stores: nothing is lost, and what the run folder holds is as documented."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.mqtt.broker_settings import parse_broker
from brokers.mqtt.clients import ClientOptions, open_client
from tests.citybeat.commands import (
    SHORT_SHANGHAI,
    assert_clean,
    citybeat,
    clean_environment,
    inside,
    started,
    store_counts,
    street,
    summary_of,
    tape_counts,
)
from tests.servers import InfluxDB, Mosquitto

KEYS = {
    *("run", "scenario", "seed", "scenario_digest", "log_digest", "wire_digest", "speed", "shift_us", "verdict", "exit_code"),
    *("books", "objectives", "measures", "versions", "machine"),
}
OBJECTIVE_KEYS = {"measure", "where", "statistic", "bound", "value", "samples", "verdict"}
BOOK_KEYS = {
    *("planned", "withheld", "sent", "acked", "refused", "received", "duplicated", "spooled", "stored", "lost", "late", "unsent"),
    *("rejected", "injected", "foreign"),
}


def influx_environment(influxdb: InfluxDB) -> dict[str, str]:
    return {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}


def assert_nothing_left_on(broker_url: str, run: str) -> None:
    """Assert that the broker keeps no session of the run and retains none of its messages."""
    for client_id in (f"citybeat-{run}-run", f"citybeat-{run}-monitor", f"citybeat-ingest-{run}-child"):
        client = open_client(parse_broker(broker_url), client_id, ClientOptions(persistent_s=1))
        assert not client.session.present, client_id
        client.close(discard_session=True)
    listener = open_client(parse_broker(broker_url), "listener-for-retained")
    listener.subscribe(["#"], 0)
    assert [topic for topic in listener.receive(1.0).topics if not topic.endswith("/ingest/main")] == []  # an ingest that lives on
    listener.close(discard_session=True)


def test_shanghai_over_the_embedded_broker_into_the_embedded_store(tmp_path: Path) -> None:
    ended = citybeat(*SHORT_SHANGHAI, "--json", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    (run,) = (tmp_path / "runs").iterdir()
    assert summary == json.loads((run / "summary.json").read_bytes())
    assert run.name == summary["run"]
    assert summary.keys() >= KEYS
    assert all(row.keys() >= OBJECTIVE_KEYS for row in summary["objectives"])
    assert all(row.keys() == BOOK_KEYS | {"qos"} for row in summary["books"]["kinds"].values())
    assert summary["books"]["total"].keys() == BOOK_KEYS
    assert_clean(summary)
    planned = {kind: row["planned"] for kind, row in summary["books"]["kinds"].items()}
    assert sum(planned.values()) > 500
    assert tape_counts(run) == {kind: count for kind, count in planned.items() if count}
    assert store_counts(run, planned) == planned
    assert {path.name for path in run.iterdir()} >= {"summary.json", "tape", "store", "report.html"}
    assert not (run / "dead_letters.jsonl").exists()
    assert summary["run"] in (run / "report.html").read_text()


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_shanghai_over_mosquitto_into_influxdb_at_qos_1_and_its_rows_are_deleted_with_it(
    tmp_path: Path, mosquitto: Mosquitto, influxdb: InfluxDB
) -> None:
    environment = influx_environment(influxdb)
    ended = citybeat(*SHORT_SHANGHAI, "--qos", "1", "--store", "influx", cwd=tmp_path, CITYBEAT_BROKER=mosquitto.url, **environment)
    assert ended.returncode == 0, ended.stderr
    assert "planned" in ended.stdout
    summary = summary_of(tmp_path)
    assert_clean(summary)
    assert summary["books"]["total"]["acked"] == summary["books"]["total"]["planned"] > 500
    run, kinds = summary["run"], list(summary["books"]["kinds"])
    assert_nothing_left_on(mosquitto.url, run)
    store = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    try:
        assert sum(store.count(run, kinds).values()) == summary["books"]["total"]["planned"]
        assert run in inside(tmp_path, "runs", "list")
        deleted = citybeat("runs", "delete", run, cwd=tmp_path, **environment)
        assert (deleted.returncode, deleted.stdout) == (0, f"deleted run {run}: its folder and its rows in InfluxDB\n")
        assert sum(store.count(run, kinds).values()) == 0
    finally:
        store.close()
    assert "no runs" in inside(tmp_path, "runs", "list")


@pytest.mark.mosquitto
def test_a_script_brings_a_system_of_its_own_with_topics_table_and_books(tmp_path: Path, mosquitto: Mosquitto) -> None:
    script = street(tmp_path)
    listening = ("tail", "--broker", mosquitto.url, "--root", "test/city", "--kind", "lamp_power", "-n", "5", "--for", "60s", "--json")
    with started(*listening, cwd=tmp_path) as tail:
        instant = "2026-03-02T00:00+08:00"
        ended = citybeat("run", script, "--broker", mosquitto.url, "--root", "test/city", "--origin", instant, cwd=tmp_path)
        heard = [json.loads(line) for line in tail.communicate(timeout=60)[0].splitlines()]
    assert ended.returncode == 0, ended.stderr
    summary = summary_of(tmp_path)
    assert_clean(summary)
    assert {row["run"] for row in heard} == {summary["run"]}
    assert (len(heard), heard[0]["kind"], heard[0]["district"], heard[0]["device"][:11]) == (5, "lamp_power", "Xuhui", "Xuhui/lamp ")
    (run,) = (tmp_path / "runs").iterdir()
    stored = pl.read_parquet(list((run / "store" / "lamp_power").glob("*.parquet")))
    assert stored.get_column("t").min() == 1_772_380_800_000_000  # the origin, for a lamp reports at the very start
    assert any(row["measure"] == "lamps.power_w" and row["count"] == stored.height for row in summary["measures"])


def test_a_script_is_run_by_python_too(tmp_path: Path) -> None:
    script = street(tmp_path)
    with (tmp_path / script).open("a") as file:
        file.write("\nif __name__ == '__main__':\n    import sys\n\n    from citybeat import run\n\n")
        file.write("    sys.exit(run(scenario, speed='max').exit_code)\n")
    ended = subprocess.run([sys.executable, script], cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert_clean(summary_of(tmp_path))
    assert "verdict: pass" in ended.stdout


def test_a_script_that_fails_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "gone.py").write_text(
        "import sys\nfrom citybeat import Scenario, main\nfrom devices.buses.system import Buses\n"
        "sys.exit(main(Scenario(name='gone', systems=[Buses(gtfs='no_such_feed.zip')])))\n"
    )
    ended = subprocess.run([sys.executable, "gone.py"], cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("citybeat: ")
    assert "no_such_feed.zip" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "runs").exists()


def test_a_recorded_run_is_replayed_with_the_same_counts_and_digest(tmp_path: Path) -> None:
    script = street(tmp_path)
    dry = [json.loads(inside(tmp_path, "run", script, "--speed", speed, "--broker", "none", "--json")) for speed in ("60", "240")]
    real = json.loads(inside(tmp_path, "run", script, "--speed", "max", "--json"))
    replayed = json.loads(inside(tmp_path, "replay", "last", "--speed", "max", "--json"))
    every = (*dry, real, replayed)
    assert len({each["log_digest"] for each in every}) == 1
    assert len({each["wire_digest"] for each in every}) == 1
    assert replayed["replay_of"] == real["run"] != replayed["run"]
    for each in (real, replayed):
        assert_clean(each)
    planned = [{kind: row["planned"] for kind, row in each["books"]["kinds"].items()} for each in every]
    assert all(each == planned[0] for each in planned)
    _assert_tail_and_report(tmp_path, real)


def _assert_tail_and_report(folder: Path, summary: dict[str, Any]) -> None:
    """Assert that what reads a run afterwards finds it: by id, by the start of the id, by path."""
    run = summary["run"]
    shown = inside(folder, "tail", run, "-n", "5", "--json").splitlines()
    assert [json.loads(line)["city_time"][:5] for line in shown] == ["07:01"] * 5
    (folder / "runs" / run / "report.html").unlink()
    assert inside(folder, "report", run[:6]) == f"runs/{run}/report.html\n"
    assert run in (folder / "runs" / run / "report.html").read_text()


AWKWARD = {
    "agency": 'agency_id,agency_name,agency_url,agency_timezone\n1,"Verkehrs\nverbund, ""Süd""\t= \\",http://x,Asia/Shanghai\n',
    "routes": 'route_id,agency_id,route_short_name,route_type\nr = 1\\,1,#1 "a" \\,3\n',
    "stops": 'stop_id,stop_name,stop_lat,stop_lon\n"A,\n1",+/#,31.23,121.40\nB\x0b\\,人民,31.23,121.405\nC\u2028=,x,31.23,121.41\n',
    "trips": "route_id,service_id,trip_id,direction_id\n" + "".join(f"r = 1\\,wk,t\\{n}\\,{n % 2}\n" for n in range(8)),
    "calendar_dates": "service_id,date,exception_type\nwk,19690721,1\n",
    "stop_times": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
    + "".join(
        f't\\{n}\\,{7 + n // 6:02d}:{n % 6 * 10:02d}:00,,"A,\n1",1\nt\\{n}\\,{7 + n // 6:02d}:{n % 6 * 10 + 9:02d}:00,,B\x0b\\,2\n'
        for n in range(8)
    ),
}


@pytest.mark.influxdb
def test_any_names_of_a_feed_in_any_year_are_stored_to_the_last_row(tmp_path: Path, influxdb: InfluxDB) -> None:
    feed = tmp_path / "feed"
    feed.mkdir()
    for name, text in AWKWARD.items():
        (feed / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
    environment = influx_environment(influxdb)
    run = ("run", "bus_arrivals", "--set", "buses.gtfs=feed", "--date", "1969-07-21", "--for", "10m", "--warm-up", "0s", "--speed", "max")
    ended = citybeat(*run, "--store", "influx", cwd=tmp_path, **environment)
    summary = summary_of(tmp_path)
    assert_clean(summary)
    assert summary["books"]["total"]["planned"] > 50, ended.stderr
    store = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    try:
        assert store.series() >= len(summary["books"]["kinds"]) - 2
        assert citybeat("runs", "delete", summary["run"], cwd=tmp_path, **environment).returncode == 0
        assert sum(store.count(summary["run"], list(summary["books"]["kinds"])).values()) == 0
    finally:
        store.close()
