"""The promises: every objective with its value, bound, samples, verdict, and where the bound comes from.

Owns the tables; broken promises stand first, those with too few samples are folded away.
"""

from collections.abc import Sequence

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import badge, class_of, grade_mark, section, table
from dashboards.report.words import amount, grouped, promised
from dashboards.titles import label_text, title_of
from sim.judge.promises import Promise
from sim.summary import RunSummary

RANK = {"fail": 0, "invalid": 1, "no data": 2, "pass": 3}
MANY = 6  # promises without a verdict that stand among the others; more of them are folded
HEADER = ("Measure", "Promise", "Value", "Samples", "Verdict", "Where the bound comes from")
NUMERIC = {"Value", "Samples"}


def promises(facts: RunSummary) -> Markup:
    """Return the section."""
    if facts.unfinished:
        return section("promises", "Promises", "No promise was judged, for the run did not come to its end.")
    if not facts.objectives:
        return section("promises", "Promises", "This scenario makes no promises, so nothing was judged.")
    ordered = sorted(facts.objectives, key=lambda each: RANK.get(each.verdict, 0))
    short = [each for each in ordered if each.verdict == "no data" and not each.required]
    folded = short if MANY < len(short) < len(ordered) else []
    tables = [_table([each for each in ordered if each not in folded])]
    if folded:
        tables.append(tag("details", tag("summary", f"{len(folded)} with too few samples for a verdict"), _table(folded)))
    return section("promises", "Promises", "What was promised, held against what was measured. Too few samples make no verdict.", *tables)


def _table(rows: Sequence[Promise]) -> Markup:
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if name in NUMERIC else None) for name in HEADER))
    return table(header, [_row(each) for each in rows], class_="promises")


def _row(promise: Promise) -> Markup:
    where = " · ".join(label_text(part) for part in (promise.where, promise.stage) if part)
    source = promise.source.removeprefix("assumption").lstrip(":;, ")
    short = promise.verdict == "no data" and promise.samples < promise.needed
    samples = f"{grouped(promise.samples)} of {grouped(promise.needed)}" if short else grouped(promise.samples)
    return tag(
        "tr",
        tag("th", title_of(promise.measure, promise.unit), tag("small", f"{promise.system}{' · ' if where else ''}{where}"), scope="row"),
        tag("td", promised(promise), tag("small", "required") if promise.required else None),
        tag("td", amount(promise.value, promise.value_unit), class_="n value"),
        tag("td", samples, class_="n"),
        tag("td", badge(promise.verdict)),
        tag("td", grade_mark(promise.grade), " ", source, class_="source"),
        class_=class_of(promise.verdict),
    )
