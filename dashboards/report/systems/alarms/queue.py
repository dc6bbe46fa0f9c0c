"""The centre's day: how many calls waited at most, and what operators did, over city time.

Owns both pictures over one axis. Waiting is counted from the calls themselves, so that no peak between two counts is missed; staff is
the census.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboards.report.drawing.charts import WIDE, Frame, clock_axis, drawing, marks, path, stairs, value_axis
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import scroll, section
from dashboards.report.drawing.scales import nice_ticks
from dashboards.report.load import step_of
from dashboards.report.systems.alarms.answers import done_before, offers
from dashboards.report.systems.alarms.incident import span
from dashboards.report.words import amount, grouped, rounded
from dashboards.titles import label_text
from devices.alarms.centre.choices import OperatorState
from sim.summary import RunSummary
from sim.units import HOUR_US, LONG_AGO_US, MS_US, SECOND_US

STATES = (OperatorState.BUSY.word, OperatorState.IDLE.word, OperatorState.ON_BREAK.word)  # from the axis upwards
COLOURS = ("c0", "c4", "c6")
Series = NDArray[np.float64]


def queue(facts: RunSummary, steps: pl.DataFrame, counts: pl.DataFrame) -> Markup | None:
    """Return the section, or nothing of a run too short for a picture."""
    span_us = facts.played_to_us - facts.start_us
    if span_us <= 0:
        return None
    step_us = step_of(span_us)
    waiting, staff = most_waiting(facts, steps, step_us), staffing(facts, counts, step_us)
    parts = [tag("h3", "Calls waiting at once, the most in each stretch"), _waiting(facts, waiting)] if waiting.any() else []
    if staff:
        parts += [tag("h3", "Operators on duty"), _staff(facts, staff), _legend(staff)]
    return section("alarms-queue", "The centre's day", _lead(facts, steps, waiting, step_us), *parts)


def changes(steps: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when the queue changed, ascending, and how many waited from then on; the first entry is long ago, before the record.

    Who was answered at once never waited; whoever waited when the record began did so from the first entry on.
    """
    offered = offers(steps).filter(pl.col("done_us").is_null() | (pl.col("done_us") - pl.col("at_us") >= MS_US))
    earlier_us = done_before(steps)
    comes = np.concatenate([np.full(1 + len(earlier_us), LONG_AGO_US), offered["at_us"].to_numpy()])
    goes = np.concatenate([earlier_us, offered["done_us"].drop_nulls().to_numpy()])
    at_us = np.concatenate([comes, goes])
    by = np.concatenate([np.ones(len(comes), dtype=np.int64), np.full(len(goes), -1, dtype=np.int64)])
    by[0] = 0
    order = np.argsort(at_us, kind="stable")
    return at_us[order], np.cumsum(by[order])


