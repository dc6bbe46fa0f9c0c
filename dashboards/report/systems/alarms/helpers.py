"""Help: what alarms there were, how many were false and why, who was sent in vain, and how soon each service came, and to where.

Owns four tables. Promises are the run's, judged over all of it.
"""

from collections.abc import Iterator, Sequence

import polars as pl

from dashboards.cases.milestones import OPEN
from dashboards.cases.steps import ID
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import badge, section, table
from dashboards.report.systems.alarms.incident import span
from dashboards.report.words import amount, grouped, promised
from dashboards.titles import capital, label_text
from devices.alarms.centre.choices import CaseOutcome, ResponseStep
from devices.alarms.centre.kinds import RESPONSE
from devices.alarms.centre.measures import ATTENDANCE, ATTENDED
from sim.judge.promises import Promise
from sim.summary import RunSummary

BY_TYPE = ("Alarms", "Cases", "Of homes simulated", "Real", "False", "Help sent", "Help sent in vain", "Cancelled", "Open at the end")
BY_CAUSE = ("Cause (truth)", "Alarm", "Cases", "Real", "Help sent")
BY_SERVICE = ("Service", "Asked for", "Came", "In vain", "Median", "95 %", "Longest", "Promise")
BY_DISTRICT = ("District", "Asked for", "Came", "Median", "95 %", "Longest")
LEAD = (
    "Cases that began in this run, of the whole city: the centre answers homes that are not simulated, too, and their causes nobody drew. "
    "Help is sent in vain where there is no emergency, whoever asked for it. Times count from the request of a service to its arrival."
)


def helpers(facts: RunSummary, cases: pl.DataFrame, steps: pl.DataFrame) -> Markup | None:
    """Return the section, or nothing without a case that began in the run."""
    begun = cases.filter(pl.col("number") > 0)
    if not begun.height:
        return None
    parts = [_table(BY_TYPE, 1, [_type(name, begun.filter(pl.col("alarm_type") == name)) for name in _in_order(begun)])]
    if causes := _causes(begun):
        parts += [tag("h3", "Causes, of homes that are simulated"), _table(BY_CAUSE, 2, causes)]
    if services := _services(facts, steps):
        parts += [tag("h3", "How soon help came"), _table(BY_SERVICE, 1, services), *_refused(steps)]
        parts += [tag("h3", "How soon help came to each district"), _table(BY_DISTRICT, 1, _districts(cases, steps))]
    return section("alarms-help", "Alarms, real and false, and the help that came", LEAD, *parts)


