"""Checking boards: after a real run into a real InfluxDB every panel answers, and what does not is named."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from brokers.influx.api import InfluxSettings
from brokers.influx.store import InfluxStore
from brokers.tape.event_log import TapeLog
from citybeat.kept.folder import RunFolder
from citybeat.running.job import Job, simulate
from citybeat.running.recorded import recorded_job
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from dashboards.boards.generated import generated_board
from dashboards.boards.of_systems import boards_of, shipped_boards
from dashboards.boards.systems.alarms.case import case as view_of_a_case
from dashboards.boards.systems.alarms.case import case_kinds
from dashboards.grafana.board import Board, Row
from dashboards.grafana.check import check
from dashboards.grafana.panels import Line, lines
from dashboards.grafana.variables import Variable
from devices.alarms.system import DECLARED as ALARMS
from devices.buses.system import DECLARED
from scenarios.loader import load, override
from sim.errors import UsageError
from sim.units import MINUTE_US
from tests.servers import InfluxDB

pytestmark = [pytest.mark.influxdb, pytest.mark.slow]

TEMPLATE = Path(__file__).resolve().parents[3] / "citybeat" / "templates" / "first_scenario.py"
SPEED = 300.0  # twenty-five minutes of the city in five seconds: past the beginning of the outage


@pytest.fixture(scope="module")
def store(influxdb: InfluxDB) -> Iterator[InfluxStore]:
    found = InfluxStore(InfluxSettings(influxdb.url, influxdb.org, influxdb.token))
    yield found
    found.close()


@pytest.fixture(scope="module")
def environment(influxdb: InfluxDB) -> dict[str, str]:
    return {"INFLUXDB_URL": influxdb.url, "INFLUXDB_ORG": influxdb.org, "INFLUXDB_TOKEN": influxdb.token}


@pytest.fixture(scope="module")
def folder(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """25 minutes of `outage`, played through the embedded broker into InfluxDB."""
    scenario = override(load("outage"), (), {"duration": 25 * MINUTE_US})
    return played(simulate(scenario), SPEED, environment, tmp_path_factory.mktemp("boards") / "run")


@pytest.fixture(scope="module")
def run(folder: RunFolder) -> str:
    return folder.run


def played(job: Job, speed: float, environment: dict[str, str], out: Path) -> RunFolder:
    settings = RunSettings(store="influx", speed=speed, out=out, environment=environment)
    summary = play(job, settings, speed, lambda _progress: None).summary
    assert not summary["failure"]
    return RunFolder(out, str(summary["run"]))


def one_panel(text: str, *, quiet: bool = False) -> Board:
    panel = lines("Is it there?", "A test.", Line(text), quiet_is_good=quiet)
    return Board("test", "Test", "A test.", (Row("Is it fine?", (panel,)),))


def loud(board: Board) -> Board:
    """Return a board of which no panel may be empty."""
    return replace(board, rows=[replace(row, panels=[replace(each, quiet_is_good=False) for each in row.panels]) for row in board.rows])


def test_every_panel_answers_after_an_outage(store: InfluxStore, run: str) -> None:
    assert [str(problem) for problem in check(store, run, shipped_boards())] == []


def test_the_board_that_is_generated_for_buses_answers_too(store: InfluxStore, run: str) -> None:
    assert [str(problem) for problem in check(store, run, [loud(generated_board(DECLARED))])] == []


def test_the_board_that_is_generated_for_alarms_answers_too(store: InfluxStore, run: str) -> None:
    assert [str(problem) for problem in check(store, run, [generated_board(ALARMS)])] == []


def test_the_lamps_of_the_template_have_a_board_that_answers(store: InfluxStore, environment: dict[str, str], tmp_path: Path) -> None:
    scenario = override(load(str(TEMPLATE)), (), {"duration": 3 * MINUTE_US, "warm_up": 0})
    folder = played(simulate(scenario), SPEED, environment, tmp_path / "run")
    declared = TapeLog(folder.path).header.declared
    assert [each.name for each in declared] == ["buses", "lamps"]
    board, _pipeline = boards_of([each for each in declared if each.name == "lamps"])
    assert [str(problem) for problem in check(store, folder.run, [loud(board)])] == []


def test_every_panel_answers_after_a_replay_too(store: InfluxStore, folder: RunFolder, environment: dict[str, str], tmp_path: Path) -> None:
    replay = played(recorded_job(folder)[0], 5 * SPEED, environment, tmp_path / "again").run
    assert [str(problem) for problem in check(store, replay, [*shipped_boards(), generated_board(DECLARED)])] == []
    for measurement, field in (("census", "count"), ("run_event", "city_clock")):
        first, again = (told(store, run, measurement, field) for run in (folder.run, replay))
        assert first.height > 0
        assert again.equals(first)


def told(store: InfluxStore, run: str, measurement: str, field: str) -> pl.DataFrame:
    """Return what city/ops holds of a run in city time, but for what tells how long it lived."""
    text = f'SELECT "city_us", "{field}" FROM "ops"."{measurement}" WHERE "run" = \'{run}\' GROUP BY *'  # noqa: S608 - names of the schema
    found = store.frame(text).drop("time", "run")
    if "what" in found.columns:
        found = found.filter(~pl.col("what").is_in(["start", "end", "heartbeat"]))
    return found.select(sorted(found.columns)).sort(pl.all())


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
        check(store, "nobody", shipped_boards())


def test_a_run_named_like_a_query_asks_for_nothing_else(store: InfluxStore, run: str, tmp_path: Path) -> None:
    del run, tmp_path
    with pytest.raises(UsageError, match="has no run"):
        check(store, "' OR 1 = 1 --", shipped_boards())


def test_a_choice_beside_the_run_is_filled_with_its_first_answer(store: InfluxStore, run: str) -> None:
    marks = 'SELECT "text", "what" FROM "ops"."run_event" WHERE "run" = \'$run\' AND $timeFilter AND "what" = \'stage\' LIMIT 2'
    asked = one_panel('SELECT "text" FROM "ops"."run_event" WHERE "run" = \'$run\' AND "text" = \'$stage\' AND $timeFilter')
    assert check(store, run, [replace(asked, choices=(Variable("stage", "Stage", marks),))]) == []
    nothing = replace(asked, choices=(Variable("stage", "Stage", marks.replace("'stage'", "'unheard of'")),))
    assert [problem.why for problem in check(store, run, [nothing])] == ["empty"]
    broken = replace(asked, choices=(Variable("stage", "Stage", "SELECT nothing( FROM"),))
    assert [problem.panel for problem in check(store, run, [broken])] == ["choice of stage", "Is it there?"]


def test_the_view_of_a_case_has_a_row_for_each_of_its_events(store: InfluxStore, run: str) -> None:
    calls = store.frame(f'SELECT "alarm_id", "seq" FROM "raw"."call" WHERE "run" = \'{run}\' AND "outcome" = \'offered\'')  # noqa: S608
    case = str(calls["alarm_id"][0])
    found: Counter[str] = Counter()
    for kind, panel_line in zip(case_kinds(), view_of_a_case()[0].lines, strict=True):
        asked = panel_line.text.replace("$timeFilter", "time > 0").replace("$run", run).replace("$alarm_id", case)
        found[kind.name] = store.frame(asked).height
        stored = store.frame(f'SELECT "seq" FROM "raw"."{kind.name}" WHERE "run" = \'{run}\' AND "alarm_id" = \'{case}\'')  # noqa: S608
        assert found[kind.name] == stored.height
    assert found["call"] >= 2
