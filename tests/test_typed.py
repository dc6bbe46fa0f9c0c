"""Scripts are checked like the house itself: the template, the shipped scenarios and the examples of the docs pass a strict checker."""

import ast
import inspect
import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from pydantic import BaseModel

from sim.city.incidents import Incident
from sim.city.profile import ProfileStage
from sim.judge.measures import Objective
from sim.play.faults import Faults
from sim.scenario import Scenario

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_what_a_newcomer_copies_passes_a_strict_checker(tmp_path: Path) -> None:
    scripts = [*(ROOT / "scenarios" / "shipped").glob("[a-z]*.py"), ROOT / "citybeat" / "templates" / "first_scenario.py"]
    for script in scripts:
        (tmp_path / script.name).write_text(script.read_text())
    examples = [text for page in ("engineers.md", "testers.md") for text in EXAMPLE.findall((ROOT / "docs" / page).read_text())]
    for number, text in enumerate(examples):
        (tmp_path / f"example_{number}.py").write_text(text)
    names = sorted(path.name for path in tmp_path.glob("*.py"))
    assert len(names) > 6
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("declared", [Scenario, ProfileStage, Incident, Faults, Objective])
def test_what_checkers_see_of_a_constructor_are_its_fields(declared: type) -> None:
    tree = ast.parse(Path(inspect.getfile(declared)).read_text())
    (body,) = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == declared.__name__)
    (seen,) = (node for node in ast.walk(body) if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    names = [each.arg for each in (*seen.args.args, *seen.args.kwonlyargs) if each.arg != "self"]
    if issubclass(declared, BaseModel):
        assert names == list(declared.model_fields)
    else:
        assert is_dataclass(declared)
        assert names == [each.name for each in fields(declared) if each.init]


def code_lines(script: str) -> int:
    """Lines of a script that hold code, up to its scenario: no imports, comments, docstrings or blank lines."""
    tree = ast.parse(script)
    texts = [node.body[0] for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    left_out = [node for node in texts if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    left_out += [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    spared = {line for node in left_out for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    (ends,) = (node.lineno for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "scenario")
    lines = list(enumerate(script.splitlines()[: ends - 1], start=1))
    return sum(bool(line.split("#")[0].strip()) and number not in spared for number, line in lines)


def test_a_near_system_is_short() -> None:
    assert code_lines((ROOT / "citybeat" / "templates" / "first_scenario.py").read_text()) <= 30
    (park,) = (text for text in EXAMPLE.findall((ROOT / "docs" / "engineers.md").read_text()) if "class Gates" in text)
    assert "Desk(" in park
    assert code_lines(park) <= 50


def test_one_import_brings_what_a_system_needs() -> None:
    """Examples and the template import from citybeat, from systems by name, and from what is not ours; only a test asks for the engine."""
    texts = [
        *EXAMPLE.findall((ROOT / "docs" / "engineers.md").read_text()),
        (ROOT / "citybeat" / "templates" / "first_scenario.py").read_text(),
    ]
    homes = {node.module for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    assert "citybeat.systems" in homes
    assert {home for home in homes if home and home.split(".")[0] in ("sim", "pydantic", "simpy")} == {"sim.engine.engine"}
