"""`run(scenario)`: the same run as the command's, for scripts, notebooks and tests.

Owns the signature that scripts use, and the line for a shell that runs such a script again.
"""

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import currentframe
from pathlib import Path
from typing import TypedDict, Unpack

from citybeat.running.job import simulate
from citybeat.running.observers import Observer
from citybeat.running.progress import Progress
from citybeat.running.runner import play
from citybeat.running.settings import IngestChoice, RunSettings, StoreChoice
from citybeat.running.summary import Result
from citybeat.screen.streams import open_missing
from citybeat.screen.terminal import LiveView, print_result, say_notes
from sim.errors import UsageError
from sim.files import expanded
from sim.play.pace import parse_speed
from sim.scenario import Scenario
from sim.units import duration_us

HOUSE = "citybeat"


class DeliveryOptions(TypedDict, total=False):
    """What else may be chosen, as the options of `citybeat run` of the same names."""

    qos: int | None
    origin: str
    root: str
    ingest: IngestChoice
    environment: Mapping[str, str]


def run(
    scenario: Scenario,
    *,
    speed: float | str | None = None,
    broker: str = "embedded",
    store: StoreChoice = "parquet",
    out: str | Path | None = None,
    drain: str = "60s",
    quiet: bool = False,
    watch: Callable[[Progress], None] | None = None,
    observers: Sequence[Observer] = (),
    **delivery: Unpack[DeliveryOptions],
) -> Result:
    """Run a scenario and return its result; `speed` is a factor or `"max"`, `broker` a URL, `"embedded"` or `"none"`.

    Shows the city on the terminal unless `quiet` or `watch` is given. `observers` hear of all that the run does. Raises UsageError for
    wrong settings and ServiceError for a broker or store that is away at the start.
    """
    open_missing()
    if not isinstance(scenario, Scenario):
        msg = f"run takes a Scenario, got {scenario!r:.80}"
        raise UsageError(msg)
    chosen = RunSettings(broker=broker, store=store, out=expanded(out) if out else None, drain_us=duration_us(str(drain)), **delivery)
    pace = scenario.speed if speed is None else parse_speed(str(speed))
    job = replace(simulate(scenario), again=repeated_script())
    if not quiet:
        say_notes(job)
    if quiet or watch is not None:
        return play(job, chosen, pace, watch, observers)
    with LiveView() as view:
        result = play(job, chosen, pace, view.show, observers)
    print_result(result)
    return result


def repeated_script() -> str:
    """Return the line that runs the script again that calls `run(scenario)` just now; empty when it is no script of its own."""
    started = script_words()
    return shlex.join([*started, *sys.argv[1:]]) if started else ""


def script_words() -> list[str]:
    """Return how the script that calls us was started, such as `python my_city.py`, without its options; nothing when it is no script."""
    frame = currentframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == HOUSE:
        frame = frame.f_back
    if frame is None or frame.f_globals.get("__name__") != "__main__" or not Path(frame.f_code.co_filename).is_file():
        return []
    module = frame.f_globals.get("__spec__")  # with `python -m`
    return ["python", *(["-m", module.name.removesuffix(".__main__")] if module else [sys.argv[0]])]
