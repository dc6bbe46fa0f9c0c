"""Answers: how long calls waited for an operator, against what is promised of calls offered.

Owns the curve and its table. A call that was abandoned, or never answered, counts against: it is offered and never answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dashboards.cases.steps import ID
from dashboards.report.drawing.charts import WIDE, Frame, dot, drawing, line, path, text, value_axis
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import badge, scroll, section, table
from dashboards.report.drawing.scales import Linear
from dashboards.report.systems.alarms.incident import span
from dashboards.report.words import amount, grouped, promised
from dashboards.titles import label_text
from devices.alarms.centre.choices import CallOutcome, Purpose
from devices.alarms.centre.kinds import CALL
from devices.alarms.centre.measures import ANSWERED_LATE, ANSWERED_SOON, LATE_US, SOON_US
from sim.judge.promises import Promise
from sim.summary import RunSummary
from sim.units import SECOND_US

ALL = "all calls"
LONGEST_S = 240  # of the picture
FLAG = 40  # px
SETTLED_S = 30  # from here on every curve is in the picture
FLOORS = (0.95, 0.9, 0.8, 0.5, 0.0)  # where the axis may begin: the upper end is what is promised
BEGUN = (CallOutcome.OFFERED.word, CallOutcome.REDIALLED.word)
DONE = (CallOutcome.ANSWERED.word, CallOutcome.ABANDONED.word)
LIMITS = {ANSWERED_SOON.name: SOON_US, ANSWERED_LATE.name: LATE_US}
HEADER = ("Calls", "Offered", "Within 60 s", "Within 180 s", "Abandoned", "Median", "95 %", "Longest wait")
LEAD = (
    "Of all calls offered, the share that an operator had answered after so many seconds; a call whose caller gave up never is, and counts "
    "against. A flag is what is promised: the curve must pass at or above it. Calls of the last three minutes are left out, for they "
    "could not be judged."
)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls about one type: `waits_s` of those answered, float64, ascending; the rest of `offered` was abandoned or not answered yet."""

    name: str
    offered: int
    abandoned: int
    waits_s: NDArray[np.float64]

    def within(self, limit_s: float) -> float:
        """Return the share of calls offered that was answered within a limit; 0 without any."""
        return float(np.searchsorted(self.waits_s, limit_s, side="right")) / self.offered if self.offered else 0.0


