"""The verdict: objectives held against meters, and what the whole run is worth.

Owns judging and nothing else: pass, fail, no data, invalid; a run that did not come to its end is aborted or interrupted.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.errors import Exit
from sim.figures import Figure, Grade
from sim.judge.measures import SHARES, Measure, Objective, Statistic
from sim.judge.meters import QUANTILES, Meters, value_of

EXCEPTIONS = Figure(
    "expected exceptions of a share",
    value=5,
    unit="",
    grade=Grade.B,
    source="rule of five expected counts (Cochran 1954): 5 / (1 - p) samples",
)
CV_ERROR = Figure(
    "relative standard error of a CV",
    value=0.1,
    unit="",
    source="assumption; the variance of a CV c of n samples is about c² (1/2 + c²) / n "
    "(McKay 1932; Kelley 2007, Behavior Research Methods 39)",
)
MEAN_SAMPLES = Figure("samples of a mean", value=30, unit="", source="assumption: the usual rule of thumb for the central limit theorem")
VERDICT_FIGURES = (EXCEPTIONS, CV_ERROR, MEAN_SAMPLES)


class Verdict(StrEnum):
    """What an objective, or a whole run, came to."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    FAIL = "fail"
    NO_DATA = "no data"
    INVALID = "invalid"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"  # killed, or it still lives


@dataclass(frozen=True, slots=True)
class Judged:
    """An objective with its value (NaN without data), the number of samples, the least number needed, and the verdict."""

    objective: Objective
    unit: str
    value: float
    samples: int
    needed: int
    verdict: Verdict


def least_samples(objective: Objective) -> int:
    """Return the samples below which an objective is *no data*: three tell nothing of a spread.

    5 / (1 - p) for a share or quantile p, (1/2 + c²) / 0.1² for a CV c, 30 for a mean. Counts, sums and extremes need one: they
    estimate nothing, but say what there was.
    """
    statistic = objective.statistic
    bound = objective.at_most if objective.at_most is not None else objective.at_least or 0.0
    if statistic in QUANTILES:
        return _for_share(QUANTILES[statistic])
    if statistic in SHARES:
        return _for_share(bound if objective.at_least is not None else 1 - bound)
    if statistic is Statistic.CV:
        return math.ceil((0.5 + bound**2) / float(CV_ERROR) ** 2 - 1e-9)
    return int(float(MEAN_SAMPLES)) if statistic is Statistic.MEAN else 1


def _for_share(share: float) -> int:
    return 1 if share >= 1 else math.ceil(float(EXCEPTIONS) / (1 - share) - 1e-9)


def judge_one(objective: Objective, measure: Measure, meters: Meters, *, invalid: bool) -> Judged:
    """Hold one objective against the meters; `invalid` spoils it (the generator was late, or a clock was set)."""
    needed = least_samples(objective)
    if objective.statistic is Statistic.MEAN_OF_SHARES:
        value, samples = _mean_of_shares(objective, meters, needed)
    else:
        histogram = meters.select(objective.measure, where=objective.where, stage=objective.stage)
        value, samples = value_of(histogram, objective.statistic, objective.limit), histogram.count
    if samples < needed or math.isnan(value):
        verdict = Verdict.NO_DATA
    elif invalid:
        verdict = Verdict.INVALID
    else:
        kept = value <= objective.at_most if objective.at_most is not None else value >= (objective.at_least or 0.0)
        verdict = Verdict.PASS if kept else Verdict.FAIL
    return Judged(objective=objective, unit=measure.unit, value=value, samples=samples, needed=needed, verdict=verdict)


def _mean_of_shares(objective: Objective, meters: Meters, needed: int) -> tuple[float, int]:
    """Return the mean over the labels with enough samples, and their samples; without any, over all, and the most that one has."""
    found = [
        meters.select(objective.measure, where=each, stage=objective.stage)
        for each in meters.labels(objective.measure, stage=objective.stage)
    ]
    enough = [histogram for histogram in found if histogram.count >= needed]
    shares = [value_of(histogram, Statistic.SHARE) for histogram in enough or found]
    samples = sum(histogram.count for histogram in enough) or max((histogram.count for histogram in found), default=0)
    return sum(shares) / len(shares) if shares else math.nan, samples


def judge(
    objectives: Sequence[Objective],
    measures: Sequence[Measure],
    meters: Meters,
    *,
    invalid: Collection[str] = (),
) -> tuple[Judged, ...]:
    """Hold all objectives against the meters; those on the measures named as `invalid` were spoiled.

    Raises KeyError for an objective on a measure that nobody declares.
    """
    known = {measure.name: measure for measure in measures}
    return tuple(judge_one(each, known[each.measure], meters, invalid=each.measure in invalid) for each in objectives)


def overall(judged: Sequence[Judged]) -> Verdict:
    """Return what the run came to: fail before invalid before (required) no data before pass.

    What a late generator spoils is INVALID already, so a FAIL beside it is a true one. A run whose every objective lacks
    data has no data either.
    """
    verdicts = [each.verdict for each in judged]
    for worst in (Verdict.FAIL, Verdict.INVALID):
        if worst in verdicts:
            return worst
    lacking = [each for each in judged if each.verdict is Verdict.NO_DATA]
    if any(each.objective.required for each in lacking) or (lacking and len(lacking) == len(judged)):
        return Verdict.NO_DATA
    return Verdict.PASS


def exit_code(verdict: Verdict) -> Exit:
    """Return the exit code of a verdict; of an aborted run the failure that ended it knows better."""
    codes = {Verdict.PASS: Exit.PASS, Verdict.FAIL: Exit.FAILED, Verdict.ABORTED: Exit.INTERNAL, Verdict.INTERRUPTED: Exit.INTERRUPTED}
    return codes.get(verdict, Exit.UNDECIDED)
