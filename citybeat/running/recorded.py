"""A recorded run as a job that can be played again; the tape is just another source.

Owns what a replay takes over from the run it repeats, promises and stages, and whether it was that run. What the run modelled is
measured again from the tape's samples. Damaged parts of a tape never get so far: they are refused before the first event.
"""

import shlex
from collections.abc import Sequence

import orjson

from brokers.tape.source import TapeSource
from citybeat.kept.folder import RunFolder
from citybeat.kept.record import reached_us, record_of
from citybeat.running.job import Job
from sim.city.calendar import Calendar
from sim.city.declared import Declared
from sim.city.profile import Profile
from sim.errors import UsageError
from sim.events.digests import Digester
from sim.judge.measures import Family, Measure, Objective
from sim.judge.meters import Meters
from sim.judge.pipeline import PIPELINE_MEASURES, PIPELINE_OBJECTIVES
from sim.play.pace import parse_speed
from sim.summary import RunSummary


def recorded_job(folder: RunFolder) -> tuple[Job, float]:
    """Return the job of playing a run again, and the speed it had. Raises UsageError for a missing or damaged tape or summary.

    Of a run that left no summary the promises about the city are not known; then the pipeline's usual ones are judged.
    """
    summary = record_of(folder)
    source = TapeSource(folder.path)
    header = source.header
    measured = modelled_meters(folder)
    job = Job(
        name=summary.scenario,
        title=f"{summary.title or summary.scenario} (replay of {folder.run}{', ' * bool(summary.cut_short)}{summary.cut_short})",
        seed=summary.seed,
        scale=summary.scale,
        scenario_digest=summary.scenario_digest,
        source=source,
        kinds=header.kinds,
        labels=header.labels,
        declared=header.declared,
        calendar=Calendar(header.zone),
        start_us=header.start_us,
        end_us=reached_us(header, source.count),
        measures=(*modelled_measures(summary, header.declared), *PIPELINE_MEASURES),
        objectives=PIPELINE_OBJECTIVES if summary.unfinished else objectives_of(summary),
        figures=summary.figures,
        series=summary.series,
        meters=Meters() if header.observed else measured,  # a tape of an earlier citybeat has no samples
        recorded=measured,
        replay_of=folder.run,
        again=shlex.join(["citybeat", "replay", str(folder.path)]),
        digests=(summary.log_digest, summary.wire_digest),
        notes=summary.notes,
        profile=Profile(summary.stages),
    )
    return job, parse_speed(str(summary.speed or 1))


def modelled_measures(summary: RunSummary, declared: Sequence[Declared]) -> tuple[Measure, ...]:
    """Return the measures of the city that the run had; of one that left no summary those that its systems declared."""
    if summary.unfinished:
        return tuple(measure for each in declared for measure in each.measures)
    found = {row.measure: Measure(row.measure, unit=row.unit, doc=row.doc) for row in summary.measures if row.family is Family.MODELLED}
    for row in summary.objectives:
        if row.measure not in found and row.system != Family.PIPELINE:
            found[row.measure] = Measure(row.measure, unit=row.unit, doc="")
    return tuple(found.values())


def objectives_of(summary: RunSummary) -> tuple[Objective, ...]:
    """Return the promises of a run. Raises UsageError for one that cannot be judged."""
    try:
        return tuple(row.objective() for row in summary.objectives)
    except ValueError as error:
        msg = f"summary.json cannot be read: {error}"
        raise UsageError(msg) from error


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
