"""Figures: every number from the world that is read by a system is declared by it, with its grade and source."""

import tokenize
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

from devices import SYSTEMS
from devices.metro.system import Metro
from sim.figures import Figure
from sim.system import System

ROOT = Path(__file__).parents[2]


def beside_the_code(system: type[System]) -> Iterator[tuple[str, Figure]]:
    package = import_module(system.__module__.rpartition(".")[0])
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        for name, value in vars(import_module(found.name)).items():
            if isinstance(value, Figure):
                yield f"{found.name}.{name}", value


@pytest.mark.parametrize("system", [*SYSTEMS, Metro])
def test_every_figure_that_stands_beside_the_code_is_declared_once(system: type[System]) -> None:
    declared = system().declared.figures
    assert sorted({name for name, figure in beside_the_code(system) if figure not in declared}) == []
    names = [figure.name for figure in declared]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def comments(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield f"{path.relative_to(ROOT)}, line {token.start[0]}: {token.string}"


def test_no_number_is_called_an_assumption_in_a_comment() -> None:
    said = [comment for folder in ("devices", "sim") for path in (ROOT / folder).rglob("*.py") for comment in comments(path)]
    assert len(said) > 100
    assert sorted(comment for comment in said if "(assumption" in comment) == []
