"""Boards: generated, committed, and asking only what the schema can answer."""

import json
import re
from pathlib import Path

import pytest

from dashboards.boards.generated import generated_board
from dashboards.boards.of_systems import shipped_boards
from dashboards.grafana.board import COLUMNS, Board, stale, write
from dashboards.grafana.influxql import events, ops, over
from dashboards.grafana.panels import Picture
from devices import SYSTEMS
from devices.buses.kinds import KINDS, STOP_EVENT
from devices.buses.system import DECLARED
from sim.judge.measures import Statistic
from sim.judge.ops import CENSUS
from sim.judge.pipeline import PIPELINE_OBJECTIVES
from tests.lamps import Lamps

BOARDS = shipped_boards()
ALARMS, BUSES, PIPELINE = BOARDS
GENERATED = tuple(generated_board(system.declared) for system in (Lamps, *SYSTEMS))
ids = [*(board.name for board in BOARDS), *(f"generated {board.name}" for board in GENERATED)]
every_board = pytest.mark.parametrize("board", [*BOARDS, *GENERATED], ids=ids)


def limits(board: Board) -> set[float]:
    return {value for panel in board.panels for value, _ in panel.limits}


def test_committed_boards_are_what_is_generated() -> None:
    assert stale(BOARDS) == []


def test_a_changed_missing_or_strange_file_is_told(tmp_path: Path) -> None:
    write(BOARDS, tmp_path)
    assert stale(BOARDS, tmp_path) == []
    (tmp_path / "buses.json").write_text("{}")
    (tmp_path / "pipeline.json").unlink()
    (tmp_path / "other.json").write_text("{}")
    assert stale(BOARDS, tmp_path) == ["buses.json", "other.json", "pipeline.json"]
    assert [path.name for path in write(BOARDS, tmp_path)] == ["buses.json", "pipeline.json"]


def test_uids_are_fixed_and_differ() -> None:
    assert [board.uid for board in BOARDS] == ["citybeat-alarms", "citybeat-buses", "citybeat-pipeline"]


@every_board
def test_a_board_opens_on_the_last_hour_of_a_chosen_run(board: Board) -> None:
    found = board.as_json()
    assert (found["time"], found["refresh"]) == ({"from": "now-1h", "to": "now"}, "5s")
    assert [variable["name"] for variable in found["templating"]["list"]] == ["run", *(each.name for each in board.choices)]
    assert "run_event" in found["annotations"]["list"][0]["query"]


@every_board
def test_the_first_row_asks_whether_it_is_fine(board: Board) -> None:
    assert board.rows[0].title == "Is it fine?"
    assert {panel.picture for panel in board.rows[0].panels} == {Picture.TILE}


@every_board
def test_every_panel_is_a_question_with_an_explanation(board: Board) -> None:
    titles = [panel.title for panel in board.panels]
    assert len(set(titles)) == len(titles)
    for panel in board.panels:
        assert panel.title.endswith("?")
        assert panel.doc.endswith(".")
        assert panel.lines


@every_board
def test_every_query_names_its_policy_its_run_and_the_time_range(board: Board) -> None:
    for panel in board.as_json()["panels"]:
        for target in panel.get("targets", []):
            text = target["query"]
            sources = re.findall(r'FROM ("\w+"\."\w+"|\()', text)
            assert sources
            assert all(source == "(" or source.startswith(('"raw"."', '"ops"."')) for source in sources)
            assert "\"run\" = '$run'" in text
            assert "$timeFilter" in text


@every_board
def test_panels_lie_on_the_grid_and_none_covers_another(board: Board) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in board.as_json()["panels"]:
        place = panel["gridPos"]
        assert 0 < place["x"] + place["w"] <= COLUMNS
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        taken |= cells


def test_limits_are_those_of_the_objectives() -> None:
    bounds = {
        (each.measure, each.statistic, each.where): each.at_most or each.at_least for each in (*DECLARED.objectives, *PIPELINE_OBJECTIVES)
    }
    buses, pipeline = limits(BUSES), limits(PIPELINE)
    assert bounds["buses.headway_ratio", Statistic.CV, "last_quarter"] in buses
    assert bounds["buses.punctual_departure", Statistic.SHARE, ""] in buses
    for statistic in (Statistic.P95, Statistic.P99):
        bound = bounds["pipeline.stored_from_due", statistic, ""]
        assert bound is not None
        assert bound * 1_000_000 in pipeline


def test_every_bus_kind_is_asked_for() -> None:
    text = json.dumps(BUSES.as_json())
    assert [kind.name for kind in KINDS if f"{kind.name}" not in text and not kind.retain] == []


def test_a_field_that_a_kind_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"stop_event.* has no headway"):
        events(STOP_EVENT, 'mean("headway")')
    with pytest.raises(ValueError, match="has no true_us"):
        events(STOP_EVENT, 'last("true_us")')
    with pytest.raises(ValueError, match="has no line"):
        ops(CENSUS, 'last("count")', by=("line",))
    with pytest.raises(ValueError, match="stop is no tag"):
        events(STOP_EVENT, 'mean("headway_s")', by=("stop",))
    with pytest.raises(ValueError, match="device is no tag"):
        events(STOP_EVENT, '"device"::tag')
    with pytest.raises(ValueError, match="has no cv"):
        over(events(STOP_EVENT, 'mean("headway_s") AS "mean"'), fields='max("cv")')
