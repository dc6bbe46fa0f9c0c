"""Measures and objectives as declarations: what is measured, and what is promised of it.

Owns the typed values. Recording is `sim.meters`', judging `sim.verdict`'s.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from sim.figures import Grade


class Statistic(StrEnum):
    """How samples become one number.

    SHARE is the mean of samples that are 0 or 1; SHARE_WITHIN the share of samples at or below `limit`;
    MEAN_OF_SHARES the plain mean of SHARE over the labels in `where`; CV standard deviation over mean.
    """

    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    CV = "cv"
    P50 = "p50"
    P95 = "p95"
    P99 = "p99"
    MAX = "max"
    SHARE = "share"
    SHARE_WITHIN = "share_within"
    MEAN_OF_SHARES = "mean_of_shares"


class Family(StrEnum):
    """Modelled measures speak of the city in city time, pipeline measures of our own chain in wall time."""

    MODELLED = "modelled"
    PIPELINE = "pipeline"


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured: `name` is `system.noun`; `unit` of its samples (share for 0 or 1); `panel` one line for people."""

    name: str
    unit: str
    doc: str
    family: Family = Family.MODELLED
    plan_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objective:
    """A promise: the statistic of a measure is at most or at least a bound.

    `where` picks one label (empty: all samples together); `limit` is SHARE_WITHIN's; `stage` picks one stage of the profile.
    `grade` and `source` say where the bound comes from. Below the minimum sample the objective is *no data*, which moves the
    exit code only when `required`.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    measure: str
    statistic: Statistic
    at_most: float | None = None
    at_least: float | None = None
    where: str = ""
    limit: float | None = None
    stage: str = ""
    required: bool = False
    grade: Grade = Grade.K
    source: str = "assumption"

    def __post_init__(self) -> None:
        """Raise ValueError for a promise that cannot be judged."""
        if (self.at_most is None) == (self.at_least is None):
            msg = f"objective on {self.measure}: give exactly one of at_most and at_least"
            raise ValueError(msg)
        if (self.limit is None) == (self.statistic is Statistic.SHARE_WITHIN):
            msg = f"objective on {self.measure}: share_within has a limit, nothing else does"
            raise ValueError(msg)

    def text(self) -> str:
        """Return the promise in a few words: `share within 90 ≥ 0.99`."""
        sign, bound = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        limit = "" if self.limit is None else f" {self.limit:g}"
        where = f" [{self.where}]" if self.where else ""
        return f"{self.statistic.value.replace('_', ' ')}{limit}{where} {sign} {bound:g}"
