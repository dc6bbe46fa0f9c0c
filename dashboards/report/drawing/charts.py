"""Charts: the few SVG shapes that all drawings share.

Own functions rather than a charting library: a library that draws by script adds megabytes to a file that must stand alone, and one
that prints SVG cannot follow the reader's light or dark. Colours are classes, so the style sheet owns them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.scales import Linear, Scale, clock_ticks
from sim.city.calendar import Calendar
from sim.events.batches import Mark

Point = tuple[float, float]

WIDE = 1_000
LABEL_WIDTH = 6.2  # a character of the axis font, px
MARK_GAP = 14


@dataclass(frozen=True, slots=True)
class Frame:
    """The plotting area inside a drawing, px."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def x_last(self) -> float:
        """Return the right edge."""
        return self.width - self.right

    @property
    def y_last(self) -> float:
        """Return the lower edge."""
        return self.height - self.bottom

    def across(self, low: float, high: float) -> Linear:
        """Return a scale from the left edge to the right one."""
        return Linear(low, high, self.left, self.x_last)

    def upwards(self, low: float, high: float) -> Linear:
        """Return a scale from the lower edge to the upper one."""
        return Linear(low, high, self.y_last, self.top)


def drawing(frame: Frame, title: str, *parts: Markup, class_: str = "chart") -> Markup:
    """Return an SVG that scales with the page and says what it shows to those who cannot see it."""
    box = f"0 0 {frame.width:g} {frame.height:g}"
    return tag("svg", tag("title", title), *parts, viewBox=box, role="img", class_=class_, width=frame.width, height=frame.height)


def text(x: float, y: float, words: str, class_: str = "tick", anchor: str = "start") -> Markup:
    """Return words at a point."""
    return tag("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(start: Point, end: Point, class_: str) -> Markup:
    """Return a straight line."""
    return tag("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=class_)


def path(points: Iterable[Point], class_: str, *, closed: bool = False, hint: str = "") -> Markup:
    """Return a polyline or polygon; `hint` shows while the pointer rests on it."""
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")
    return tag("path", tag("title", hint) if hint else None, d=way, class_=class_)


def stairs(lower: NDArray[np.float64], upper: NDArray[np.float64], across: Linear, upwards: Linear) -> list[Point]:
    """Return the outline of a layer, drawn as steps: a bin is a count, not a point of a curve. `across` maps the number of a bin."""
    top = [(across(place + side), upwards(float(value))) for place, value in enumerate(upper) for side in (0, 1)]
    base = [(across(place + side), upwards(float(value))) for place, value in enumerate(lower) for side in (0, 1)]
    return top + base[::-1]


def dot(x: float, y: float, radius: float, class_: str, hint: str = "") -> Markup:
    """Return a disc."""
    return tag("circle", tag("title", hint) if hint else None, cx=x, cy=y, r=radius, class_=class_)


def value_axis(frame: Frame, scale: Scale, ticks: Sequence[float], labels: Sequence[str]) -> Markup:
    """Return horizontal rules with their values left of the area."""
    return join(
        join(
            (
                line((frame.left, scale(value)), (frame.x_last, scale(value)), "rule"),
                text(frame.left - 8, scale(value) + 4, label, anchor="end"),
            )
        )
        for value, label in zip(ticks, labels, strict=True)
    )


def clock_axis(frame: Frame, start_us: int, end_us: int, calendar: Calendar) -> Markup:
    """Return the axis of city time under the area, local clock."""
    scale = frame.across(start_us, end_us)
    ticks = join(
        join(
            (
                line((scale(at_us), frame.y_last), (scale(at_us), frame.y_last + 5), "axis"),
                text(min(scale(at_us), frame.width - len(label) * LABEL_WIDTH / 2), frame.y_last + 19, label, anchor="middle"),
            )
        )
        for at_us, label in clock_ticks(start_us, end_us, calendar)
    )
    return join((line((frame.left, frame.y_last), (frame.x_last, frame.y_last), "axis"), ticks))


def marks(frame: Frame, start_us: int, end_us: int, marks: Sequence[Mark], rows: int = 3) -> Markup:
    """Return a dotted upright for everything that happened; labels stand above the area, in rows so that none covers another."""
    scale = frame.across(start_us, end_us)
    free = [frame.left - 1.0] * rows
    parts = []
    for mark in sorted(marks, key=lambda each: each.at_us):
        if not start_us <= mark.at_us <= end_us:
            continue
        x, length = scale(mark.at_us), len(mark.text) * LABEL_WIDTH
        starts = min(x, frame.x_last - length)
        row = next((row for row in range(rows) if free[row] < starts), None)
        parts.append(tag("g", tag("title", mark.text), line((x, frame.top), (x, frame.y_last), "mark")))
        if row is not None:
            free[row] = starts + length + MARK_GAP
            parts.append(text(starts, frame.top - 8 - row * MARK_GAP, mark.text, "note"))
    return join(parts)
