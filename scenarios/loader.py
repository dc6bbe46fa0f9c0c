"""Finding a scenario by name or path, running its script, and applying overrides.

Owns the messages a person gets when a script or an override is wrong. What a scenario is, `sim.scenario` says.
"""

import importlib.util
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import CitybeatError, UsageError
from sim.scenario import Scenario
from sim.units import nearest

SHIPPED = Path(__file__).parent / "shipped"


def shipped_names() -> list[str]:
    """Return the names of the scenarios that come with citybeat, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def path_of(name: str) -> Path:
    """Return the script of a shipped scenario or of a path. Raises UsageError naming the nearest."""
    as_path = Path(name)
    if as_path.suffix == ".py" or as_path.parent != Path():
        if not as_path.is_file():
            msg = f"there is no scenario script {name}: write one with `citybeat scenarios new {name}`"
            raise UsageError(msg)
        return as_path
    if name not in shipped_names():
        msg = (
            f"unknown scenario {name!r}{nearest(name, shipped_names())}: shipped are {', '.join(shipped_names())}; "
            "a script is named by its path"
        )
        raise UsageError(msg)
    return SHIPPED / f"{name}.py"


def load(name: str) -> Scenario:
    """Run a scenario's script and return what it declares as `scenario`. Raises UsageError with file and line."""
    path = path_of(name)
    module = _run_script(path)
    found = getattr(module, "scenario", None)
    if callable(found) and not isinstance(found, Scenario):
        found = found()
    if not isinstance(found, Scenario):
        msg = f"{path} declares no scenario: end it with `scenario = Scenario(name=..., systems=[...])`"
        raise UsageError(msg)
    return found


def _run_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"citybeat_scenario_{path.stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is not a Python script"
        raise UsageError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    beside = str(path.parent.resolve())
    sys.path.append(beside)
    try:
        spec.loader.exec_module(module)
    except CitybeatError:
        raise
    except ValidationError as error:
        msg = f"{path}: {problems(error)}"
        raise UsageError(msg) from error
    except Exception as error:
        line = _line_in(path, error)
        msg = f"{path}{line} raised {type(error).__name__}: {error}"
        raise UsageError(msg) from error
    finally:
        sys.path.remove(beside)
    return module


def _line_in(path: Path, error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno},"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
    return f", line {lines[-1]}," if lines else ""


def problems(error: ValidationError) -> str:
    """Return all problems of a declaration, each with its place, on one line each when there are several."""
    texts = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        cause = str(problem["msg"]).removeprefix("Value error, ")
        given = problem.get("input")
        shown = f" (given {given!r})" if isinstance(given, str | int | float | bool) else ""
        texts.append(f"{place}: {cause}{shown}" if place else f"{cause}{shown}")
    return texts[0] if len(texts) == 1 else "\n  " + "\n  ".join(texts)


def override(scenario: Scenario, settings: Iterable[str], changes: Mapping[str, object] | None = None) -> Scenario:
    """Return the scenario with `place=value` settings applied, such as `buses.positions.interval=5s` or `faults.lost=1%`.

    `changes` are fields of the scenario itself. Everything is validated again. Raises UsageError with all problems at once.
    """
    systems = {system.name: system for system in scenario.typed_systems()}
    trees: dict[str, dict[str, Any]] = {}
    top: dict[str, object] = dict(changes or {})
    wrong: list[str] = []
    for setting in settings:
        place, equals, value = setting.partition("=")
        path = place.strip().split(".")
        if not equals or not place.strip():
            wrong.append(f"--set {setting}: write it as place=value, such as buses.positions.interval=5s")
        elif len(path) == 1:
            top[path[0]] = value
        else:
            _plant(trees.setdefault(path[0], {}), path[1:], value)
    known = [*systems, *Scenario.model_fields]
    wrong += [f"--set {root}: nothing is called {root!r}{nearest(root, known)}" for root in (*trees, *top) if root not in known]
    rebuilt = []
    for name, system in systems.items():
        try:
            rebuilt.append(_rebuilt(system, trees.pop(name)) if name in trees else system)
        except ValidationError as error:
            wrong += [f"{name}.{text}" for text in _hinted(error, system)]
    try:
        nested = {root: _merged(getattr(scenario, root), tree) for root, tree in trees.items() if root in Scenario.model_fields}
        given = {field: getattr(scenario, field) for field in Scenario.model_fields}
        changed = Scenario.model_validate(given | {"systems": tuple(rebuilt) or scenario.systems} | nested | top)
    except ValidationError as error:
        wrong += _hinted(error, scenario)
    if wrong:
        raise UsageError(wrong[0] if len(wrong) == 1 else f"{len(wrong)} settings are wrong:\n  " + "\n  ".join(wrong))
    return changed


def _plant(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def _merged(model: object, tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's fields as a dictionary, with the tree's values laid over them."""
    fields = {name: getattr(model, name) for name in type(model).model_fields} if isinstance(model, BaseModel) else {}
    for name, value in tree.items():
        below = fields.get(name)
        fields[name] = _merged(below, value) if isinstance(value, dict) and isinstance(below, BaseModel) else value
    return fields


def _rebuilt(system: Any, tree: Mapping[str, Any]) -> object:  # noqa: ANN401 - a system is any pydantic model
    if not isinstance(system, BaseModel):
        msg = f"system {system.name} has no parameters to set: make it a sim.parameters.Parameters"
        raise UsageError(msg)
    return type(system).model_validate(_merged(system, tree))


def _hinted(error: ValidationError, model: object) -> list[str]:
    """Return the problems, with the nearest valid name for an unknown one."""
    texts = []
    for problem in error.errors():
        place = [str(part) for part in problem["loc"]]
        owner = model
        for part in place[:-1]:
            owner = getattr(owner, part, owner)
        if problem["type"] == "extra_forbidden" and isinstance(owner, BaseModel):
            names = list(type(owner).model_fields)
            texts.append(f"{'.'.join(place)}: no such parameter{nearest(place[-1], names)}; there are {', '.join(names)}")
        else:
            cause = str(problem["msg"]).removeprefix("Value error, ")
            texts.append(f"{'.'.join(place)}: {cause} (given {problem.get('input')!r})")
    return texts
