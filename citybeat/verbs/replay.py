"""`citybeat replay`: a recorded run is played again; the tape is just another source.

Owns the verb and what a replay takes over from the run it repeats: promises and modelled measures.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson

from brokers.tape.source import TapeSource
from citybeat import folder as folders
from citybeat.finish import finish
from citybeat.folder import RunFolder
from citybeat.job import Job
from citybeat.places import RUNS
from citybeat.runner import play
from citybeat.terminal import LiveView
from citybeat.verbs.options import run_settings, way_options
from citybeat.verbs.report import figures_of
from citybeat.verbs.wrong_options import Verb
from sim.calendar import Calendar
from sim.errors import UsageError
from sim.figures import Grade
from sim.measures import Family, Measure, Objective, Statistic
from sim.meters import Meters
from sim.pipeline import PIPELINE_MEASURES


@click.command(cls=Verb)
@click.argument("name", metavar="RUN")
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, show_default=True, help="Folder of runs.")
@way_options
@click.pass_context
def replay(context: click.Context, /, name: str, runs: Path, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - click's own way
    """Play RUN again (an id, a path, or `last`): same events, same digest, at any speed."""
    settings = run_settings(options)
    job, speed = recorded(folders.find(name, runs))
    with LiveView(quiet=as_json) as view:
        result = play(job, settings, settings.speed or speed, view.show)
    finish(context, result, as_json=as_json)


def recorded(folder: RunFolder) -> tuple[Job, float]:
    """Return the job of playing a run again, and the speed it had. Raises UsageError for a missing or damaged tape."""
    summary = folders.read_summary(folder.path)
    source = TapeSource(folder.path)
    header = source.header
    job = Job(
        name=summary["scenario"],
        title=f"{summary['title']} (replay of {folder.run})",
        seed=summary["seed"],
        scale=summary["scale"],
        scenario_digest=summary["scenario_digest"],
        source=source,
        kinds=header.kinds,
        calendar=Calendar(header.zone),
        start_us=header.start_us,
        end_us=header.end_us,
        measures=(*modelled_measures(summary), *PIPELINE_MEASURES),
        objectives=tuple(objective_of(row) for row in summary["objectives"]),
        figures=figures_of(summary),
        series=int(summary.get("series", 0)),
        stage_at=lambda _at_us: "",
        prepare=lambda piece: piece,
        meters=modelled_meters(folder),
        replay_of=folder.run,
    )
    speed = summary["speed"]
    return job, float("inf") if speed == "max" else float(speed)


def modelled_measures(summary: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return the measures of the city that the run had."""
    rows = {row["measure"]: row for row in summary["measures"] if row["family"] == Family.MODELLED.value}
    named = {row["measure"]: row for row in summary["objectives"]}
    found = {name: Measure(name, row["unit"], row["doc"]) for name, row in rows.items()}
    for name, row in named.items():
        if name not in found and not name.startswith("pipeline."):
            found[name] = Measure(name, row["unit"], "")
    return tuple(found.values())


def objective_of(row: Mapping[str, Any]) -> Objective:
    """Return a promise from its row in summary.json."""
    at_most = row["bound"] if row["sense"] == "at most" else None
    at_least = row["bound"] if row["sense"] == "at least" else None
    return Objective(
        row["measure"],
        Statistic(row["statistic"]),
        at_most=at_most,
        at_least=at_least,
        where=row["where"],
        limit=row["limit"],
        stage=row["stage"],
        required=row["required"],
        grade=Grade(row["grade"]),
        source=row["source"],
    )


def modelled_meters(folder: RunFolder) -> Meters:
    """Return the run's frozen measures of the city; those of its pipeline are measured anew. Raises UsageError when damaged."""
    try:
        frozen = orjson.loads(folder.meters.read_bytes())
        meters = Meters.thaw(row for row in frozen if not str(row["measure"]).startswith("pipeline."))
    except FileNotFoundError:
        return Meters()
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder.meters} is damaged ({error}): run the scenario again"
        raise UsageError(msg) from error
    return meters
