"""Checking boards: after a real run into a real InfluxDB every panel answers, and what does not is named."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from citybeat.running.job import simulate
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from dashboards.boards.catalogue import all_boards
from dashboards.grafana.board import Board, Row
from dashboards.grafana.check import check
from dashboards.grafana.panels import Line, lines
from scenarios.loader import load, override
from sim.errors import UsageError
from sim.units import MINUTE_US
from tests.servers import InfluxDB

pytestmark = [pytest.mark.influxdb, pytest.mark.slow]

SPEED = 300.0  # twenty-five minutes of the city in five seconds: past the beginning of the outage


@pytest.fixture(scope="module")
def store(influxdb: InfluxDB) -> Iterator[InfluxStore]:
    found = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    yield found
    found.close()


@pytest.fixture(scope="module")
def run(influxdb: InfluxDB, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of 25 minutes of `outage`, played through the embedded broker into InfluxDB."""
    scenario = override(load("outage"), (), {"duration": 25 * MINUTE_US})
    environment = {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}
    settings = RunSettings(store="influx", speed=SPEED, out=tmp_path_factory.mktemp("boards") / "run", environment=environment)
    result = play(simulate(scenario), settings, SPEED, lambda _progress: None)
    assert not result.summary["failure"]
    return str(result.summary["run"])


def one_panel(text: str, *, quiet: bool = False) -> Board:
    panel = lines("Is it there?", "A test.", Line(text), quiet_is_good=quiet)
    return Board("test", "Test", "A test.", (Row("Is it fine?", (panel,)),))


def test_every_panel_answers_after_an_outage(store: InfluxStore, run: str) -> None:
    assert [str(problem) for problem in check(store, run, all_boards())] == []


def test_a_query_that_influxdb_refuses_is_named_with_its_words(store: InfluxStore, run: str) -> None:
    problems = check(store, run, [one_panel("SELECT nothing( FROM")])
    assert [(problem.board, problem.panel) for problem in problems] == [("Test", "Is it there?")]
    assert "failed to parse query: found FROM" in problems[0].why


def test_an_empty_panel_is_named_unless_quiet_is_good(store: InfluxStore, run: str) -> None:
    text = 'SELECT "text" FROM "ops"."run_event" WHERE "run" = \'$run\' AND "what" = \'unheard of\' AND $timeFilter'
    assert [str(problem) for problem in check(store, run, [one_panel(text)])] == ["Test / Is it there?: empty"]
    assert check(store, run, [one_panel(text, quiet=True)]) == []


def test_a_quiet_panel_that_fails_is_named_all_the_same(store: InfluxStore, run: str) -> None:
    broken = one_panel("SELECT", quiet=True)
    assert len(check(store, run, [broken, replace(broken, title="Other")])) == 2


def test_an_unknown_run_is_refused(store: InfluxStore, run: str) -> None:
    del run
    with pytest.raises(UsageError, match="the store has no run 'nobody'"):
        check(store, "nobody", all_boards())


def test_a_run_named_like_a_query_asks_for_nothing_else(store: InfluxStore, run: str, tmp_path: Path) -> None:
    del run, tmp_path
    with pytest.raises(UsageError, match="has no run"):
        check(store, "' OR 1 = 1 --", all_boards())
