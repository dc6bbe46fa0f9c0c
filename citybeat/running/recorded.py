"""A recorded run as a job that can be played again; the tape is just another source.

Owns what a replay takes over from the run it repeats, promises and stages, and whether it was that run. What the run modelled is
measured again from the tape's samples. Damaged parts of a tape never get so far: they are refused before the first event.
"""

import shlex
from collections.abc import Mapping
from typing import Any

import orjson

from brokers.tape.source import TapeSource
from citybeat.kept.account import account_of, figures_of, reached_us
from citybeat.kept.folder import RunFolder
from citybeat.running.job import Job
from dashboards.report.facts import Facts, Promise, read_facts
from sim.city.calendar import Calendar
from sim.city.profile import STEADY, Profile, Stage
from sim.errors import UsageError
from sim.events.digests import Digester
from sim.figures import Grade
from sim.judge.measures import Family, Measure, Objective, Statistic
from sim.judge.meters import Meters
from sim.judge.pipeline import PIPELINE_MEASURES, PIPELINE_OBJECTIVES
from sim.play.pace import parse_speed
from sim.units import nearest
from sim.words import named

SENSES = ("at most", "at least")


def recorded_job(folder: RunFolder) -> tuple[Job, float]:
    """Return the job of playing a run again, and the speed it had. Raises UsageError for a missing or damaged tape or summary.

    Of a run that left no summary the promises about the city are not known; then the pipeline's usual ones are judged.
    """
    account = account_of(folder)
    facts = read_facts(account)
    source = TapeSource(folder.path)
    header = source.header
    measured = modelled_meters(folder)
    job = Job(
        name=facts.scenario,
        title=f"{facts.title or facts.scenario} (replay of {folder.run})",
        seed=facts.seed,
        scale=facts.scale,
        scenario_digest=facts.scenario_digest,
        source=source,
        kinds=header.kinds,
        labels=header.labels,
        declared=header.declared,
        calendar=Calendar(header.zone),
        start_us=header.start_us,
        end_us=reached_us(header, source.count),
        measures=(*modelled_measures(facts), *PIPELINE_MEASURES),
        objectives=PIPELINE_OBJECTIVES if facts.unfinished else tuple(objective_of(row) for row in facts.objectives),
        figures=figures_of(account),
        series=facts.series,
        meters=Meters() if header.observed else measured,  # a tape of an earlier citybeat has no samples
        recorded=measured,
        replay_of=folder.run,
        again=shlex.join(["citybeat", "replay", str(folder.path)]),
        digests=(facts.log_digest, facts.wire_digest),
        notes=facts.notes,
        profile=profile_of(account),
    )
    return job, parse_speed(str(facts.speed or 1))


def profile_of(account: Mapping[str, Any]) -> Profile:
    """Return the run's load profile. Raises UsageError for one that is none."""
    try:
        return Profile(tuple(_stage_of(row) for row in account["stages"]))
    except KeyError:
        return STEADY  # of a run that left no summary, or of an earlier citybeat
    except (TypeError, ValueError) as error:
        msg = f"the run's summary is damaged: its stages are none ({error})"
        raise UsageError(msg) from error


def _stage_of(row: Mapping[str, Any]) -> Stage:
    until = row.get("until")
    reached = None if until is None else float(until)
    return Stage(str(row["name"]), int(row["start_us"]), int(row["end_us"]), float(row["multiplier"]), reached, str(row.get("rate", "")))


def modelled_measures(facts: Facts) -> tuple[Measure, ...]:
    """Return the measures of the city that the run had."""
    found = {row.measure: Measure(row.measure, unit=row.unit, doc=row.doc) for row in facts.measures if row.family == Family.MODELLED.value}
    for row in facts.objectives:
        if row.measure not in found and row.system != Family.PIPELINE.value:
            found[row.measure] = Measure(row.measure, unit=row.unit, doc="")
    return tuple(found.values())


def objective_of(row: Promise) -> Objective:
    """Return a promise from its row in summary.json. Raises UsageError for one that cannot be."""
    if row.sense not in SENSES:
        msg = f"summary.json cannot be read: {row.measure} is promised {row.sense!r}{nearest(row.sense, SENSES)}"
        raise UsageError(msg)
    return Objective(
        row.measure,
        named(Statistic, row.statistic),
        at_most=row.bound if row.sense == SENSES[0] else None,
        at_least=row.bound if row.sense == SENSES[1] else None,
        where=row.where,
        limit=row.limit,
        stage=row.stage,
        required=row.required,
        grade=named(Grade, row.grade),
        source=row.source,
    )


def modelled_meters(folder: RunFolder) -> Meters:
    """Return the run's frozen measures of the city; those of its pipeline are measured anew. Raises UsageError when damaged."""
    try:
        frozen = orjson.loads(folder.meters.read_bytes())
        meters = Meters.thaw(row for row in frozen if not str(row["measure"]).startswith("pipeline."))
    except FileNotFoundError:
        return Meters()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        msg = f"{folder.meters} is damaged ({error}): run the scenario again, or move the file away to replay without its measures"
        raise UsageError(msg) from error
    return meters


def differences(job: Job, played: Digester, meters: Meters, *, complete: bool) -> str:
    """Return in words how a replay that came to its end differs from the recorded run; empty when it does not."""
    pairs = (("log", job.digests[0], played.log_digest), ("wire", job.digests[1], played.wire_digest))
    differing = [
        f"its {name} digest is {found}, the run's summary.json has {wanted}" for name, wanted, found in pairs if wanted not in ("", found)
    ]
    if measures := _measured_otherwise(job.recorded, meters):
        differing.append(f"what it measures of {', '.join(measures)} is not what the run's meters.json has")
    if not differing or not complete:
        return ""
    return (
        f"this replay is not run {job.replay_of}: {'; '.join(differing)}. The parts of its tape are whole, so tape/schema.json, "
        "summary.json or meters.json was changed after the run: record it again"
    )


def _measured_otherwise(recorded: Meters, played: Meters) -> list[str]:
    """Return the modelled measures that have other samples than they had, sorted."""
    pairs = ((label.measure, histogram, played.histograms.get(label)) for label, histogram in recorded.histograms.items())
    return sorted({measure for measure, wanted, found in pairs if wanted.count and (found is None or found.freeze() != wanted.freeze())})
