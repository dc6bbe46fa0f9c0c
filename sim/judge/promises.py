"""A promise as people and files have it: an objective held against its measure, and its words.

Owns the row of summary.json and the one spelling of a promise. What is promised, `sim.judge.measures` declares; whether it is kept,
`sim.judge.verdict` judges.
"""

import math
from collections.abc import Callable, Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from sim.figures import Grade
from sim.judge.measures import Objective, Statistic
from sim.judge.verdict import Judged, Verdict
from sim.units import SECOND_US, duration_text

SIGNS = {"at most": "≤", "at least": "≥"}


class Row(BaseModel):
    """A part of summary.json; what a later citybeat has more is passed over."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )


class Promise(Row):
    """An objective held against its measure."""

    measure: str
    where: str = ""
    """One label of the measure; empty: all samples together."""
    stage: str = ""
    """One stage of the load profile; empty: the whole run."""
    statistic: Statistic
    limit: float | None = None
    """Of `share_within`: what counts as within."""
    bound: float
    sense: Literal["at most", "at least"]
    unit: str
    """Of the measure; the value of a share, of a ratio or of a count has one of its own."""
    value: float | None = None
    """What was measured; null without data."""
    samples: int = 0
    needed: int = 1
    """Below so many samples there is no verdict."""
    verdict: Verdict
    required: bool = False
    grade: Grade = Grade.K
    """How well the bound is founded: S, A, B, C, or K for an assumption."""
    source: str = ""

    @classmethod
    def from_judged(cls, judged: Judged) -> Self:
        """Return the row of an objective that was judged."""
        objective = judged.objective
        at_most = objective.at_most is not None
        return cls(
            measure=objective.measure,
            where=objective.where,
            stage=objective.stage,
            statistic=objective.statistic,
            limit=objective.limit,
            bound=(objective.at_most if at_most else objective.at_least) or 0.0,
            sense="at most" if at_most else "at least",
            unit=judged.unit,
            value=None if math.isnan(judged.value) else judged.value,
            samples=judged.samples,
            needed=judged.needed,
            verdict=judged.verdict,
            required=objective.required,
            grade=objective.grade,
            source=objective.source,
        )

    @classmethod
    def unjudged(cls, objective: Objective, unit: str) -> Self:
        """Return the row of an objective of which nothing is known yet but its measure's unit."""
        return cls.from_judged(Judged(objective=objective, unit=unit, value=math.nan, samples=0, needed=0, verdict=Verdict.NO_DATA))

    def objective(self) -> Objective:
        """Return the promise as it was made. Raises ValueError for one that cannot be judged."""
        return Objective(
            self.measure,
            self.statistic,
            at_most=self.bound if self.sense == "at most" else None,
            at_least=self.bound if self.sense == "at least" else None,
            where=self.where,
            limit=self.limit,
            stage=self.stage,
            required=self.required,
            grade=self.grade,
            source=self.source,
        )

    @property
    def value_unit(self) -> str:
        """Return the unit of value and bound."""
        return self.statistic.unit(self.unit)

    @property
    def system(self) -> str:
        """Return the system whose measure it is, or `pipeline`."""
        return self.measure.partition(".")[0]


def promise_text(
    promise: Promise, amount: Callable[[float | None, str], str] | None = None, names: Mapping[Statistic, str] | None = None
) -> str:
    """Return a promise in a few words with units: `share within 1m30s ≥ 99 %`.

    `amount` spells a value with its unit, `names` the statistics that are not called as they are written.
    """
    spell = amount or value_text
    name = (names or {}).get(promise.statistic, promise.statistic.value.replace("_", " "))
    limit = "" if promise.limit is None else f" {spell(promise.limit, promise.unit)}"
    where = f" [{promise.where}]" if promise.where else ""
    return f"{name}{limit}{where} {SIGNS[promise.sense]} {spell(promise.bound, promise.value_unit)}"


def value_text(value: float | None, unit: str) -> str:
    """Return a value with its unit, short enough for a table; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "s":
        return duration_text(float(f"{value * SECOND_US:.3g}"))
    if unit in ("share", "ratio"):
        return f"{value * 100:.4g} %" if unit == "share" else f"{value:.3g}"
    return f"{value:,.4g} {unit}".rstrip()