def offers(steps: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each call that was offered, dialled again or not: alarm_type, at_us, outcome and done_us; null while it waits."""
    own = _own(steps)
    following = own.with_columns(
        pl.col("word").shift(-1).over(ID, "number").alias("outcome"), pl.col("at_us").shift(-1).over(ID, "number").alias("done_us")
    )
    known = pl.col("outcome").is_in(DONE)
    begun = following.filter(~pl.col("word").is_in(DONE))
    return begun.select("alarm_type", "at_us", *(pl.when(known).then(pl.col(name)).alias(name) for name in ("outcome", "done_us")))


def done_before(steps: pl.DataFrame) -> NDArray[np.int64]:
    """Return when calls were answered or given up that waited already before the record: shape (calls,)."""
    own = _own(steps)
    first = pl.col("word").shift(1).over(ID, "number").is_null()
    return own.filter(first & pl.col("word").is_in(DONE))["at_us"].to_numpy()


def _own(steps: pl.DataFrame) -> pl.DataFrame:
    calls = steps.filter((pl.col("kind") == CALL.name) & (pl.col("about") == Purpose.ALARM.word))
    return calls.filter(pl.col("word").is_in([*BEGUN, *DONE]))


def answers(facts: RunSummary, steps: pl.DataFrame) -> Markup | None:
    """Return the section, or nothing where nobody called."""
    found = by_type(offers(steps).filter(pl.col("at_us") < facts.played_to_us - LATE_US))
    if not found:
        return None
    wanted = [each for each in facts.objectives if each.measure.partition(".")[2] in LIMITS]
    return section("alarms-answers", "Answered in time", LEAD, scroll(_picture(found, wanted)), _table(found), _kept(wanted))


def by_type(offered: pl.DataFrame) -> list[Calls]:
    """Return all calls together, then those about each type in order of their number; nothing without any."""
    if not offered.height:
        return []
    types = offered.group_by("alarm_type", maintain_order=True).len().sort("len", descending=True)["alarm_type"].to_list()
    return [_calls(ALL, offered)] + [_calls(str(name), offered.filter(pl.col("alarm_type") == name)) for name in types]


def _calls(name: str, offered: pl.DataFrame) -> Calls:
    answered = offered.filter(pl.col("outcome") == CallOutcome.ANSWERED.word)
    waits_s = np.sort(((answered["done_us"] - answered["at_us"]) / SECOND_US).round(3).to_numpy())  # answered at once: 1 µs later
    return Calls(name, offered.height, int((offered["outcome"] == CallOutcome.ABANDONED.word).sum()), waits_s)


def _picture(found: Sequence[Calls], wanted: Sequence[Promise]) -> Markup:
    frame = Frame(WIDE, 360, 60, 24, 14, 40)
    lowest = min(*(each.within(SETTLED_S) for each in found), *(each.bound - 0.02 for each in wanted))
    floor = next(each for each in FLOORS if each <= lowest or not each)
    across, upwards = frame.across(0, LONGEST_S), frame.upwards(floor, 1)
    ticks = [floor + (1 - floor) * place / 5 for place in range(6)]
    curves = [_curve(each, place, across, upwards, floor) for place, each in reversed(list(enumerate(found)))]
    flags = [_flag(each, frame, across, upwards) for each in wanted if not each.where]
    seconds = [text(across(at), frame.y_last + 19, f"{at} s", anchor="middle") for at in range(0, LONGEST_S + 1, 30)]
    axes = (value_axis(frame, upwards, ticks, [amount(tick, "share") for tick in ticks]), *seconds)
    caption = text(frame.x_last, frame.y_last + 36, "since the call was offered", "note", "end")
    return drawing(frame, "share of calls answered by seconds of waiting", *axes, caption, *curves, *flags)


def _curve(calls: Calls, place: int, across: Linear, upwards: Linear, floor: float) -> Markup:
    points, before = [], floor
    for at_s in range(LONGEST_S + 1):
        share = max(calls.within(at_s), floor)
        if share != before or at_s in (0, LONGEST_S):
            points += [(across(at_s), upwards(before)), (across(at_s), upwards(share))]
        before = share
    hint = f"{label_text(calls.name)}: {amount(calls.within(60), 'share')} within 60 s, {amount(calls.within(180), 'share')} within 180 s"
    return path(points[1:], "curve all" if not place else f"curve s{place - 1}", hint=hint)


def _flag(promise: Promise, frame: Frame, across: Linear, upwards: Linear) -> Markup:
    """Return a promise as a flag: the upright at its limit, down from its share."""
    limit_s = _limit_s(promise)
    x, y = across(limit_s), upwards(promise.bound)
    words = f"{amount(promise.bound, 'share')} within {limit_s:g} s"
    return join(
        (
            line((x, y), (x, frame.y_last), "bound"),
            line((x, y), (x + FLAG, y), "bound"),
            dot(x, y, 3.5, "flag", words),
            text(x + 8, frame.y_last - 14, f"promised: {words}", "note"),
        )
    )


def _table(found: Sequence[Calls]) -> Markup:
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if place else None) for place, name in enumerate(HEADER)))
    return table(header, [_row(each, place) for place, each in enumerate(found)], class_="counts")


def _row(calls: Calls, place: int) -> Markup:
    swatch = tag("span", "", class_=f"swatch {'ink' if not place else f'c{place - 1}'}")
    waits = [float(np.quantile(calls.waits_s, part)) for part in (0.5, 0.95, 1.0)] if len(calls.waits_s) else []
    cells = [grouped(calls.offered), amount(calls.within(60), "share"), amount(calls.within(180), "share")]
    cells += [f"{grouped(calls.abandoned)} ({amount(calls.abandoned / calls.offered, 'share')})"]
    cells += [span(each * SECOND_US) for each in waits] or ["—"] * 3
    return tag("tr", tag("th", swatch, label_text(calls.name), scope="row"), join(tag("td", each, class_="n") for each in cells))


def _kept(wanted: Sequence[Promise]) -> Markup:
    """Return what became of the promises, judged over the whole run."""

    def told(each: Promise) -> str:
        about = f"{label_text(each.where)}, " if each.where else ""
        return f" {about}answered within {_limit_s(each):g} s: {amount(each.value, 'share')} against {promised(each)}"

    return tag("div", join(tag("p", badge(each.verdict), told(each), class_="kept") for each in wanted))


def _limit_s(promise: Promise) -> float:
    return LIMITS[promise.measure.partition(".")[2]] / SECOND_US
