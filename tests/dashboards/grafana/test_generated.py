"""The board of any system comes out of its declaration: what is declared is asked for, and nothing else."""

from dataclasses import replace

import pytest

from dashboards.boards.generated import generated_board
from dashboards.boards.of_systems import boards_of
from dashboards.grafana.board import Board
from dashboards.grafana.panels import Panel, Picture
from dashboards.grafana.shared import census
from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.system import DECLARED as BUSES
from sim.city.declared import Count, Declared
from sim.events.kinds import Kind, integer, real
from sim.judge.measures import Measure, Objective, Statistic
from tests.lamps import Lamps

PAUSE = Measure("pause_s", unit="s", doc="time between two people at a gate")
OPEN = Measure("open", unit="share", doc="gates that are open")
PASSAGE = Kind("passage", doc="somebody passes", qos=1, fields=(real("latitude", "deg", 6), real("longitude", "deg", 6), integer("today")))


def gates() -> Declared:
    """A system with a kind that has places, two measures and four promises."""
    promises = (
        Objective(PAUSE, Statistic.P95, at_most=120),
        Objective(OPEN, Statistic.SHARE, at_least=0.9),
        Objective(PAUSE, Statistic.P95, at_most=60, where="north"),
        Objective(PAUSE, Statistic.CV, at_most=1),
    )
    return Declared("gates", kinds=(PASSAGE,), measures=(PAUSE, OPEN), objectives=promises, census=(Count("gate", "open", "shut"),))


def rows(board: Board) -> dict[str, list[Panel]]:
    return {row.title: list(row.panels) for row in board.rows}


def texts(panels: list[Panel]) -> str:
    return "\n".join(line.text for panel in panels for line in panel.lines)


def test_promises_come_first_each_that_can_be_watched_with_its_bound() -> None:
    found = rows(generated_board(gates()))
    assert list(found)[:2] == ["Is it fine?", "What was promised?"]
    tiles = {panel.title: panel for panel in found["Is it fine?"][2:]}
    assert list(tiles) == ["Pause: p95 ≤ 120 s?", "Open: share ≥ 90 %?"]  # of labels and of variation it is told at the end
    assert tiles["Pause: p95 ≤ 120 s?"].limits == ((120.0, "red"),)
    assert (tiles["Open: share ≥ 90 %?"].base, tiles["Open: share ≥ 90 %?"].limits) == ("red", ((0.9, "green"),))
    assert '"measure" =~ /^gates\\./' in texts(found["What was promised?"])


def test_census_events_measures_and_places_are_asked_for() -> None:
    found = rows(generated_board(gates()))
    assert [panel.doc for panel in found["What is there?"]] == ["Census of all districts together: open, shut."]
    assert "\"thing\" = 'gate'" in texts(found["What is there?"])
    assert '"raw"."passage"' in texts(found["What comes in?"])
    assert "stored_from_due" in texts(found["What comes in?"])
    assert [panel.doc for panel in found["What is measured?"]] == ["Time between two people at a gate.", "Gates that are open."]
    assert [list(panel.limits) for panel in found["What is measured?"]] == [[(120.0, "red")], [(0.9, "green")]]
    assert [panel.picture for panel in found["Where?"]] == [Picture.MAP]
    assert "GROUP BY" not in texts(found["Where?"])  # their devices are no tags
    assert "ORDER BY time DESC" in texts(found["What came last?"])


def test_devices_that_are_tags_stand_on_the_map_once_each() -> None:
    (panel,) = rows(generated_board(Declared("fleet", kinds=(replace(VEHICLE_POSITION, system=""),))))["Where?"]
    assert 'GROUP BY "device"' in panel.lines[0].text


def test_what_is_not_declared_has_no_row() -> None:
    bare = generated_board(Declared("gates", kinds=(replace(PASSAGE, fields=(integer("today"),)),)))
    assert [row.title for row in bare.rows] == ["Is it fine?", "What comes in?", "What came last?"]
    assert [row.title for row in generated_board(Declared("gates")).rows] == ["Is it fine?"]


def test_labels_stay_on_the_tape_and_are_not_asked_for() -> None:
    assert any(kind.label for kind in BUSES.kinds)
    assert "sign_arrival" not in str(generated_board(BUSES).as_json())


def test_a_thing_that_a_system_does_not_count_is_refused() -> None:
    with pytest.raises(ValueError, match="system 'gates' does not count 'gates'"):
        census(gates(), "gates")


def test_boards_made_by_hand_are_found_by_name_and_the_rest_is_generated() -> None:
    by_hand, generated, pipeline = boards_of([BUSES, Lamps.declared])
    assert "Are buses evenly spaced?" in [panel.title for panel in by_hand.panels]
    assert generated.as_json() == generated_board(Lamps.declared).as_json()
    assert [board.uid for board in (by_hand, generated, pipeline)] == ["citybeat-buses", "citybeat-lamps", "citybeat-pipeline"]


def test_a_system_called_like_a_module_of_ours_finds_nothing_there() -> None:
    for name in ("board", "generated", "systems", "of_systems"):
        own, _pipeline = boards_of([Declared(name)])
        assert own.uid == f"citybeat-{name}"