def most_waiting(facts: RunSummary, steps: pl.DataFrame, step_us: int) -> Series:
    """Return how many calls waited at most in each stretch of city time: shape (bins,)."""
    at_us, level = changes(steps)
    bins = -(-(facts.played_to_us - facts.start_us) // step_us)
    first = np.searchsorted(at_us, facts.start_us + np.arange(bins) * step_us, side="right") - 1
    most = level[first].astype(np.float64)  # who waits already when a stretch begins
    within = (at_us >= facts.start_us) & (at_us < facts.start_us + bins * step_us)
    np.maximum.at(most, (at_us[within] - facts.start_us) // step_us, level[within])
    return most


def staffing(facts: RunSummary, counts: pl.DataFrame, step_us: int) -> dict[str, Series]:
    """Return the mean number of operators in each state in each stretch: shape (bins,); nothing without a census."""
    own = counts.filter(pl.col("thing") == "operator")
    if not own.height:
        return {}
    bins = -(-(facts.played_to_us - facts.start_us) // step_us)
    place = ((pl.col("slice_end").dt.epoch("us") - 1 - facts.start_us) // step_us).clip(0, bins - 1)
    means = (
        own.group_by(place.alias("place"), "slice_end", "state")
        .agg(pl.col("count").sum())
        .group_by("place", "state")
        .agg(pl.col("count").mean())
    )
    found = {state: np.zeros(bins) for state in STATES}
    for at, state, count in means.select("place", "state", "count").iter_rows():
        if state in found:
            found[state][at] = count
    return found


def _lead(facts: RunSummary, steps: pl.DataFrame, waiting: Series, step_us: int) -> str:
    offered = offers(steps)
    waits = offered.filter(pl.col("outcome").is_not_null())
    mean_s = float((waits["done_us"] - waits["at_us"]).mean() or 0) / SECOND_US  # type: ignore[arg-type]
    an_hour = rounded(offered.height * HOUR_US / (facts.played_to_us - facts.start_us))
    at_once = f"at most {grouped(round(float(waiting.max())))} at once" if waiting.any() else "nobody had to wait for another caller"
    return (
        f"{grouped(offered.height)} calls were offered, {an_hour} an hour; they waited {span(mean_s * SECOND_US)} in the mean, "
        f"and {at_once}. Stretches are of {span(step_us)}. The centre is that of the whole city at any scale: homes that are not "
        "simulated call as well."
    )


def _waiting(facts: RunSummary, waiting: Series) -> Markup:
    frame = Frame(WIDE, 190, 60, 24, 52 if facts.marks else 12, 30)
    ticks = nice_ticks(max(float(waiting.max()), 1.0), 4)
    ticks = [tick for tick in ticks if tick == round(tick)]
    upwards, across = frame.upwards(0, ticks[-1]), frame.across(0, len(waiting))
    area = path(stairs(np.zeros_like(waiting), waiting, across, upwards), "area c1", closed=True, hint="calls waiting")
    parts = (value_axis(frame, upwards, ticks, [rounded(tick) for tick in ticks]), area)
    happened = marks(frame, facts.start_us, facts.played_to_us, facts.marks)
    return scroll(
        drawing(frame, "calls waiting at once", *parts, clock_axis(frame, facts.start_us, facts.played_to_us, facts.calendar), happened)
    )


def _staff(facts: RunSummary, staff: dict[str, Series]) -> Markup:
    return stacked(facts, "operators by what they do", list(staff.items()), COLOURS)


def stacked(facts: RunSummary, title: str, layers: Sequence[tuple[str, Series]], colours: Sequence[str]) -> Markup:
    """Return layers one above the other over city time."""
    frame = Frame(WIDE, 230, 60, 24, 12, 30)
    heights = np.cumsum([values for _, values in layers], axis=0)
    ticks = nice_ticks(max(float(heights[-1].max()), 1.0), 4)
    upwards, across = frame.upwards(0, ticks[-1]), frame.across(0, len(heights[-1]))
    areas = [
        path(stairs(lower, upper, across, upwards), f"area {colour}", closed=True, hint=label_text(name))
        for (name, _), lower, upper, colour in zip(layers, [np.zeros_like(heights[0]), *heights], heights, colours, strict=False)
    ]
    axis = value_axis(frame, upwards, ticks, [rounded(tick) for tick in ticks])
    return scroll(drawing(frame, title, axis, *areas, clock_axis(frame, facts.start_us, facts.played_to_us, facts.calendar)))


def _legend(staff: dict[str, Series]) -> Markup:
    on_duty = sum(float(values.mean()) for values in staff.values()) or 1.0
    entries = [
        tag(
            "li",
            tag("span", "", class_=f"swatch {colour}"),
            f"{label_text(state)} {rounded(float(values.mean()))} in the mean, {amount(float(values.mean()) / on_duty, 'share')}",
        )
        for (state, values), colour in zip(staff.items(), COLOURS, strict=True)
    ]
    return tag("ul", join(entries), class_="looks")
