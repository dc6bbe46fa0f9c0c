"""Finding a scenario by name or path, running its script, and applying overrides.

Owns the messages a person gets when a script or an override is wrong. What a scenario is, `sim.scenario` says.
"""

import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote
from types import ModuleType
from typing import Any

from pydantic import BaseModel, PydanticUserError, ValidationError

from scenarios.problems import names_of, problems, together, untyped
from sim.blame import culprit, says
from sim.errors import CitybeatError, UsageError
from sim.files import expanded
from sim.scenario import Scenario
from sim.units import duration_text, duration_us, nearest

LISTS = ("systems", "profile", "incidents", "objectives")  # fields of a scenario that no single value can be
NOTED = "left_out"  # the field of a scenario that nobody sets
SHIPPED = Path(__file__).parent / "shipped"


def shipped_names() -> list[str]:
    """Return the names of the scenarios that come with citybeat, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.py") if not path.stem.startswith("_"))


def path_of(name: str) -> Path:
    """Return the script of a shipped scenario or of a path. Raises UsageError naming the nearest."""
    as_path = expanded(name)
    if (as_path / "summary.json").is_file():
        msg = f"{name} is a run, not a scenario: play it again with `citybeat replay {quote(name)}`"
        raise UsageError(msg)
    if as_path.suffix == ".py" or any(mark in name for mark in (os.sep, os.altsep) if mark):
        if not as_path.is_file():
            raise UsageError(_no_script(name, as_path))
        return as_path
    if name not in shipped_names():
        beside = f" (did you mean './{name}.py'?)" if Path(f"{name}.py").is_file() else nearest(name, shipped_names())
        msg = f"unknown scenario {name!r}{beside}: shipped are {', '.join(shipped_names())}; a script is named by its path"
        raise UsageError(msg)
    return SHIPPED / f"{name}.py"


def _no_script(name: str, path: Path) -> str:
    """Return what is wrong with a path that is no script, with the scripts that lie there or the way to one."""
    if path.is_dir():
        return f"{name} is a folder: name the script in it, such as {quote(str(path / 'my_city.py'))}"
    beside = [str(each) for each in path.parent.glob("*.py")]
    meant = nearest(str(path), beside)
    new = path if path.suffix == ".py" else path.parent / f"{path.name}.py"
    return f"there is no scenario script {name}{meant}: write one with `citybeat scenarios new {quote(str(new))}`"


def load(name: str) -> Scenario:
    """Run a scenario's script and return what it declares as `scenario` (or what a function of that name returns).

    Raises UsageError with file and line.
    """
    path = path_of(name)
    with _telling_where(path):
        found = getattr(_run_script(path), "scenario", None)
        if callable(found):
            found = found()
    if not isinstance(found, Scenario):
        msg = f"{path} declares no scenario: end it with `scenario = Scenario(name=..., systems=[...])`"
        raise UsageError(msg)
    return found


def _run_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"citybeat_scenario_{path.stem}", path)
    if spec is None or spec.loader is None:
        msg = f"{path} is not a Python script: its name ends in .py"
        raise UsageError(msg)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    with _modules_beside(path):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _modules_beside(path: Path) -> Iterator[None]:
    """Let a script import what lies beside it; our own packages come first, whatever they are called there."""
    beside = str(path.parent.resolve())
    if beside in sys.path:
        yield
        return
    sys.path.append(beside)
    try:
        yield
    finally:
        if beside in sys.path:  # the script may have tidied up itself
            sys.path.remove(beside)


@contextmanager
def _telling_where(path: Path) -> Iterator[None]:
    """Turn whatever a script raises into one message with file and line."""
    try:
        yield
    except ValidationError as error:
        msg = f"{path}{_line_in(path, error)}: {error.title}: {together(problems(error), 'settings')}"
        raise UsageError(msg) from error
    except PydanticUserError as error:
        msg = f"{path}{_line_in(path, error)}: {untyped(error)}"
        raise UsageError(msg) from error
    except UsageError as error:
        line = _line_in(path, error)
        raise (UsageError(f"{path}{line}: {error}") if line else error) from error
    except CitybeatError:
        raise
    except SyntaxError as error:
        line = f", line {error.lineno}," if error.lineno else ""
        msg = f"{error.filename or path}{line} is not valid Python: {error.msg}"
        raise UsageError(msg) from error
    except (Exception, SystemExit) as error:
        raise UsageError(_words(path, error)) from error


def _words(path: Path, error: BaseException) -> str:
    """Return what a script raised, with the line that raised it, be it in the script or in a helper, and what to do."""
    line = _line_in(path, error)
    if isinstance(error, OSError) and not line:
        return f"cannot read {path}: {error.strerror or error}"
    _, place = culprit(error)
    beyond = place is not None and Path(place.file).resolve() != path.resolve()
    where = f"{place} (from {path}{line})" if beyond else f"{path}{line}"
    return f"{where} raised {says(error)}{_remedy(error)}"


def _remedy(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return '; what ends the process stands below `if __name__ == "__main__":`'
    if isinstance(error, ModuleNotFoundError):
        return "; install it, or put it beside the script"
    return ""


def _line_in(path: Path, error: BaseException) -> str:
    script = path.resolve()
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if Path(frame.f_code.co_filename).resolve() == script]
    return f", line {lines[-1]}" if lines else ""


def override(scenario: Scenario, settings: Iterable[str], changes: Mapping[str, object] | None = None) -> Scenario:
    """Return the scenario with `place=value` settings applied, such as `buses.positions.interval=5s` or `faults.lost=1%`.

    Of two settings of one place the later holds. `changes` are fields of the scenario itself. Everything is validated again.
    Raises UsageError with all problems at once.
    """
    systems = {system.name: system for system in scenario.systems}
    tree, wrong = _tree(settings)
    settable = [name for name in Scenario.model_fields if name != NOTED]
    for root in [root for root in tree if root not in systems and root not in settable]:
        known = [*systems, *settable]
        meant = _in_a_system(root, systems) or nearest(root, known)
        wrong.append(f"--set {root}: nothing is called {root!r}{meant}; there are {', '.join(known)}")
        del tree[root]
    for root in [root for root in tree if root in LISTS and root not in systems]:
        wrong.append(f"--set {root}: it is a list, which the script writes; --set changes single values")
        del tree[root]
    rebuilt = tuple(_rebuilt(name, system, tree.pop(name), wrong) if name in tree else system for name, system in systems.items())
    given = {field: getattr(scenario, field) for field in Scenario.model_fields}
    asked = {root: _merged(given[root], value) if isinstance(value, dict) else value for root, value in tree.items()}
    try:
        changed = Scenario.model_validate(_cut_short(given | {"systems": rebuilt} | asked | dict(changes or {}), scenario))
    except ValidationError as error:
        wrong += problems(error, scenario)
    if wrong:
        raise UsageError(together(wrong, "settings"))
    return changed


def _in_a_system(name: str, systems: Mapping[str, object]) -> str:
    """Return as a hint where a parameter is that was named without its system."""
    places = [f"{system}.{name}" for system, found in systems.items() if name in names_of(type(found))]
    return f" (did you mean {' or '.join(map(repr, places))}?)" if places else ""


def _cut_short(fields: dict[str, Any], written: Scenario) -> dict[str, Any]:
    """Return a scenario's fields without the incidents that lie outside a run made shorter than the script's; noted as left out."""
    with suppress(UsageError, ValueError, TypeError):
        wanted = fields["duration"]
        duration = duration_us(wanted) if isinstance(wanted, str) else int(wanted)
        outside = [each for each in written.incidents if duration < each.ends_before and each.ends_before <= written.duration]
        words = tuple(f"incident {each.what!r} is left out: it begins {duration_text(each.after)} after the start" for each in outside)
        return fields | {"incidents": tuple(each for each in written.incidents if each not in outside), NOTED: words}
    return fields


def _tree(settings: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings as nested dictionaries, and what is wrong with their spelling."""
    tree: dict[str, Any] = {}
    wrong: list[str] = []
    for setting in settings:
        place, equals, value = setting.partition("=")
        path = [part.strip() for part in place.split(".")]
        if not equals or not all(path):
            wrong.append(f"--set {setting}: write it as place=value, such as buses.positions.interval=5s")
        elif not _plant(tree, path, value.strip()):
            wrong.append(f"--set {setting}: another setting gives {place.strip()!r}, or a part of it, a value of its own")
    return tree, wrong


def _plant(tree: dict[str, Any], path: list[str], value: str) -> bool:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            return False
    if isinstance(tree.get(path[-1]), dict):
        return False
    tree[path[-1]] = value
    return True


def _merged(model: object, tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's fields as a dictionary, with the tree's values laid over them."""
    merged: dict[str, Any] = {name: getattr(model, name) for name in names_of(type(model))}
    for name, value in tree.items():
        merged[name] = _merged(merged.get(name), value) if isinstance(value, dict) else value
    return merged


def _rebuilt(name: str, system: object, tree: object, wrong: list[str]) -> object:
    """Return the system with its settings changed; or as it was, with what is wrong added to the list."""
    if not isinstance(system, BaseModel):
        wrong.append(f"{name}: the system has no parameters to set; make it a sim.parameters.Parameters")
    elif not isinstance(tree, dict):
        first = next(iter(type(system).model_fields), "parameter")
        wrong.append(f"{name}: a system takes no value; set a parameter of it, such as {name}.{first}")
    else:
        try:
            return type(system).model_validate(_merged(system, tree))
        except ValidationError as error:
            wrong += [f"{name}.{text}" for text in problems(error, system)]
    return system
