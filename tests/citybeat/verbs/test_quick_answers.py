"""Version, help and completion import nothing that a run needs: they answer before a person notices."""

import subprocess
import sys
from pathlib import Path

import pytest

from citybeat import __main__
from tests.citybeat.commands import clean_environment

HEAVY = ("numpy", "polars", "pydantic", "simpy", "rich", "paho", "mqtt5", "influxdb_client", "requests", "reactivex", "devices.buses")
CODE = """
import os, sys
from citybeat.__main__ import cli, main
try:
    main(sys.argv[1:]) if "_CITYBEAT_COMPLETE" not in os.environ else cli.main([], prog_name="citybeat")
except SystemExit:
    pass
print("imported", *sorted(sys.modules), file=sys.stderr)
"""
VERBS = ("run", "runs list", "tail", "scenarios show", "scenarios new", "replay", "ingest", "boards push", "report", "doctor")


def answered(folder: Path, *arguments: str, **environment: str) -> tuple[str, set[str]]:
    """Return what the command says and the modules it has imported by then."""
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=folder,
        env=clean_environment(PYTHONPATH=root, **environment),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout, set(done.stderr.rpartition("imported ")[2].split())


def completed(folder: Path, typed: str) -> tuple[str, set[str]]:
    words = typed.split(" ")
    return answered(folder, _CITYBEAT_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))


def test_the_version_imports_nothing_that_a_run_needs(tmp_path: Path) -> None:
    said, modules = answered(tmp_path, "--version")
    assert said.startswith("citybeat, version ")
    assert not modules.intersection(HEAVY)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_help_imports_nothing_that_a_run_needs(tmp_path: Path, verb: str) -> None:
    said, modules = answered(tmp_path, *verb.split(), "--help")
    assert said.startswith("Usage: citybeat")
    assert not modules.intersection(HEAVY)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("citybeat ru", "plain,run\nplain,runs\n"),
        ("citybeat run --spe", "plain,--speed\n"),
        ("citybeat run sh", "plain,shanghai\nfile,sh\n"),
        ("citybeat runs li", "plain,list\n"),
        ("citybeat report la", "plain,last\n"),
        ("citybeat tail --dis", "plain,--district\n"),
        ("citybeat ingest --sto", "plain,--store\n"),
        ("citybeat replay --spe", "plain,--speed\n"),
    ],
)
def test_tab_imports_nothing_that_a_run_needs(tmp_path: Path, typed: str, answer: str) -> None:
    said, modules = completed(tmp_path, typed)
    assert said == answer
    assert not modules.intersection(HEAVY)


def test_the_list_of_verbs_says_what_the_verbs_say_of_themselves() -> None:
    for name, words in __main__.VERBS.items():
        command = __main__.cli.commands[name]
        assert command.help
        assert words.split(" ")[0] == command.help.split(" ")[0]
    assert list(__main__.cli.commands) == list(__main__.VERBS)


def test_no_module_of_ours_is_imported_twice(tmp_path: Path) -> None:
    code = (
        "import citybeat, devices.buses.system, devices.buses, devices\n"
        "assert devices.buses.system.Buses is devices.Buses in devices.SYSTEMS\n"
        "import sys; assert sys.modules['devices.buses'] is devices.buses\n"
    )
    root = str(Path(__file__).resolve().parents[3])
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=clean_environment(PYTHONPATH=root), check=True, timeout=60)
