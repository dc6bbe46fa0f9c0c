"""Service levels: one small picture per modelled measure, all drawn alike, with the promises on them.

Owns the small multiples. Pipeline measures have a section of their own.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboards.report.drawing.charts import Frame, dot, drawing, line, text
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import badge, class_of
from dashboards.report.drawing.scales import Linear, nice_ticks
from dashboards.report.words import amount, grouped, promised
from dashboards.titles import label_text, title_of
from sim.judge.promises import Promise
from sim.summary import Measured, RunSummary

MOST_ROWS = 7
ROW = 24
NEAR = 16  # of a number above a line, px: what is nearer stands with it
LONG_UNIT = 4  # letters; more do not fit beside a number
MOST_LACKING = 2  # promises without enough samples that a card tells one by one
ALL = "all"
LEAD = (
    "What people in the city got, measure by measure. A dot is the median and the line runs to the 95th percentile; "
    "for shares a bar shows the share. A dashed line is a promised bound; where there are several, a number says which."
)


@dataclass(frozen=True, slots=True)
class Level:
    """A measure with its rows (in all first, then by label), the promises to tell of it, and how many more have too few samples."""

    rows: Sequence[Measured]
    promises: Sequence[Promise]
    further: int = 0

    @property
    def total(self) -> Measured:
        """Return the row over all labels."""
        return self.rows[0]


def cards(facts: RunSummary, system: str) -> Markup | None:
    """Return a card for each measure of a system that has samples, or nothing."""
    found = [_card(level) for level in _levels(facts, system) if level.total.count]
    return tag("div", join(found), class_="cards") if found else None


def _levels(facts: RunSummary, system: str) -> list[Level]:
    found: dict[str, list[Measured]] = {}
    for row in facts.measures:
        if row.measure.startswith(f"{system}."):
            found.setdefault(row.measure, []).append(row)
    return [
        Level(sorted(rows, key=lambda row: natural(row.where)), *_told([each for each in facts.objectives if each.measure == name]))
        for name, rows in found.items()
    ]


def _told(promises: Sequence[Promise]) -> tuple[Sequence[Promise], int]:
    """Return the promises that a card tells, and of how many it says only that they have too few samples."""
    judged = [each for each in promises if each.verdict != "no data"]
    lacking = len(promises) - len(judged)
    return (promises, 0) if lacking <= MOST_LACKING else (judged, lacking)


def natural(label: str) -> tuple[int, list[tuple[int, str]]]:
    """Return a key that sorts the empty label first and `9` before `10`, `first` before `middle` before `last`."""
    rank = next((place for place, word in enumerate(("first", "middle", "last"), 1) if label.startswith(word)), 0)
    return rank, [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", label)] if label else []


def _card(level: Level) -> Markup:
    total = level.total
    title = tag("h3", title_of(total.measure, total.unit))
    told = f"{total.doc[:1].upper()}{total.doc[1:]}" + ("" if _short(total.unit) else f", in {total.unit}")
    doc = tag("p", f"{told}.", class_="doc")
    verdicts = [each.verdict for each in level.promises] + ["no data"] * bool(level.further)
    worst = next((word for word in ("fail", "invalid", "no data", "pass") if word in verdicts), "")
    promised_lines = [tag("p", badge(each.verdict), " ", _number(level, each), _kept(each), class_="kept") for each in level.promises]
    if level.further:
        more = " more" if level.promises else ""
        promised_lines.append(tag("p", badge("no data"), f" {level.further}{more} promises with too few samples", class_="kept"))
    return tag("article", title, doc, _picture(level), join(promised_lines), class_=f"card {class_of(worst) if worst else ''}".strip())


def _short(unit: str) -> str:
    """Return a unit that fits beside a number in the picture; nothing for a long one, which stands in the words above."""
    return unit if unit == "share" or len(unit) <= LONG_UNIT else ""


def _number(level: Level, promise: Promise) -> Markup | None:
    """Return which dashed line a promise is, where there are several promises."""
    number = next((number for numbers in _bounds(level).values() for number in numbers if level.promises[number - 1] is promise), 0)
    return tag("span", f"{number}: ", class_="which") if number and len(level.promises) > 1 else None


def _kept(promise: Promise) -> Markup:
    where = f"{label_text(promise.where)}: " if promise.where else ""
    return join((where, tag("b", amount(promise.value, promise.value_unit)), f" against {promised(promise)}"))


def _shown(level: Level) -> tuple[list[Measured], int]:
    """Return the rows to draw and how many were left out: of many labels those furthest up."""
    labelled = [row for row in level.rows if row.where and row.count]
    if len(labelled) > MOST_ROWS:
        chosen = sorted(labelled, key=lambda row: -(_end(row) or 0.0))[:MOST_ROWS]
        return [level.total, *chosen], len(labelled) - MOST_ROWS
    return ([level.total] if len(labelled) != 1 else []) + labelled, 0


def _end(row: Measured) -> float | None:
    return row.mean if row.unit == "share" and _is_flag(row) else row.p95


def _is_flag(row: Measured) -> bool:
    """Return whether samples are 0 or 1, so that their mean is the share."""
    return row.unit == "share" and row.max in (None, 0.0, 1.0) and row.p50 in (None, 0.0, 1.0)


def _picture(level: Level) -> Markup:
    rows, hidden = _shown(level)
    bounds, unit = _bounds(level), _short(level.total.unit)
    above = 16 if bounds and len(level.promises) > 1 else 4
    frame = Frame(320, above + 26 + ROW * len(rows) + (14 if hidden else 0), 92, 60, above, 26 + (14 if hidden else 0))
    ticks = _ticks([*(_end(row) or 0.0 for row in rows), *bounds], min(row.p50 or 0.0 for row in rows))
    scale = frame.across(ticks[0], ticks[-1])
    parts = [line((scale(tick), frame.top), (scale(tick), frame.y_last), "rule") for tick in ticks]
    labelled = sorted({ticks[0], 0.0, ticks[-1]})
    parts += [text(scale(tick), frame.y_last + 16, amount(tick, unit).replace("\u00a0", ""), anchor="middle") for tick in labelled]
    parts += [_row(row, frame.top + ROW * (place + 0.5), frame, scale) for place, row in enumerate(rows)]
    parts += [line((scale(bound), frame.top - 2), (scale(bound), frame.y_last), "bound") for bound in bounds]
    parts += _numbers(bounds, scale, frame) if len(level.promises) > 1 else []
    if hidden:
        parts.append(text(frame.left, frame.height - 4, f"the {MOST_ROWS} highest of {hidden + MOST_ROWS} labels", "note"))
    return drawing(frame, f"{title_of(level.total.measure)} by label", *parts, class_="chart small")


def _ticks(ends: Sequence[float], least: float) -> list[float]:
    """Return ticks from 0 (or below it, where a median is) to the highest end, a few of them whatever the values."""
    below, above = max(-least, 0.0), max(ends)
    step = nice_ticks(max(below, above), 4)[1]
    return [step * number for number in range(-math.ceil(below / step), max(math.ceil(above / step - 1e-9), 1) + 1)]


def _bounds(level: Level) -> dict[float, list[int]]:
    """Return the bounds that lie on the axis of the samples, with the numbers of their promises, from 1.

    They are those of a mean, a quantile and a plain share, and the limit of a share within.
    """
    bounds: dict[float, list[int]] = {}
    for number, promise in enumerate(level.promises, 1):
        if promise.statistic == "share_within" and promise.limit is not None:
            bounds.setdefault(promise.limit, []).append(number)
        elif promise.statistic in {"mean", "p50", "p95", "p99", "max", "share", "mean_of_shares"}:
            bounds.setdefault(promise.bound, []).append(number)
    return dict(sorted(bounds.items()))


def _numbers(bounds: Mapping[float, Sequence[int]], scale: Linear, frame: Frame) -> list[Markup]:
    """Return the numbers of the promises above their lines; those of lines that lie close together stand in one place."""
    placed: list[tuple[float, list[int]]] = []
    for bound, numbers in bounds.items():
        if placed and scale(bound) - placed[-1][0] < NEAR * len(placed[-1][1]):
            placed[-1][1].extend(numbers)
        else:
            placed.append((scale(bound), list(numbers)))
    return [text(x, frame.top - 6, ", ".join(map(str, numbers)), "which", "middle") for x, numbers in placed]


def _row(row: Measured, y: float, frame: Frame, scale: Linear) -> Markup:
    end = _end(row) or 0.0
    words = amount(end, _short(row.unit))
    hint = f"{label_text(row.where) or ALL}: {_spread(row)}; {grouped(row.count)} samples"
    label = text(frame.left - 8, y + 4, label_text(row.where) or ALL, "name" if row.where else "name strong", "end")
    if _is_flag(row):
        body = tag("rect", x=scale(0), y=y - 5, width=max(scale(end) - scale(0), 1.0), height=10, class_="bar")
    else:
        median = row.p50 or 0.0
        body = join(
            (
                line((scale(median), y), (scale(end), y), "whisker"),
                dot(scale(median), y, 4, "median"),
                line((scale(end), y - 4), (scale(end), y + 4), "whisker"),
            )
        )
    return tag("g", tag("title", hint), label, body, text(frame.x_last + 6, y + 4, words.replace("\u00a0", " "), "figure"))


def _spread(row: Measured) -> str:
    values = {"mean": row.mean, "median": row.p50, "p95": row.p95, "p99": row.p99, "largest": row.max}
    return ", ".join(f"{name} {amount(value, row.unit)}" for name, value in values.items())
