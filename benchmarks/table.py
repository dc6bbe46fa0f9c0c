"""The one table: what was measured, beside a peer or a limit of the same run, and the ratio that the project promises.

Owns a line and how it is printed. Measuring is the other modules'.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEADS = ("step", "measured", "unit", "beside", "", "ratio", "target", "reached", "note")
RIGHT = (1, 4, 5)


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement. `beside` names a peer or limit of the same run and `other` is its value, in the same unit.

    `at_least` or `at_most` is the target of the ratio of the two: a figure by itself says more about the machine than about us. A line
    without a target informs only, and so does one that lacks either figure, whose note says why.
    """

    step: str
    measured: float | None
    unit: str
    beside: str = ""
    other: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return measured over the value beside it."""
        return self.measured / self.other if self.measured is not None and self.other else None

    @property
    def reached(self) -> bool | None:
        """Return whether the ratio reaches its targets; None without a target or a ratio."""
        if self.ratio is None or not self.targets:
            return None
        enough = self.at_least is None or self.ratio >= self.at_least
        return enough and (self.at_most is None or self.ratio <= self.at_most)

    @property
    def targets(self) -> str:
        """Return the targets in a few words, empty for none."""
        words = [f"≥ {number(self.at_least)}"] if self.at_least is not None else []
        words += [f"≤ {number(self.at_most)}"] if self.at_most is not None else []
        return ", ".join(words)

    def cells(self) -> tuple[str, ...]:
        """Return the texts of the line, one for each of HEADS."""
        reached = {None: "", True: "yes", False: "NO"}[self.reached]
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        return (self.step, number(self.measured), self.unit, self.beside, number(self.other), ratio, self.targets, reached, self.note)


Bench = Callable[[], Iterator[Line]]


def number(value: float | None) -> str:
    """Return a number with three significant digits or all of its whole ones, nothing for none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"  # noqa: PLR2004 - from here on digits after the point say nothing


def text_of(lines: list[Line]) -> str:
    """Return the table, columns aligned."""
    rows = [HEADS, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    return "\n".join("  ".join(_aligned(row, widths)).rstrip() for row in rows)


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [cell.rjust(width) if place in RIGHT else cell.ljust(width) for place, (cell, width) in enumerate(zip(row, widths, strict=True))]
