"""Cases: a table of the most telling ones, and each of them step by step below it.

Owns the list and the steps in words. Which cases stand in it is `choosing`'s business.
"""

from collections.abc import Sequence

import polars as pl

from dashboards.cases.steps import ID
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import section, table
from dashboards.report.systems.alarms.choosing import Case
from dashboards.report.systems.alarms.incident import picture, span, waits
from dashboards.report.systems.alarms.lanes import title_of_case, truth_of_case
from dashboards.report.words import grouped
from dashboards.titles import label_text
from sim.city.calendar import Calendar
from sim.summary import RunSummary

MOST_STEPS = 60  # of a case; a leak that is measured every second has more
HEADER = ("Case", "About", "Truth", "Raised", "Answered after", "Help after", "Closed after", "Outcome", "Sent")
TEXTS = {"Case", "About", "Truth", "Outcome", "Sent"}
STEP_HEADER = ("City time", "Wait", "Since the first", "Kind", "Step")


def case_list(facts: RunSummary, chosen: Sequence[Case], total: int, steps: pl.DataFrame) -> Markup | None:
    """Return the section, or nothing without cases."""
    if not chosen:
        return None
    told = f"{grouped(len(chosen))} of {grouped(total)} cases, the most telling of each type and outcome first. Each opens below; "
    any_other = tag("code", f"citybeat tail {facts.run} --case ID")
    lead = join((told, "any other is told by ", any_other, ", and ", tag("code", "--cases"), " lists them all."))
    header = tag("tr", join(tag("th", name, scope="col", class_=None if name in TEXTS else "n") for name in HEADER))
    rows = [_row(case, facts.calendar) for case in chosen]
    return section("alarms-cases", "Cases", lead, table(header, rows, class_="counts"), *(_case(facts, case, steps) for case in chosen))


def anchor(case: Case) -> str:
    """Return the place of a case in the page: its id, and of several cases with one id the number."""
    return f"case-{case[ID]}" + (f"-{case['number']}" if case["number"] != 1 else "")


def _row(case: Case, calendar: Calendar) -> Markup:
    begun_us = case["first_us"] if case["raised_us"] is None else case["raised_us"]
    after = ["—" if case[name] is None else span(case[name] - begun_us) for name in ("answered_us", "arrived_us", "closed_us")]
    numbers = join(tag("td", each, class_="n") for each in (calendar.clock(begun_us), *after))
    return tag(
        "tr",
        tag("th", tag("a", case[ID], href=f"#{anchor(case)}"), scope="row"),
        tag("td", label_text(case["alarm_type"] or "")),
        tag("td", truth_of_case(case).removeprefix("in truth ")),
        numbers,
        tag("td", label_text(case["outcome"])),
        tag("td", ", ".join(map(label_text, case["services"]))),
    )


def _case(facts: RunSummary, case: Case, steps: pl.DataFrame) -> Markup:
    own = steps.filter((pl.col(ID) == case[ID]) & (pl.col("number") == case["number"]))
    told = ", ".join(filter(None, (title_of_case(case), truth_of_case(case), label_text(case["outcome"]))))
    left = None if case["number"] else tag("p", "What is left of a case that began before this run.", class_="lead")
    # The id stands inside, not on the details: a browser opens those around what a link leads to.
    inside = tag("div", left, waits(case), picture(facts, case, steps), _steps(facts, own), id=anchor(case))
    return tag("details", tag("summary", case[ID], " ", tag("small", told)), inside, class_="case")


def _steps(facts: RunSummary, own: pl.DataFrame) -> Markup:
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if name in STEP_HEADER[:3] else None) for name in STEP_HEADER))
    at_us = own["at_us"].to_list()
    rows = [
        tag(
            "tr",
            join(tag("td", each, class_="n") for each in (facts.calendar.clock(at), span(at - before), span(at - at_us[0]))),
            tag("td", label_text(kind)),
            tag("td", ", ".join(label_text(each) for each in (word, about) if each)),
        )
        for at, before, kind, word, about in zip(at_us, [at_us[0], *at_us], own["kind"], own["word"], own["about"], strict=False)
    ]
    shown = rows[:MOST_STEPS]
    more = tag("p", f"and {grouped(len(rows) - len(shown))} more steps", class_="kept") if len(rows) > len(shown) else None
    return join((table(header, shown, class_="counts steps"), more))
