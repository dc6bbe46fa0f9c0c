"""Each row of the plan, A1 to A5, has what the page of alarms says: kinds, promises, figures, a board, and a promise as a test."""

import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from dashboards.boards.systems.alarms.board import board
from devices.alarms.system import DECLARED
from sim.figures import Figure

ROOT = Path(__file__).parents[3]
ROWS = ("A1", "A2", "A3", "A4", "A5")
CODE = re.compile(r"`([^`]+)`")


@cache
def cells(row: str) -> list[str]:
    """Return the cells of a row of the page after its id."""
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\| {row} \| (`.*) \|$", page, re.MULTILINE)
    return [cell.strip() for cell in line.split("|")]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_the_kinds_that_are_its_own(row: str) -> None:
    assert CODE.findall(cells(row)[0]) == [kind.name for kind in DECLARED.kinds if kind.plan_ids == (row,)] != []


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_the_promises_on_measures_of_its_own(row: str) -> None:
    promised = {each.measure for each in DECLARED.objectives}
    own = {measure.name for measure in DECLARED.measures if measure.plan_ids == (row,)}
    assert {f"alarms.{name}" for name in CODE.findall(cells(row)[1])} == own & promised != set()


@pytest.mark.parametrize("row", ROWS)
def test_every_figure_of_a_row_is_declared(row: str) -> None:
    (path,) = CODE.findall(cells(row)[2])
    held = vars(import_module(path.removesuffix(".py").replace("/", "."))).values()
    figures = {each for each in held if isinstance(each, Figure)}
    assert figures
    assert figures <= set(DECLARED.figures)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_seen_on_the_board(row: str) -> None:
    assert cells(row)[3].strip("*") in [panel.title for part in board().rows for panel in part.panels]


@pytest.mark.parametrize("row", ROWS)
def test_a_promise_of_a_row_is_a_test_of_that_name(row: str) -> None:
    (name,) = CODE.findall(cells(row)[4])
    assert any(f"\ndef {name}(" in path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
