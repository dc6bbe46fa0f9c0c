"""An option is said once: a verb's defaults are those of the settings, and those of `run(scenario)`."""

import inspect
from copy import copy
from typing import Any

import click
import pytest

from citybeat import api
from citybeat.__main__ import VERBS, cli
from citybeat.running.settings import RunSettings
from citybeat.verbs.options import run_settings
from citybeat.verbs.run import run
from sim.units import duration_us


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CITYBEAT_BROKER", "CITYBEAT_STORE"):
        monkeypatch.delenv(name, raising=False)


def said(*words: str) -> dict[str, Any]:
    """Return the options of `citybeat run` that these words give; the verb itself remembers who asked it first, so a copy is asked."""
    return copy(run).make_context("run", list(words)).params


def test_a_run_without_options_has_the_settings_own_defaults() -> None:
    assert run_settings(said("outage")) == RunSettings()


def test_what_is_said_of_a_run_is_in_its_settings() -> None:
    options = said("outage", "--drain", "5s", "--root", "town", "--qos", "1", "--speed", "max", "--store", "influx", "--broker", "none")
    wanted = RunSettings(broker="none", store="influx", speed=float("inf"), qos=1, root="town", drain_us=duration_us("5s"))
    assert run_settings(options) == wanted


def test_run_in_a_script_has_the_same_defaults() -> None:
    given = inspect.signature(api.run).parameters
    settings = RunSettings()
    assert (given["broker"].default, given["store"].default) == (settings.broker, settings.store)
    assert duration_us(given["drain"].default) == settings.drain_us


def test_an_option_that_several_verbs_take_is_the_same_everywhere() -> None:
    """Its name in the code, what reads it and the variable behind it; words and defaults are each verb's own."""
    found: dict[str, set[tuple[str | None, str, str]]] = {}
    for verb in VERBS:
        command = cli.commands[verb]
        for each in command.commands.values() if isinstance(command, click.Group) else [command]:
            for option in each.params:
                if isinstance(option, click.Option):
                    reader = getattr(option.type, "name", "")
                    found.setdefault(option.opts[0], set()).add((option.name, reader, str(option.envvar)))
    assert {name: said for name, said in found.items() if len(said) > 1} == {}
    assert len(found) > 25
