"""The sections of the alarms beside the generated one: an incident, answers, the centre's day, what came of alarms, devices, cases.

Owns which there are, and that the cases of a record are read once.
"""

import polars as pl

from dashboards.cases.milestones import cases_of
from dashboards.cases.steps import frames_of_cases, steps_of
from dashboards.report.drawing.markup import Markup, join
from dashboards.report.drawing.parts import section
from dashboards.report.record import RunRecord
from dashboards.report.systems.alarms.answers import answers
from dashboards.report.systems.alarms.case_list import case_list
from dashboards.report.systems.alarms.choosing import telling
from dashboards.report.systems.alarms.helpers import helpers
from dashboards.report.systems.alarms.incident import incident
from dashboards.report.systems.alarms.queue import queue
from dashboards.report.systems.alarms.supervised import supervised
from sim.city.declared import Declared
from sim.summary import RunSummary

COUNTED = ("operator", "device")  # things of the census that are drawn over the day


def sections(system: Declared, facts: RunSummary, record: RunRecord) -> Markup | None:
    """Return what there is to say of the alarms of a run, as far as it came."""
    steps = steps_of(frames_of_cases(record)).filter(pl.col("at_us") < facts.played_to_us)
    own = record.counts().filter((pl.col("system") == system.name) & pl.col("thing").is_in(COUNTED))
    counts = own.filter(pl.col("slice_end").dt.epoch("us") <= facts.played_to_us).collect()
    parts = [*(_of_cases(facts, steps, counts) if steps.height else (_nothing(),)), supervised(facts, counts)]
    return join(parts) if any(parts) else None


def _of_cases(facts: RunSummary, steps: pl.DataFrame, counts: pl.DataFrame) -> list[Markup | None]:
    cases = cases_of(steps)
    chosen = telling(cases)
    return [
        incident(facts, chosen, steps),
        answers(facts, steps),
        queue(facts, steps, counts),
        helpers(facts, cases, steps),
        case_list(facts, chosen, cases.height, steps),
    ]


def _nothing() -> Markup:
    return section("alarms-none", "Alarms and the centre", "No alarm was raised and nobody called the centre in this run.")
