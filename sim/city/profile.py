"""The load profile: how demand is multiplied over time, in stages that stay level or climb and fall linearly.

Owns stages as they are declared and as instants of city time, and every question about them. What the load multiplies, and how many
events that is, are the systems' business.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sim.errors import UsageError
from sim.events.batches import Mark
from sim.parameters import DurationUs, Factor, PortionText, RatePerS, TimeText
from sim.units import SECOND_US, rate_per_s

MOST = 100  # times the demand of the city
RATE_MARK = "/"

# How many events that follow the load a system (empty: the one that can say) expects between two instants at multiplier 1.
Expected = Callable[[str, int, int], float]
Until = Annotated[Factor, BeforeValidator(lambda value: rate_per_s(value) if _is_rate(value) else value)]


class ProfileStage(BaseModel):
    """A stage of the load profile: for so long, demand (riders, calls, purchases) is multiplied by so much.

    With `until` it is a ramp: the multiplier goes from the one to the other in a straight line. Instead of a multiplier it may have a
    `rate` (then `until` is one too): the multiplier is chosen so that a `system` expects so many events a second of city time over the
    stage. Without `system` it is the one of the scenario that can say how many follow the load.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lasting: DurationUs = Field(gt=0)
    multiplier: Factor = Field(default=1.0, ge=0, le=MOST)
    rate: RatePerS | None = None
    until: Until | None = Field(default=None, ge=0)
    system: str = ""
    name: str = ""

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            lasting: TimeText,
            multiplier: PortionText = ...,
            rate: float | str | None = ...,
            until: float | str | None = ...,
            system: str = ...,
            name: str = ...,
        ) -> None:
            """Take what a script may write; the fields say what it becomes."""

    @model_validator(mode="before")
    @classmethod
    def _one_unit(cls, given: Any) -> Any:  # noqa: ANN401 - pydantic's own signature
        """Refuse a stage that is given as a multiplier and as a rate."""
        if not isinstance(given, Mapping):
            return given
        until = given.get("until")
        mixed = given.get("rate") is not None and "multiplier" in given
        if mixed or (isinstance(until, str) and _is_rate(until) != (given.get("rate") is not None)):
            msg = 'a stage is either multiplied or has a rate, at both ends: multiplier=1, until=3, or rate="200/s", until="500/s"'
            raise ValueError(msg)
        return given

    @model_validator(mode="after")
    def _within_bounds(self) -> Self:
        """Refuse a ramp that ends beyond what a load can be, and a system without a rate."""
        if self.rate is None and (self.until or 0.0) > MOST:
            msg = f"until {self.until:g} is more than {MOST} times the demand of the city"
            raise ValueError(msg)
        if self.rate is None and self.system:
            msg = f"a multiplier is for all systems: leave out {self.system!r}, or give its rate"
            raise ValueError(msg)
        return self

    def rate_text(self) -> str:
        """Return the rate that is asked for in words: `200/s to 500/s of gates`; empty for a multiplier."""
        if self.rate is None:
            return ""
        until = "" if self.until is None else f" to {self.until:g}/s"
        return f"{self.rate:g}/s{until}" + (f" of {self.system}" if self.system else "")

    def text(self) -> str:
        """Return the load in words."""
        return self.rate_text() or _multiplied(self.multiplier, self.until)


def _is_rate(value: object) -> bool:
    return isinstance(value, str) and RATE_MARK in value


def _multiplied(multiplier: float, until: float | None) -> str:
    return f"demand × {multiplier:.4g}" + ("" if until is None else f" to × {until:.4g}")


def stage_names(declared: Sequence[ProfileStage]) -> list[str]:
    """Return what the stages are called: each its name, or its place in the profile."""
    return [stage.name or f"stage-{number + 1}" for number, stage in enumerate(declared)]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as instants of city time (end exclusive); a ramp has reached the multiplier `until` at its end.

    `rate` says in words what was asked for, where that was a rate.
    """

    name: str
    start_us: int
    end_us: int
    multiplier: float
    until: float | None = None
    rate: str = ""

    @property
    def slope(self) -> float:
        """Return how fast the multiplier grows, per µs."""
        return 0.0 if self.until is None else (self.until - self.multiplier) / (self.end_us - self.start_us)

    def text(self) -> str:
        """Return the load in words: `demand × 1.5`, of a ramp `demand × 1 to × 3`, after the rate that was asked for."""
        return (f"{self.rate}, " if self.rate else "") + _multiplied(self.multiplier, self.until)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What lies between two edges: the load is `load` at `from_us` and grows by `slope` a µs; no stage has the empty name."""

    from_us: int = 0
    load: float = 1.0
    slope: float = 0.0
    name: str = ""


LEVEL = _Piece()


