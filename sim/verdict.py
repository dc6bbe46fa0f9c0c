"""The verdict: objectives held against meters, and what the whole run is worth.

Owns judging and nothing else: pass, fail, no data, invalid.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.errors import Exit
from sim.measures import Family, Measure, Objective, Statistic
from sim.meters import QUANTILES, Meters, value_of

# A share p needs this many samples per expected exception: 5 / (1 - p), the rule of five expected counts.
EXCEPTIONS = 5


class Verdict(StrEnum):
    """What an objective, or a whole run, came to."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    FAIL = "fail"
    NO_DATA = "no data"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Judged:
    """An objective with its value (NaN without data), the number of samples, the least number needed, and the verdict."""

    objective: Objective
    unit: str
    value: float
    samples: int
    needed: int
    verdict: Verdict

    def as_dict(self) -> dict[str, object]:
        """Return the JSON-ready row of summary.json."""
        objective = self.objective
        return {
            "measure": objective.measure,
            "where": objective.where,
            "stage": objective.stage,
            "statistic": objective.statistic.value,
            "limit": objective.limit,
            "bound": objective.at_most if objective.at_most is not None else objective.at_least,
            "sense": "at most" if objective.at_most is not None else "at least",
            "unit": self.unit,
            "value": None if math.isnan(self.value) else self.value,
            "samples": self.samples,
            "needed": self.needed,
            "verdict": self.verdict.value,
            "required": objective.required,
            "grade": objective.grade.value,
            "source": objective.source,
        }


def least_samples(objective: Objective) -> int:
    """Return the samples below which an objective is *no data*: 5 / (1 - p) for a share or quantile p, else 1 (2 for a CV)."""
    statistic = objective.statistic
    if statistic in QUANTILES:
        return math.ceil(EXCEPTIONS / (1 - QUANTILES[statistic]) - 1e-9)
    if statistic in (Statistic.SHARE, Statistic.SHARE_WITHIN, Statistic.MEAN_OF_SHARES):
        bound = objective.at_least if objective.at_least is not None else 1 - (objective.at_most or 0.0)
        return 1 if bound >= 1 else math.ceil(EXCEPTIONS / (1 - bound) - 1e-9)
    return 2 if statistic is Statistic.CV else 1


def judge_one(objective: Objective, measure: Measure, meters: Meters, *, invalid: bool) -> Judged:
    """Hold one objective against the meters; `invalid` spoils it (the generator was late)."""
    histogram = meters.select(objective.measure, where=objective.where, stage=objective.stage)
    if objective.statistic is Statistic.MEAN_OF_SHARES:
        shares = [
            value_of(meters.select(objective.measure, where=where, stage=objective.stage), Statistic.SHARE)
            for where in meters.labels(objective.measure, stage=objective.stage)
        ]
        value = sum(shares) / len(shares) if shares else math.nan
    else:
        value = value_of(histogram, objective.statistic, objective.limit)
    needed = least_samples(objective)
    if histogram.count < needed or math.isnan(value):
        verdict = Verdict.NO_DATA
    elif invalid:
        verdict = Verdict.INVALID
    else:
        kept = value <= objective.at_most if objective.at_most is not None else value >= (objective.at_least or 0.0)
        verdict = Verdict.PASS if kept else Verdict.FAIL
    return Judged(objective, measure.unit, value, histogram.count, needed, verdict)


def judge(
    objectives: Sequence[Objective],
    measures: Sequence[Measure],
    meters: Meters,
    *,
    latency_invalid: bool = False,
) -> tuple[Judged, ...]:
    """Hold all objectives against the meters. With `latency_invalid` what is counted in wall time of the pipeline is invalid.

    Raises KeyError for an objective on a measure that nobody declares.
    """
    known = {measure.name: measure for measure in measures}
    judged = []
    for objective in objectives:
        measure = known[objective.measure]
        timed = measure.family is Family.PIPELINE and measure.unit == "s"
        judged.append(judge_one(objective, measure, meters, invalid=latency_invalid and timed))
    return tuple(judged)


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
    """Return the exit code of a verdict."""
    if verdict is Verdict.PASS:
        return Exit.PASS
    return Exit.FAILED if verdict is Verdict.FAIL else Exit.UNDECIDED
