"""Load over time: events a minute by kind, from the tape.

Owns binning and the stacked picture; every kind is also shown at its own scale, because most are thousands of times rarer than positions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboards.report.drawing.charts import WIDE, Frame, clock_axis, drawing, marks, path, stairs, value_axis
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import scroll, section
from dashboards.report.drawing.scales import nice_ticks
from dashboards.report.words import grouped, rounded
from sim.ports import EventLog
from sim.summary import RunSummary
from sim.units import MINUTE_US, duration_text

MOST_BINS = 180
COLOURS = 7  # kinds with a colour of their own; the rest share the last one
STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 360, 1440)


@dataclass(frozen=True, slots=True)
class Load:
    """Events a minute: `per_minute` has shape (bins,), each bin `step_us` long."""

    kind: str
    per_minute: NDArray[np.float64]
    total: int


def load(facts: RunSummary, log: EventLog) -> Markup | None:
    """Return the section, or nothing when the tape is empty."""
    found = loads(facts, log, log.kinds())
    if not found:
        return None
    step_us = step_of(facts.played_to_us - facts.start_us)
    every = "minute" if step_us == MINUTE_US else duration_text(step_us)
    lead = f"Events a minute as the city produced them, in city time, counted every {every}. Below, every kind at its own scale."
    return section("load", "Load over time", lead, _stack(facts, found), _legend(found))


def loads(facts: RunSummary, log: EventLog, kinds: Iterable[str]) -> list[Load]:
    """Return the load of kinds that had events, the most frequent first."""
    step_us = step_of(facts.played_to_us - facts.start_us)
    found = [count(facts, log, kind, step_us) for kind in kinds]
    return sorted((each for each in found if each.total), key=lambda each: -each.total)


def step_of(span_us: int) -> int:
    """Return the length of a bin: the shortest round one that needs no more than MOST_BINS."""
    return next((step * MINUTE_US for step in STEPS_MIN if span_us / (step * MINUTE_US) <= MOST_BINS), STEPS_MIN[-1] * MINUTE_US)


def count(facts: RunSummary, log: EventLog, kind: str, step_us: int) -> Load:
    """Count a kind's events by bin of city time."""
    bins = -(-(facts.played_to_us - facts.start_us) // step_us)
    place = (pl.col("time").dt.epoch("us") - facts.start_us) // step_us
    rows = log.frame(kind).group_by(place.alias("place")).len().filter(pl.col("place").is_between(0, bins - 1)).collect()
    counts = np.zeros(bins)
    counts[rows["place"].to_numpy()] = rows["len"].to_numpy()
    lengths = np.minimum(step_us, facts.played_to_us - facts.start_us - np.arange(bins) * step_us) / MINUTE_US
    return Load(kind, counts / lengths, int(counts.sum()))


def _stack(facts: RunSummary, loads: Sequence[Load]) -> Markup:
    frame = Frame(WIDE, 320, 60, 24, 52 if facts.marks else 12, 30)
    coloured = list(loads[:COLOURS]) if len(loads) <= COLOURS else [*loads[: COLOURS - 1], _together(loads[COLOURS - 1 :])]
    heights = np.cumsum([each.per_minute for each in coloured], axis=0)
    ticks = nice_ticks(float(heights[-1].max()), 5)
    upwards = frame.upwards(0, ticks[-1])
    across = frame.across(0, len(heights[-1]))
    areas = [
        path(
            stairs(heights[place - 1] if place else np.zeros_like(heights[0]), heights[place], across, upwards),
            f"area c{place}",
            closed=True,
            hint=each.kind,
        )
        for place, each in enumerate(coloured)
    ]
    parts = (
        value_axis(frame, upwards, ticks, [rounded(tick) for tick in ticks]),
        *areas,
        clock_axis(frame, facts.start_us, facts.played_to_us, facts.calendar),
    )
    happened = marks(frame, facts.start_us, facts.played_to_us, facts.marks)
    return scroll(drawing(frame, "events a minute by kind", *parts, happened))


def _together(loads: Sequence[Load]) -> Load:
    return Load(
        ", ".join(each.kind for each in loads), np.sum([each.per_minute for each in loads], axis=0), sum(each.total for each in loads)
    )


def _legend(loads: Sequence[Load]) -> Markup:
    last = COLOURS - 1 if len(loads) > COLOURS else len(loads)
    return tag("ul", join(_entry(each, min(place, last)) for place, each in enumerate(loads)), class_="legend")


def spark(each: Load, colour: int) -> Markup:
    """Return a kind's course as a small picture at its own scale."""
    frame = Frame(150, 26, 0, 0, 2, 1)
    upwards, across = frame.upwards(0, float(each.per_minute.max()) or 1), frame.across(0, len(each.per_minute))
    area = path(stairs(np.zeros_like(each.per_minute), each.per_minute, across, upwards), f"area c{colour}", closed=True)
    return drawing(frame, f"{each.kind} at its own scale", area, class_="spark")


def _entry(each: Load, colour: int) -> Markup:
    return tag(
        "li",
        tag("span", "", class_=f"swatch c{colour}"),
        tag("span", each.kind, class_="kind"),
        spark(each, colour),
        tag("span", grouped(each.total), tag("small", f"≤ {rounded(float(each.per_minute.max()))} a minute"), class_="n"),
    )