@dataclass(frozen=True, slots=True)
class Profile:
    """Load over time: that of its stages, and 1 before, between and after them.

    `edges` are the instants at which stages begin and end: between two of them the load is a straight line.
    Raises UsageError for stages that overlap or end before they begin.
    """

    stages: tuple[Stage, ...] = ()
    edges: tuple[int, ...] = field(init=False)
    _pieces: tuple[_Piece, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Cut time at the edges; piece n + 1 begins at edge n."""
        instants = [instant for stage in self.stages for instant in (stage.start_us, stage.end_us)]
        if instants != sorted(instants) or any(stage.start_us == stage.end_us for stage in self.stages):
            msg = f"stages of load must follow each other in time: {', '.join(stage.name for stage in self.stages)} do not"
            raise UsageError(msg)
        begins = {stage.start_us: _Piece(stage.start_us, stage.multiplier, stage.slope, stage.name) for stage in self.stages}
        object.__setattr__(self, "edges", tuple(sorted(set(instants))))
        object.__setattr__(self, "_pieces", (LEVEL, *(begins.get(edge, LEVEL) for edge in self.edges)))

    @classmethod
    def of(cls, declared: Sequence[ProfileStage], start_us: int, end_us: int, expected: Expected) -> "Profile":
        """Return declared stages as they follow each other in a run; what lies after its end is cut off, a ramp where it then is.

        Raises UsageError for a rate that no load reaches.
        """
        stages = []
        for name, stage in zip(stage_names(declared), declared, strict=True):
            upto_us = start_us + stage.lasting
            if start_us < end_us:
                unit = 1.0 if stage.rate is None else _per_load(name, stage, expected(stage.system, start_us, upto_us))
                until = None if stage.until is None else stage.until / unit
                begins = stage.multiplier if stage.rate is None else stage.rate / unit
                stages.append(
                    _cut(
                        Stage(name=name, start_us=start_us, end_us=upto_us, multiplier=begins, until=until, rate=stage.rate_text()), end_us
                    )
                )
            start_us = upto_us
        return cls(tuple(stages))

    def load(self, at_us: int) -> float:
        """Return the multiplier of demand at an instant; it stands in the way of every draw."""
        piece = self._pieces[bisect_right(self.edges, at_us)]
        return piece.load + (at_us - piece.from_us) * piece.slope

    def loads(self, at_us: ArrayLike) -> NDArray[np.float64]:
        """Return `load` at many instants: shapes (n,)."""
        instants = np.asarray(at_us, dtype=np.int64)
        place = np.searchsorted(np.array(self.edges, dtype=np.int64), instants, side="right")
        from_us, load, slope = (np.array([getattr(piece, name) for piece in self._pieces]) for name in ("from_us", "load", "slope"))
        level: NDArray[np.float64] = load[place] + (instants - from_us[place]) * slope[place]
        return level

    def slope(self, at_us: int) -> float:
        """Return how fast the load grows from an instant on, per µs."""
        return self._pieces[bisect_right(self.edges, at_us)].slope

    def demand_us(self, start_us: int, end_us: int) -> float:
        """Return the integral of the load over a stretch: how long at load 1 as much is wanted, µs."""
        cuts = (start_us, *self.edges_within(start_us, end_us), end_us)
        return sum((upto - since) * (self.load(since) + (upto - since) * self.slope(since) / 2) for since, upto in pairwise(cuts))

    def after(self, start_us: int, demand_us: float) -> float:
        """Return the instant at which so much has been wanted since another one: the inverse of `demand_us`."""
        left = demand_us
        for edge in self.edges[bisect_right(self.edges, start_us) :]:
            wanted = self.demand_us(start_us, edge)
            if wanted > left:
                break
            left, start_us = left - wanted, edge
        load, slope = self.load(start_us), self.slope(start_us)
        return start_us + 2.0 * left / (load + math.sqrt(max(load * load + 2.0 * slope * left, 0.0))) if left else float(start_us)

    def stage(self, at_us: int) -> str:
        """Return the name of the stage that an instant falls into, empty outside all."""
        return self._pieces[bisect_right(self.edges, at_us)].name

    def edges_within(self, start_us: int, end_us: int) -> tuple[int, ...]:
        """Return the edges after the start of a stretch and before its end."""
        return self.edges[bisect_right(self.edges, start_us) : bisect_right(self.edges, end_us - 1)]

    def marks(self, start_us: int, end_us: int) -> tuple[Mark, ...]:
        """Return the stages that begin in a stretch, for people."""
        begun = (stage for stage in self.stages if start_us <= stage.start_us < end_us)
        return tuple(Mark(stage.start_us, "stage", f"{stage.name} begins: {stage.text()}") for stage in begun)


STEADY = Profile()  # a load that never changes


def _per_load(name: str, stage: ProfileStage, expected: float) -> float:
    """Return the rate that a multiplier of 1 gives, events/s. Raises UsageError when what was asked for is too far from it."""
    given_per_s = expected * SECOND_US / stage.lasting
    most = max(stage.rate or 0.0, stage.until or 0.0)
    if most > given_per_s * MOST:
        msg = (
            f"stage {name!r}: {stage.rate_text()} is out of reach, demand × 1 gives {given_per_s:.3g}/s then and the most is × {MOST}: "
            "ask for less, or simulate more of the city (scale, districts, devices)"
        )
        raise UsageError(msg)
    return given_per_s or 1.0


def _cut(stage: Stage, end_us: int) -> Stage:
    if stage.end_us <= end_us:
        return stage
    until = None if stage.until is None else stage.multiplier + (end_us - stage.start_us) * stage.slope
    return replace(stage, end_us=end_us, until=until)
