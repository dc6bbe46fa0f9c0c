"""Again: the line for a shell that repeats a run.

Owns its spelling: what was said to get these events, as it was said, and the seed. Where they went is no part of it.
"""

import shlex
import sys
from collections.abc import Iterable
from inspect import currentframe
from pathlib import Path

import click

HOUSE = "citybeat"


def repeated_verb(context: click.Context, given: Iterable[str], names: Iterable[str], seed: int) -> str:
    """Return the line that repeats `citybeat run` with the words `given`: its scenario, the options of these names, and the seed."""
    values, _, order = context.command.make_parser(context).parse_args(list(given))
    chosen = [each for each in dict.fromkeys(order) if isinstance(each, click.Option) and each.name in set(names)]
    words = [HOUSE, context.command.name or "run", str(values["scenario"])]
    for option in chosen:
        said = values[option.name]
        for value in said if isinstance(said, list) else [said]:
            words += [f"{option.opts[0]}={value}"] if str(value).startswith("-") else [option.opts[0], str(value)]
    if "seed" not in {each.name for each in chosen}:
        words += ["--seed", str(seed)]
    return shlex.join(words)


def repeated_script() -> str:
    """Return the line that runs the script again that calls `run(scenario)` just now; empty when it is no script of its own."""
    frame = currentframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == HOUSE:
        frame = frame.f_back
    if frame is None or frame.f_globals.get("__name__") != "__main__" or not Path(frame.f_code.co_filename).is_file():
        return ""
    module = frame.f_globals.get("__spec__")  # with `python -m`
    started = ["-m", module.name.removesuffix(".__main__")] if module else [sys.argv[0]]
    return shlex.join(["python", *started, *sys.argv[1:]])