def attendance(steps: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each service that was asked for in the run: case, service, real, asked_us and came_us; null for not yet."""
    own = steps.filter(pl.col("kind") == RESPONSE.name)
    at = [
        pl.col("at_us").filter(pl.col("word") == step.word).first().alias(name)
        for step, name in ((ResponseStep.REQUESTED, "asked_us"), (ResponseStep.ARRIVED, "came_us"))
    ]
    grouped_by = own.group_by(ID, "number", pl.col("about").alias("service"), maintain_order=True).agg(pl.col("real").first(), *at)
    return grouped_by.filter(pl.col("asked_us").is_not_null())


def _in_order(cases: pl.DataFrame) -> list[str]:
    counted = cases.drop_nulls("alarm_type").group_by("alarm_type", maintain_order=True).len()
    return [str(each) for each in counted.sort("len", descending=True)["alarm_type"]]


def _type(name: str, cases: pl.DataFrame) -> list[str]:
    sent, real = pl.col("services").list.len() > 0, pl.col("real").fill_null(value=False)
    counts = cases.select(
        simulated=(~pl.col("aggregated").fill_null(value=False)).sum(),
        real=real.sum(),
        false=(~real).sum(),
        sent=sent.sum(),
        in_vain=(sent & ~real).sum(),
        cancelled=(pl.col("outcome") == CaseOutcome.CANCELLED.word).sum(),
        open=(pl.col("outcome") == OPEN).sum(),
    ).row(0, named=True)
    return [capital(label_text(name)), grouped(cases.height), *(_of(count, cases.height) for count in counts.values())]


def _of(count: int, total: int) -> str:
    return f"{grouped(count)} ({amount(count / total, 'share')})" if count else "0"


def _causes(cases: pl.DataFrame) -> list[list[str]]:
    known = (
        cases.drop_nulls("alarm_cause")
        .group_by("alarm_cause", "alarm_type")
        .agg(pl.len().alias("cases"), pl.col("real").sum(), (pl.col("services").list.len() > 0).sum().alias("sent"))
    )
    rows = known.sort("cases", "alarm_cause", "alarm_type", descending=[True, False, False]).iter_rows()
    return [[capital(label_text(cause)), label_text(about), *map(grouped, numbers)] for cause, about, *numbers in rows]


def _services(facts: RunSummary, steps: pl.DataFrame) -> list[list[str | Markup]]:
    asked = attendance(steps)
    order = asked.group_by("service", maintain_order=True).len().sort("len", descending=True)["service"].to_list()
    wanted = [each for each in facts.objectives if each.measure.partition(".")[2] in (ATTENDANCE.name, ATTENDED.name)]
    return [_service(name, asked.filter(pl.col("service") == name), [each for each in wanted if each.where == name]) for name in order]


def _refused(steps: pl.DataFrame) -> Iterator[Markup]:
    """Yield what the police refused by their policy, where they refused anything."""
    words = steps.filter(pl.col("kind") == RESPONSE.name)["word"]
    refused, withdrawn = (int((words == step.word).sum()) for step in (ResponseStep.REFUSED, ResponseStep.WITHDRAWN))
    why = "only one activation and nobody who vouches for it, or too many false calls before"
    lost = f"; {grouped(withdrawn)} simulated homes lost their response in this run" if withdrawn else ""
    if refused:
        yield tag("p", f"The police refused to come to {grouped(refused)} more by their policy: {why}{lost}.", class_="kept")


def _districts(cases: pl.DataFrame, steps: pl.DataFrame) -> list[list[str]]:
    """Return a row for each district, the slowest first: of all services together."""
    asked = attendance(steps).join(cases.select(ID, "number", "district"), on=[ID, "number"])
    asked = asked.with_columns(took_us=pl.col("came_us") - pl.col("asked_us"))
    quantiles = [pl.col("took_us").quantile(part, "linear").alias(str(part)) for part in (0.5, 0.95, 1.0)]
    rows = asked.group_by("district", maintain_order=True).agg(pl.len(), pl.col("took_us").count().alias("came"), *quantiles)
    ordered = rows.drop_nulls("district").sort("0.5", descending=True, nulls_last=True, maintain_order=True)
    return [[name, grouped(all_), grouped(came), *map(_time, times)] for name, all_, came, *times in ordered.iter_rows()]


def _time(span_us: float | None) -> str:
    return "—" if span_us is None else span(span_us)


def _service(name: str, asked: pl.DataFrame, wanted: Sequence[Promise]) -> list[str | Markup]:
    came = asked.drop_nulls("came_us")
    took_us = came["came_us"] - came["asked_us"]
    times = [_time(took_us.quantile(part, "linear")) for part in (0.5, 0.95, 1.0)]
    in_vain = int((~came["real"].fill_null(value=False)).sum())
    kept = join(tag("div", badge(each.verdict), f" {amount(each.value, each.value_unit)} against {promised(each)}") for each in wanted)
    return [capital(label_text(name)), grouped(asked.height), grouped(came.height), _of(in_vain, came.height), *times, kept]


def _table(names: Sequence[str], texts: int, rows: Sequence[Sequence[str]]) -> Markup:
    """Return a table whose first `texts` columns are words and the others numbers, but for promises."""
    looks = [None if place < texts else "promise" if name == "Promise" else "n" for place, name in enumerate(names)]
    header = tag("tr", join(tag("th", name, scope="col", class_=look) for name, look in zip(names, looks, strict=True)))
    cells = [join(tag("td", each, class_=look) for each, look in zip(row[1:], looks[1:], strict=True)) for row in rows]
    body = [tag("tr", tag("th", row[0], scope="row"), own) for row, own in zip(rows, cells, strict=True)]
    return table(header, body, class_="counts")
