"""Openers: what the first lines of a module name as another's business exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.named_modules import PACKAGES, ROOT, exists, is_of_the_code

# A name in backticks, with the mark of a genitive if it has one: "`sim.units`' business".
NAMED = re.compile(r"`([\w./]+)`(?:('s|')(?!\w))?")


def modules_named(opener: str) -> Iterator[str]:
    for name, genitive in NAMED.findall(opener):
        if genitive or name.endswith(".py") or is_of_the_code(name):
            yield name


def test_every_file_and_module_that_an_opener_names_exists() -> None:
    wrong, found = [], 0
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        opener = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for name in modules_named(opener):
            found += 1
            wrong += [] if exists(name, path.parent) else [f"{path.relative_to(ROOT)}: {name}"]
    assert found > 100
    assert sorted(wrong) == []


def test_a_file_that_moved_is_missed() -> None:
    here = Path(__file__).parent
    said = (
        "Owns `width_m`. Rows are `sim.events.batchs`', `units`' business; see `sim/events/gone.py`, `lamps.py` and `sim.units.NEVER_US`'s."
    )
    assert list(modules_named(said)) == ["sim.events.batchs", "units", "sim/events/gone.py", "lamps.py", "sim.units.NEVER_US"]
    assert [name for name in modules_named(said) if not exists(name, here)] == ["sim.events.batchs", "units", "sim/events/gone.py"]
    assert exists("units", ROOT / "sim" / "events")
