"""A scenario as people read it before they run it: what it does, what it promises and what it assumes.

Owns the tables of `citybeat scenarios`. Loading is `scenarios.loader`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

from citybeat.screen.console import table
from scenarios.loader import load, shipped_names
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.districts import DISTRICT_FIGURES
from sim.city.profile import stage_names
from sim.engine.engine import hours_of
from sim.events.kinds import Choice, Field
from sim.figures import Figure, Grade
from sim.judge.measures import Objective
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import VERDICT_FIGURES
from sim.parameters import is_duration
from sim.scenario import Scenario
from sim.system import System
from sim.units import duration_text

SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}  # what pydantic calls limits


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
    warm_us = hours.start_us - hours.warm_from_us
    warm_up = f"after a warm-up of {duration_text(warm_us)}" if warm_us else "without a warm-up"
    lines = [
        f"begins      {start:%a %Y-%m-%d %H:%M} {hours.calendar.zone}, for {duration_text(scenario.duration)} {warm_up}",
        f"scale       {100 * scenario.scale:g} % of the city, speed {scenario.speed:g}, seed {scenario.seed}",
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
    shown = table("name", "value", "limits", "what", title=f"{system.name}: parameters (--set {system.name}.NAME=VALUE)")
    if isinstance(system, BaseModel):
        figures = {figure.name: figure for figure in system.declared.figures}
        for leaf in leaves(system):
            shown.add_row(leaf.place, leaf.value, leaf.limits, leaf.told(figures))
    return shown


@dataclass(frozen=True, slots=True)
class Leaf:
    """One parameter: its place below the system, its value, what limits it, what it is, and the name of the figure that it comes from."""

    place: str
    value: str
    limits: str = ""
    doc: str = ""
    figure: str = ""

    def told(self, figures: Mapping[str, Figure]) -> str:
        """Return what it is, with grade and source of its figure."""
        found = figures.get(self.figure)
        return " · ".join(part for part in (self.doc, _grade(found.grade) if found else "", _source(found) if found else "") if part)


def leaves(model: BaseModel, prefix: str = "") -> list[Leaf]:
    """Return every parameter below a model, depth first."""
    rows = []
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            rows += leaves(value, f"{prefix}{name}.")
        else:
            extra = field.json_schema_extra
            figure = str(extra.get("figure", "")) if isinstance(extra, dict) else ""
            rows.append(Leaf(prefix + name, _worded(field, value), _limits(field), field.description or "", figure))
    return rows


def _worded(field: FieldInfo, value: object) -> str:
    """Return a value as `--set` takes it."""
    if isinstance(value, Choice):
        return value.word
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if not isinstance(value, int) or not is_duration(field):
        return "none" if value is None else str(value)
    return duration_text(value) if value else "0s"


def _limits(field: FieldInfo) -> str:
    """Return what a parameter's value must be; that a duration is not negative goes without saying."""
    found = [(sign, getattr(each, name)) for each in field.metadata for name, sign in SIGNS.items() if hasattr(each, name)]
    return ", ".join(f"{sign} {_worded(field, bound)}" for sign, bound in found if not (is_duration(field) and (sign, bound) == ("≥", 0)))


def _kinds(system: System) -> Table:
    shown = table("kind", "ids", "QoS", "tags", "fields", title=f"{system.name}: kinds of event")
    for kind in system.declared.kinds:
        tags = [*(["device"] if kind.device_tag else []), *(field.name for field in kind.tags)]
        fields = [_typed(field) for field in kind.wire_fields if not field.tag]
        shown.add_row(kind.name, " ".join(kind.plan_ids), str(kind.qos), ", ".join(tags), ", ".join(fields))
    return shown


def _typed(field: Field) -> str:
    return f"{field.name} ({field.unit or field.type.value})"


def _promises(system: System) -> Table:
    shown = table("measure", "promise", "grade", "source", title=f"{system.name}: promises")
    units = {measure.name: measure.unit for measure in system.declared.measures}
    for each in system.declared.objectives:
        shown.add_row(each.measure, promise_text(Promise.unjudged(each, units[each.measure])), _grade(each.grade), _source(each))
    return shown


def figure_table(name: str, figures: Sequence[Figure]) -> Table:
    """Return figures with value, unit, range, grade and source; K is spelled out as an assumption."""
    shown = table("figure", "value", "unit", "range", "grade", "source", title=f"{name}: figures")
    for figure in figures:
        value = f"{figure.value:g}" if isinstance(figure.value, int | float) else str(figure.value)
        shown.add_row(figure.name, value, figure.unit, figure.reach("{:g}".format), _grade(figure.grade), _source(figure))
    return shown


def _grade(grade: Grade) -> str:
    return "K (assumption)" if grade is Grade.K else grade.value


def _source(founded: Figure | Objective) -> str:
    """Return where a number comes from; that it is an assumption its grade says."""
    return founded.source.removeprefix("assumption").lstrip(":;, ") if founded.grade is Grade.K else founded.source
