"""Supervision: devices that are not as they should be over city time, and in which time lost paths are found, by class.

Owns the picture and the table. Statistics are the run's own.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import badge, section, table
from dashboards.report.load import step_of
from dashboards.report.systems.alarms.incident import span
from dashboards.report.systems.alarms.queue import stacked
from dashboards.report.words import amount, grouped, promised, rounded
from dashboards.titles import label_text
from devices.alarms.choices import Availability, SupervisionClass
from devices.alarms.supervision.measures import LOSS_DETECTED
from sim.judge.promises import Promise
from sim.summary import Measured, RunSummary
from sim.units import SECOND_US

# From the axis upwards, the worst first; devices online would hide all others.
WORSE = (Availability.OFFLINE.word, Availability.TROUBLE.word, Availability.END_OF_LIFE.word, Availability.LOW_BATTERY.word)
COLOURS = ("c5", "c1", "c6", "c4")
HEADER = ("Class", "Paths lost", "Median", "95 %", "Longest", "Promise")
Series = NDArray[np.float64]


def supervised(facts: RunSummary, counts: pl.DataFrame) -> Markup | None:
    """Return the section, or nothing without devices that are counted."""
    states = availability(facts, counts)
    found = [each for each in facts.measures if each.measure.partition(".")[2] == LOSS_DETECTED.name and each.where and each.count]
    if not states and not found:
        return None
    parts = [stacked(facts, "devices that are not as they should be", _layers(states), COLOURS), _legend(states)] if states else []
    if found:
        promises = [each for each in facts.objectives if each.measure.partition(".")[2] == LOSS_DETECTED.name]
        parts += [tag("h3", "From the loss of a path to its detection, by class"), _table(found, promises)]
    return section("alarms-supervision", "Devices and their supervision", _lead(states), *parts)


def availability(facts: RunSummary, counts: pl.DataFrame) -> dict[str, Series]:
    """Return how many devices were in each state at most in each stretch of city time: shape (bins,); nothing without a census."""
    own = counts.filter(pl.col("thing") == "device")
    span_us = facts.played_to_us - facts.start_us
    if not own.height or span_us <= 0:
        return {}
    step_us = step_of(span_us)
    bins = -(-span_us // step_us)
    place = ((pl.col("slice_end").dt.epoch("us") - 1 - facts.start_us) // step_us).clip(0, bins - 1)
    at_once = (
        own.group_by("slice_end", "state").agg(pl.col("count").sum()).group_by(place.alias("place"), "state").agg(pl.col("count").max())
    )
    found = {state: np.zeros(bins) for state in Availability.words()}
    for at, state, count in at_once.select("place", "state", "count").iter_rows():
        if state in found:
            found[state][at] = count
    return found


def _layers(states: dict[str, Series]) -> list[tuple[str, Series]]:
    return [(state, states[state]) for state in WORSE]


def _lead(states: dict[str, Series]) -> str:
    what = "What the receiver holds of the devices that are simulated. "
    if not states:
        return what
    total = sum(float(values[-1]) for values in states.values())
    worse = sum(float(states[state][-1]) for state in WORSE)
    share = amount(worse / total, "share") if total else "none"
    return f"{what}{grouped(round(worse))} of {grouped(round(total))} ({share}) were not as they should be at the end; those are shown."


def _legend(states: dict[str, Series]) -> Markup:
    entries = [
        tag(
            "li",
            tag("span", "", class_=f"swatch {colour}"),
            f"{label_text(state)}, {rounded(float(states[state][-1]))} at the end, at most {rounded(float(states[state].max()))}",
        )
        for state, colour in zip(WORSE, COLOURS, strict=True)
    ]
    return tag("ul", join(entries), class_="looks")


def _table(found: Sequence[Measured], promises: Sequence[Promise]) -> Markup:
    order = {word: place for place, word in enumerate(SupervisionClass.words())}
    header = tag(
        "tr", join(tag("th", name, scope="col", class_="n" if 0 < place < len(HEADER) - 1 else None) for place, name in enumerate(HEADER))
    )
    rows = sorted(found, key=lambda each: order.get(each.where, len(order)))
    return table(header, [_row(each, [kept for kept in promises if kept.where == each.where]) for each in rows], class_="counts")


def _row(row: Measured, promises: Sequence[Promise]) -> Markup:
    times = ["—" if each is None else span(each * SECOND_US) for each in (row.p50, row.p95, row.max)]
    cells = [tag("td", each, class_="n") for each in (grouped(row.count), *times)]
    kept = join(tag("div", badge(each.verdict), f" {promised(each)}") for each in promises)
    return tag("tr", tag("th", row.where, scope="row"), join(cells), tag("td", kept, class_="promise"))
