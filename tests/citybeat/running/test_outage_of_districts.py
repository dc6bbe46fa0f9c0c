"""Two districts lose their network for a while, under alarms and buses: books balance, and what devices keep arrives afterwards."""

from pathlib import Path
from typing import Any

import pytest

from tests.citybeat.commands import assert_clean, citybeat, store_counts, summary_of, tape_counts
from tests.servers import InfluxDB, Mosquitto

SCRIPT = """from citybeat import Incident, Scenario
from devices import Alarms, Buses

scenario = Scenario(
    name="outage_of_two",
    systems=(Buses(), Alarms()),
    districts=("Xuhui", "Putuo", "Huangpu"),
    start="17:00",
    duration="10m",
    warm_up="20m",
    scale=0.01,
    incidents=(Incident(what="outage", after="3m", lasting="5m", districts=("Xuhui", "Putuo")),),
)
"""


def ran(folder: Path, *more: str, **environment: str) -> dict[str, Any]:
    """Run it; promises on the city may break in an outage, nothing else may."""
    (folder / "outage_of_two.py").write_text(SCRIPT)
    ended = citybeat("run", "outage_of_two.py", "--speed", "max", *more, cwd=folder, **environment)
    assert ended.returncode in (0, 3), ended.stderr
    return summary_of(folder)


def assert_balanced(summary: dict[str, Any]) -> None:
    assert_clean(summary)
    kinds = summary["books"]["kinds"]
    assert summary["books"]["total"]["planned"] > 1_000
    assert kinds["vehicle_position"]["withheld"] > 20  # nobody keeps a position
    assert sum(kinds[each]["withheld"] for each in ("heartbeat", "device_state", "alarm", "call", "response", "stop_event")) == 0


def test_the_books_balance_on_the_embedded_broker_and_store(tmp_path: Path) -> None:
    summary = ran(tmp_path)
    assert_balanced(summary)
    planned = {kind: row["planned"] for kind, row in summary["books"]["kinds"].items()}
    (run,) = (tmp_path / "runs").iterdir()
    assert store_counts(run, planned) == planned
    assert tape_counts(run).keys() >= {"heartbeat", "device_state", "call", "vehicle_position", "stop_event"}


@pytest.mark.mosquitto
@pytest.mark.influxdb
def test_the_books_balance_on_mosquitto_and_influxdb(tmp_path: Path, mosquitto: Mosquitto, influxdb: InfluxDB) -> None:
    server = {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}
    assert_balanced(ran(tmp_path, "--store", "influx", CITYBEAT_BROKER=mosquitto.url, **server))
