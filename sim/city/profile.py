"""The load profile: how demand is multiplied over time, in stages that stay level or climb and fall linearly.

Owns stages as they are declared and as instants of city time, and every question about them. What the load multiplies is the
systems' business.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field

from sim.events.batches import Mark
from sim.parameters import DurationUs, Factor

MOST = 100  # times the demand of the city


class ProfileStage(BaseModel):
    """A stage of the load profile: for so long, demand (riders, calls, purchases) is multiplied by so much.

    With `until` it is a ramp: the multiplier goes from the one to the other in a straight line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lasting: DurationUs = Field(gt=0)
    multiplier: Factor = Field(default=1.0, ge=0, le=MOST)
    until: Factor | None = Field(default=None, ge=0, le=MOST)
    name: str = ""


def stage_names(declared: Sequence[ProfileStage]) -> list[str]:
    """Return what the stages are called: each its name, or its place in the profile."""
    return [stage.name or f"stage-{number + 1}" for number, stage in enumerate(declared)]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as instants of city time (end exclusive); a ramp has reached the multiplier `until` at its end."""

    name: str
    start_us: int
    end_us: int
    multiplier: float
    until: float | None = None

    @property
    def slope(self) -> float:
        """Return how fast the multiplier grows, per µs."""
        return 0.0 if self.until is None else (self.until - self.multiplier) / (self.end_us - self.start_us)

    def text(self) -> str:
        """Return the load in words: `demand × 1.5`, of a ramp `demand × 1 to × 3`."""
        return f"demand × {self.multiplier:g}" + ("" if self.until is None else f" to × {self.until:g}")


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
    Raises ValueError for stages that overlap or end before they begin.
    """

    stages: tuple[Stage, ...] = ()
    edges: tuple[int, ...] = field(init=False)
    _pieces: tuple[_Piece, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Cut time at the edges; piece n + 1 begins at edge n."""
        instants = [instant for stage in self.stages for instant in (stage.start_us, stage.end_us)]
        if instants != sorted(instants) or any(stage.start_us == stage.end_us for stage in self.stages):
            msg = "stages of load must follow each other in time"
            raise ValueError(msg)
        begins = {stage.start_us: _Piece(stage.start_us, stage.multiplier, stage.slope, stage.name) for stage in self.stages}
        object.__setattr__(self, "edges", tuple(sorted(set(instants))))
        object.__setattr__(self, "_pieces", (LEVEL, *(begins.get(edge, LEVEL) for edge in self.edges)))

    @classmethod
    def of(cls, declared: Sequence[ProfileStage], start_us: int, end_us: int) -> "Profile":
        """Return declared stages as they follow each other in a run; what lies after its end is cut off, a ramp where it then is."""
        stages = []
        for name, stage in zip(stage_names(declared), declared, strict=True):
            whole = Stage(name, start_us, start_us + stage.lasting, stage.multiplier, stage.until)
            if start_us < end_us:
                stages.append(_cut(whole, end_us))
            start_us = whole.end_us
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


def _cut(stage: Stage, end_us: int) -> Stage:
    if stage.end_us <= end_us:
        return stage
    until = None if stage.until is None else stage.multiplier + (end_us - stage.start_us) * stage.slope
    return Stage(stage.name, stage.start_us, end_us, stage.multiplier, until)
