"""A scenario as people read it before they run it: what it does, what it promises and what it assumes.

Owns the tables of `citybeat scenarios`. Loading is `scenarios.loader`'s.
"""

from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from citybeat.screen.console import table
from scenarios.loader import load, shipped_names
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.districts import DISTRICT_FIGURES
from sim.city.profile import stage_names
from sim.engine.engine import hours_of
from sim.figures import Figure, Grade
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import VERDICT_FIGURES
from sim.parameters import DurationUs
from sim.scenario import Scenario
from sim.system import System
from sim.units import duration_text

DURATION_MARK = get_args(DurationUs)[1]  # what only a parameter of this type carries


def listed() -> Table:
    """Return the shipped scenarios."""
    shown = table("scenario", "systems", "city time", "what")
    for name in shipped_names():
        scenario = load(name)
        systems = ", ".join(system.name for system in scenario.systems)
        shown.add_row(name, systems, duration_text(scenario.duration), scenario.title)
    return shown


def show(scenario: Scenario, out: Console) -> None:
    """Print parameters, kinds, promises, and every figure with its grade and source."""
    out.print(Text(scenario.title or scenario.name, style="bold"), f"{scenario.doc}\n", sep="\n")
    out.print(_when(scenario), soft_wrap=True)
    for system in scenario.systems:
        for each in (_parameters(system), _kinds(system), _promises(system), figure_table(system.name, system.declared.figures)):
            out.print(each)
    out.print(figure_table("the city", (*DEMAND_FIGURES, *DISTRICT_FIGURES)))
    out.print(figure_table("the verdict", VERDICT_FIGURES))


def _when(scenario: Scenario) -> str:
    hours = hours_of(scenario)
    start = hours.calendar.local(hours.start_us)
    warm_up = duration_text(hours.start_us - hours.warm_from_us) or "0"
    lines = [
        f"begins      {start:%a %Y-%m-%d %H:%M} {hours.calendar.zone}, for {duration_text(scenario.duration)} after a warm-up of {warm_up}",
        f"scale       {scenario.scale:g} of the city, speed {scenario.speed:g}, seed {scenario.seed}",
    ]
    named = zip(stage_names(scenario.profile), scenario.profile, strict=True)
    lines += [f"stage       {name}: {duration_text(stage.lasting)}, {stage.text()}" for name, stage in named]
    for incident in scenario.incidents:
        where = ", ".join(incident.districts) or "the whole city"
        lines.append(f"incident    {incident.what} after {duration_text(incident.after)} for {duration_text(incident.lasting)} in {where}")
    shares = [
        f"{name} {share:.2%}"
        for name, share in zip(("lost", "late", "duplicated", "reordered", "malformed"), scenario.faults.shares, strict=True)
        if share
    ]
    lines.append(f"faults      {', '.join(shares) or 'none'}")
    return "\n".join(lines) + "\n"


def _parameters(system: System) -> Table:
    shown = table("name", "value", "what", title=f"{system.name}: parameters (--set {system.name}.NAME=VALUE)")
    if isinstance(system, BaseModel):
        for place, value, doc in leaves(system):
            shown.add_row(place, value, doc)
    return shown


def leaves(model: BaseModel, prefix: str = "") -> list[tuple[str, str, str]]:
    """Return every parameter below a model as (place, value, what it is), depth first."""
    rows = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            rows += leaves(value, f"{prefix}{name}.")
        else:
            is_duration = value is not None and DURATION_MARK in field.metadata
            rows.append((prefix + name, (duration_text(value) if value else "0s") if is_duration else str(value), field.description or ""))
    return rows


def _kinds(system: System) -> Table:
    shown = table("kind", "ids", "QoS", "tags", "fields", title=f"{system.name}: kinds of event")
    for kind in system.declared.kinds:
        tags = [*(["device"] if kind.device_tag else []), *(field.name for field in kind.tags)]
        fields = [field.name for field in kind.wire_fields if not field.tag]
        shown.add_row(kind.name, " ".join(kind.plan_ids), str(kind.qos), ", ".join(tags), ", ".join(fields))
    return shown


def _promises(system: System) -> Table:
    shown = table("measure", "promise", "grade", "source", title=f"{system.name}: promises")
    units = {measure.name: measure.unit for measure in system.declared.measures}
    for each in system.declared.objectives:
        shown.add_row(each.measure, promise_text(Promise.unjudged(each, units[each.measure])), each.grade.value, each.source)
    return shown


def figure_table(name: str, figures: Sequence[Figure]) -> Table:
    """Return figures with value, unit, range, grade and source; K is spelled out as an assumption."""
    shown = table("figure", "value", "unit", "range", "grade", "source", title=f"{name}: figures")
    for figure in figures:
        span = "" if figure.low is None else f"{figure.low:g}–{figure.high:g}"
        value = f"{figure.value:g}" if isinstance(figure.value, int | float) else str(figure.value)
        grade = "K (assumption)" if figure.grade is Grade.K else figure.grade.value
        shown.add_row(figure.name, value, figure.unit, span, grade, figure.source)
    return shown
