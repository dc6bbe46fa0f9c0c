"""`run(scenario)`: the same run as the command's, for scripts, notebooks and tests.

Owns the signature that scripts use.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from citybeat.job import simulate
from citybeat.progress import Progress
from citybeat.runner import Silent, play
from citybeat.settings import RunSettings
from citybeat.summary import Result
from citybeat.terminal import LiveView, print_result
from sim.pace import parse_speed
from sim.scenario import Scenario
from sim.units import duration_us


def run(
    scenario: Scenario,
    *,
    speed: float | str | None = None,
    broker: str = "embedded",
    store: str = "parquet",
    out: str | Path | None = None,
    drain: str = "60s",
    quiet: bool = False,
    watch: Callable[[Progress], None] | None = None,
    **settings: Any,  # noqa: ANN401 - the other fields of RunSettings
) -> Result:
    """Run a scenario and return its result; `speed` is a factor or `"max"`, `broker` a URL, `"embedded"` or `"none"`.

    Shows the city on the terminal unless `quiet` or `watch` is given. Raises UsageError for wrong settings and ServiceError for
    a broker or store that is away at the start.
    """
    chosen = RunSettings(broker=broker, store=store, out=Path(out) if out else None, drain_us=duration_us(drain), **settings)  # type: ignore[arg-type]
    pace = scenario.speed if speed is None else parse_speed(str(speed))
    job = simulate(scenario)
    if quiet or watch is not None:
        return play(job, chosen, pace, watch or Silent())
    with LiveView() as view:
        result = play(job, chosen, pace, view.show)
    print_result(result.summary, result.folder)
    return result
