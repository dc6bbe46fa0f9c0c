"""Numbers from the world, each with unit, grade and source.

Owns the row type of every typed table of figures. The tables stand beside the system that reads them.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum

from sim.units import UNITS_US
from sim.words import named


class Grade(StrEnum):
    """How well a number is founded; K is an assumption and is called one."""

    S = "S"  # said by the action outline itself
    A = "A"  # official statistic, standard, peer-reviewed study or a maintainer's specification
    B = "B"  # secondary text: news, vendor or trade page
    C = "C"  # computed from A or B figures
    K = "K"  # general knowledge: an assumption


@dataclass(frozen=True, slots=True)
class Figure:
    """One number (or short table) with its unit, grade, source and the range worth testing; without a grade an assumption."""

    name: str
    _: KW_ONLY
    value: float | str | tuple[float, ...]
    unit: str
    grade: Grade = Grade.K
    source: str = "assumption"
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        """Read the grade by name. Raises UsageError for an unknown one."""
        object.__setattr__(self, "grade", named(Grade, self.grade))

    def __float__(self) -> float:
        """Return a scalar value. Raises TypeError for a table or a text."""
        if isinstance(self.value, int | float):
            return float(self.value)
        msg = f"{self.name} is not a single number: {self.value!r}"
        raise TypeError(msg)

    def reach(self, text: Callable[[float], str]) -> str:
        """Return the range worth testing in words, empty for none; `text` writes a number. One of its ends may be open."""
        low, high = (None if each is None else text(each) for each in (self.low, self.high))
        if low is None:
            return f"≤ {high}" if high is not None else ""
        return f"≥ {low}" if high is None else f"{low} – {high}"

    @property
    def us(self) -> int:
        """Return a span of time in whole µs. Raises TypeError for a figure in another unit."""
        if self.unit not in UNITS_US:
            msg = f"{self.name} is no span of time: its unit is {self.unit!r}"
            raise TypeError(msg)
        return round(float(self) * UNITS_US[self.unit])

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return the values of a table. Raises TypeError for a single number or a text."""
        if isinstance(self.value, tuple):
            return self.value
        msg = f"{self.name} is not a table of numbers: {self.value!r}"
        raise TypeError(msg)
