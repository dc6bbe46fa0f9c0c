"""Pipeline latency: how long an event takes from its due, or from its sending, to the store.

Owns the drawing of percentiles on one logarithmic axis of time.
"""

from collections.abc import Sequence

from dashboards.report.drawing.charts import WIDE, Frame, dot, drawing, line, text
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import scroll, section
from dashboards.report.drawing.scales import Logarithmic, decades
from dashboards.report.words import amount, grouped
from sim.judge.pipeline import ACK, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT
from sim.judge.promises import Promise
from sim.summary import Measured, RunSummary

STAGES = {
    SEND_LAG: "due → sent",
    ACK: "sent → acknowledged",
    STORED_FROM_SENT: "sent → stored",
    STORED_FROM_DUE: "due → stored",
}
PERCENTILES = ("p50", "p95", "p99", "max")
NAMES = {"p50": "50 %", "p95": "95 %", "p99": "99 %", "max": "max"}
SHORTEST_S = 0.0001
ROW = 34
LEAD = (
    "Wall time, on a logarithmic axis: half of the events are left of the first dot, 95 % left of the second, 99 % left of the third; "
    "the line ends at the slowest one. Dashed uprights are promised bounds."
)


def latency(facts: RunSummary) -> Markup | None:
    """Return the section, or nothing for a run that published nothing."""
    measured = [row for row in facts.measures if row.measure in STAGES and row.count]
    stages = [row for name in STAGES for row in measured if row.measure == name and not row.where]
    if not stages:
        return None
    final = STORED_FROM_DUE if any(row.measure == STORED_FROM_DUE for row in stages) else STORED_FROM_SENT
    kinds = sorted((row for row in measured if row.measure == final and row.where), key=lambda row: -(row.p99 or 0.0))
    undue = "" if final == STORED_FROM_DUE else " At speed max nothing has a due, so latency counts from sent."
    wanted = [each for each in facts.objectives if each.measure in STAGES and each.unit == "s"]
    parts = [_picture("The way of an event", [(STAGES[row.measure], row) for row in stages], wanted)]
    if len(kinds) > 1:
        of_kinds = [each for each in wanted if each.measure == final]
        parts += [tag("h3", f"{STAGES[final]}, kind by kind"), _picture("Latency by kind", [(row.where, row) for row in kinds], of_kinds)]
    return section("latency", "Pipeline latency", LEAD + undue, *parts)


def _picture(title: str, rows: Sequence[tuple[str, Measured]], wanted: Sequence[Promise]) -> Markup:
    frame = Frame(WIDE, 62 + ROW * len(rows), 170, 256, 30, 32)
    least = max(min(row.p50 or SHORTEST_S for _, row in rows), SHORTEST_S)
    most = max([row.max or SHORTEST_S for _, row in rows] + [each.bound for each in wanted])
    ticks = decades(least, max(most, least * 10))
    scale = Logarithmic(ticks[0], ticks[-1], frame.left, frame.x_last)
    parts = [line((scale(tick), frame.top), (scale(tick), frame.y_last), "rule") for tick in ticks]
    parts += [text(scale(tick), frame.y_last + 19, amount(tick, "s"), anchor="middle") for tick in ticks]
    parts += [_row(name, row, frame.top + ROW * (place + 0.5), frame, scale) for place, (name, row) in enumerate(rows)]
    for promise in wanted:
        places = [place for place, (_, row) in enumerate(rows) if row.measure == promise.measure]
        if places:
            parts.append(_bound(promise, frame.top + ROW * places[0], frame.top + ROW * (places[-1] + 1), scale))
    header = _columns(frame, frame.top - 12, ("median", "99 %", "events"), "note")
    return scroll(drawing(frame, title, header, *parts))


def _columns(frame: Frame, y: float, words: Sequence[str], class_: str) -> Markup:
    """Return figures right of the area, each right-aligned in its column."""
    return join(text(frame.x_last + 82 * (place + 1), y, word.replace("\u00a0", " "), class_, "end") for place, word in enumerate(words))


def _row(name: str, row: Measured, y: float, frame: Frame, scale: Logarithmic) -> Markup:
    values = {key: float(getattr(row, key) or 0.0) for key in PERCENTILES}
    hint = (
        f"{name}: " + ", ".join(f"{NAMES[key]} {amount(value, 's')}" for key, value in values.items()) + f"; {grouped(row.count)} samples"
    )
    return tag(
        "g",
        tag("title", hint),
        text(frame.left - 12, y + 4, name, "name", "end"),
        line((scale(values["p50"]), y), (scale(values["max"]), y), "whisker faint"),
        line((scale(values["p50"]), y), (scale(values["p99"]), y), "whisker"),
        line((scale(values["max"]), y - 5), (scale(values["max"]), y + 5), "whisker faint"),
        dot(scale(values["p50"]), y, 6, "median"),
        dot(scale(values["p95"]), y, 4.5, "median second"),
        dot(scale(values["p99"]), y, 3.5, "median third"),
        _columns(frame, y + 4, (amount(row.p50, "s"), amount(row.p99, "s"), grouped(row.count)), "figure"),
    )


def _bound(promise: Promise, upper: float, lower: float, scale: Logarithmic) -> Markup:
    x = scale(promise.bound)
    name = NAMES.get(promise.statistic, promise.statistic)
    hint = tag("title", f"promised: {name} within {amount(promise.bound, 's')} ({promise.verdict})")
    return tag("g", hint, line((x, upper + 3), (x, lower - 3), "bound"), text(x + 5, upper + 13, name, "note"))
