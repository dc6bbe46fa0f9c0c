"""Measures and objectives as declarations: what is measured, and what is promised of it.

Owns the typed values. Recording is `sim.judge.meters`', judging `sim.judge.verdict`'s.
"""

from copy import copy
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, TypedDict, Unpack

from sim.errors import UsageError
from sim.figures import Grade
from sim.judge.bounds import fits, other_unit, read_bound
from sim.words import named


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

    def unit(self, unit: str) -> str:
        """Return the unit of the statistic of samples in a unit: a share, a CV and a count have one of their own."""
        if self in SHARES:
            return "share"
        return {Statistic.CV: "ratio", Statistic.COUNT: ""}.get(self, unit)


SHARES = frozenset({Statistic.SHARE, Statistic.SHARE_WITHIN, Statistic.MEAN_OF_SHARES})


class Family(StrEnum):
    """Modelled measures speak of the city in city time, pipeline measures of our own chain in wall time."""

    MODELLED = "modelled"
    PIPELINE = "pipeline"


class Bound(TypedDict, total=False):
    """What a promise says beside its statistic: exactly one of `at_most` and `at_least`, numbers or texts with a unit."""

    at_most: float | str
    at_least: float | str
    where: str
    stage: str
    required: bool
    grade: Grade
    source: str


@dataclass(frozen=True, slots=True)
class Measure:
    """Something measured: `name` is `system.noun`; `unit` of its samples (share for 0 or 1); `doc` one line for people."""

    name: str
    _: KW_ONLY
    unit: str
    doc: str
    family: Family = Family.MODELLED
    plan_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Read the family by name. Raises UsageError for an unknown one."""
        object.__setattr__(self, "family", named(Family, self.family))

    def promise(self, statistic: Statistic, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of a statistic of it. Raises ValueError for one that cannot be judged."""
        return Objective(self.name, statistic, **bound)

    def mean(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the mean."""
        return self.promise(Statistic.MEAN, **bound)

    def p50(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the median."""
        return self.promise(Statistic.P50, **bound)

    def p95(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the 95th percentile."""
        return self.promise(Statistic.P95, **bound)

    def p99(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the 99th percentile."""
        return self.promise(Statistic.P99, **bound)

    def cv(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the coefficient of variation."""
        return self.promise(Statistic.CV, **bound)

    def share(self, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the share of samples that are 1."""
        return self.promise(Statistic.SHARE, **bound)

    def share_within(self, limit: float | str, **bound: Unpack[Bound]) -> "Objective":
        """Return a promise of the share of samples at or below a limit."""
        return Objective(self.name, Statistic.SHARE_WITHIN, limit=limit, **bound)


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
    _: KW_ONLY
    at_most: float | None = None
    at_least: float | None = None
    where: str = ""
    limit: float | None = None
    stage: str = ""
    required: bool = False
    grade: Grade = Grade.K
    source: str = "assumption"
    _units: dict[str, tuple[str, object]] = field(default_factory=dict, init=False, repr=False, compare=False)  # as written, by bound

    if TYPE_CHECKING:

        def __init__(
            self,
            measure: Measure | str,
            statistic: Statistic | str,
            *,
            at_most: float | str | None = ...,
            at_least: float | str | None = ...,
            where: str = ...,
            limit: float | str | None = ...,
            stage: str = ...,
            required: bool = ...,
            grade: Grade | str = ...,
            source: str = ...,
        ) -> None:
            """Take what a script may write; the fields say what it becomes."""

    def __post_init__(self) -> None:
        """Read what was given as text: bounds with units, statistic and grade by name.

        Raises ValueError for a promise that cannot be judged.
        """
        object.__setattr__(self, "measure", getattr(self.measure, "name", self.measure))  # the measure itself will do
        try:
            object.__setattr__(self, "statistic", named(Statistic, self.statistic))
            object.__setattr__(self, "grade", named(Grade, self.grade))
            for name in ("at_most", "at_least", "limit"):
                self._read(name)
        except UsageError as error:
            msg = f"objective on {self.measure}: {error}"
            raise UsageError(msg) from error
        if (self.at_most is None) == (self.at_least is None):
            msg = f"objective on {self.measure}: give exactly one of at_most and at_least"
            raise ValueError(msg)
        if (self.limit is None) == (self.statistic is Statistic.SHARE_WITHIN):
            msg = f"objective on {self.measure}: share_within has a limit, nothing else does"
            raise ValueError(msg)
        bound = self.at_most if self.at_most is not None else self.at_least
        if self.statistic in SHARES and not 0 <= (bound or 0.0) <= 1:
            msg = f"objective on {self.measure}: {bound:g} is no share: write 95% or 0.95"
            raise ValueError(msg)

    def _read(self, name: str) -> None:
        written = getattr(self, name)
        if written is None:
            return
        try:
            value, unit = read_bound(written)
        except UsageError as error:
            msg = f"{name}: {error}"
            raise UsageError(msg) from error
        self._units[name] = unit, written
        object.__setattr__(self, name, value)

    def of(self, measure: str) -> "Objective":
        """Return the same promise of a measure under its full name; its bounds keep the units in which they were written."""
        renamed = copy(self)
        object.__setattr__(renamed, "measure", measure)
        return renamed

    def unfit(self, unit: str) -> str:
        """Return what is wrong with bounds that carry a unit where the samples have another; empty when all fit."""
        if self.statistic in (Statistic.SHARE, Statistic.MEAN_OF_SHARES) and unit != "share":
            remedy = 'promise share_within(limit), or measure 0 or 1 with unit="share"'
            return f"{self.statistic.value} is of samples that are 0 or 1, and {self.measure} is in {unit or 'numbers'}: {remedy}"
        allowed = {"limit": unit, "at_most": self.statistic.unit(unit), "at_least": self.statistic.unit(unit)}
        return "; ".join(
            self._in_another_unit(name, given, written, allowed[name])
            for name, (given, written) in self._units.items()
            if not fits(given, allowed[name])
        )

    def _in_another_unit(self, name: str, given: str, written: object, unit: str) -> str:
        what, remedy = other_unit(given, written, unit)
        return f"{name} is {what}, and {self.measure} by {self.statistic.value} is in {unit or 'numbers'}: {remedy}"
