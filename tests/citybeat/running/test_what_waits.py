"""What did not arrive, and why: in the summary, in the exit code, and with the command that brings it in."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import urllib3

from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from citybeat.running.accounts.why import troubles
from citybeat.running.connections import Connections
from sim.clock import Clock
from sim.judge.books import Books
from sim.ports import Delivery
from tests.citybeat.commands import citybeat, street
from tests.citybeat.running.test_whole_line import influx_environment
from tests.servers import InfluxDB


def reading_token(influxdb: InfluxDB) -> str:
    """Return a token that reads everything and writes nothing; buckets and mappings are there already."""
    store = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    store.prepare([])
    store.close()
    headers = {"Authorization": f"Token {influxdb.token}"}
    with urllib3.PoolManager(headers=headers) as pool:
        (org,) = pool.request("GET", f"{influxdb.url}/api/v2/orgs?org={influxdb.org}").json()["orgs"]
        allowed = [{"action": "read", "resource": {"type": each, "orgID": org["id"]}} for each in ("buckets", "dbrp", "orgs")]
        answer = pool.request("POST", f"{influxdb.url}/api/v2/authorizations", json={"orgID": org["id"], "permissions": allowed})
    return str(answer.json()["token"])


@pytest.mark.influxdb
def test_a_store_that_refuses_is_named_with_the_command_that_brings_the_rows_in(tmp_path: Path, influxdb: InfluxDB) -> None:
    environment = influx_environment(influxdb)
    arguments = ("run", street(tmp_path, duration='"1m"'), "--store", "influx", "--drain", "2s", "--json")
    ended = citybeat(*arguments, cwd=tmp_path, **environment | {"INFLUXDB_TOKEN": reading_token(influxdb)})
    summary = json.loads(ended.stdout)
    assert (ended.returncode, summary["exit_code"], summary["verdict"]) == (5, 5, "aborted"), ended.stderr
    total = summary["books"]["total"]
    assert total["planned"] == total["sent"] == total["received"] == total["spooled"] > 0
    assert total["stored"] == 0
    for words in (summary["why"], summary["failure"], ended.stderr):
        assert f"{total['spooled']:,} rows wait in the spool" in words
        assert influxdb.url in words
        assert "insufficient permissions" in words or "INFLUXDB_TOKEN" in words
    command = summary["why"].split("`")[1]
    brought = citybeat(*shlex.split(command)[1:], cwd=tmp_path, **environment)
    assert (brought.returncode, brought.stdout.split()[2]) == (0, f"{total['spooled']:,}"), brought.stderr
    store = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    counts = store.count(summary["run"], list(summary["books"]["kinds"]))
    store.close()
    assert sum(counts.values()) == total["planned"]


def test_what_a_broker_refused_is_in_the_reason_with_its_words() -> None:
    books = Books()
    books.of("lamp_power").refused = 7
    delivery = SimpleNamespace(refusal="broker mqtt://city:1883 refused a message: not authorized")
    accounts: Any = SimpleNamespace(books=books, connections=Connections(delivery=cast("Delivery", delivery)), clock=Clock())
    assert troubles(accounts) == ["7 events were refused: broker mqtt://city:1883 refused a message: not authorized"]
    books.of("lamp_power").refused = 0
    assert troubles(accounts) == []
