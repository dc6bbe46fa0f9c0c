"""`citybeat scenarios`: what there is to run, what it assumes, and a script to begin with.

Owns the verb. How a scenario is shown is `citybeat.screen.shown`'s.
"""

import sys
from importlib.machinery import PathFinder
from importlib.resources import files
from pathlib import Path
from shlex import quote

import click

from citybeat.own_packages import PACKAGES
from citybeat.verbs.options import PATH, SCENARIO
from citybeat.verbs.wrong_options import VerbGroup
from sim.errors import DiskError, UsageError

OURS = (*PACKAGES, "citybeat")


@click.group(cls=VerbGroup)
def scenarios() -> None:
    """List scenarios, show what one assumes, or write a script to begin with."""


@scenarios.command("list")
def list_scenarios() -> None:
    """List the shipped scenarios."""
    from citybeat.screen.console import console
    from citybeat.screen.shown import listed

    console().print(listed())


@scenarios.command()
@SCENARIO
def show(scenario: str) -> None:
    """Show SCENARIO: parameters, kinds, promises, and every figure with its grade and source."""
    from citybeat.screen.console import console
    from citybeat.screen.shown import show as show_scenario
    from scenarios.loader import load

    show_scenario(load(scenario), console())


@scenarios.command()
@click.argument("file", type=PATH)
def new(file: Path) -> None:
    """Write a commented script to FILE that runs at once and brings a system of its own."""
    if file.suffix != ".py" or file.name == ".py":
        called = "my_city" if file.name == ".py" else file.stem
        msg = f"{file} should be a Python script: call it {file.parent / called}.py"
        raise UsageError(msg)
    if _hides(file.stem):
        whose = "one of citybeat's own packages" if file.stem in OURS else f"the module {file.stem!r}, which citybeat or Python needs"
        msg = f"{file} would hide {whose}: choose another name, such as {file.with_name(f'my_{file.name}')}"
        raise UsageError(msg)
    called = quote(f"./{file}" if str(file).startswith("-") else str(file))
    text = files("citybeat.templates").joinpath("first_scenario.py").read_text(encoding="utf-8").replace("THIS_FILE", called)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"cannot make the folder {file.parent}: {error.strerror}; choose another"
        raise DiskError(msg) from error
    try:
        with file.open("x", encoding="utf-8") as script:
            script.write(text)
    except FileExistsError as error:
        msg = f"{file} exists already: choose another name"
        raise UsageError(msg) from error
    except OSError as error:
        msg = f"cannot write {file}: {error.strerror}; choose another folder"
        raise DiskError(msg) from error
    click.echo(f"wrote {file}: run it with `citybeat run {called}` or `python {called}`")


def _hides(name: str) -> bool:
    """Return whether a script of this name, whose folder Python searches first, would be imported in place of another module."""
    folders = [folder for folder in sys.path if folder and Path(folder).resolve() != Path.cwd()]
    return name in OURS or name in sys.stdlib_module_names or PathFinder.find_spec(name, folders) is not None
