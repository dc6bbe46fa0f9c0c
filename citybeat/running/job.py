"""A job: anything that can be pumped, whether it is simulated now or replayed from a tape.

Owns what the session must know of its source; where the events come from makes no difference to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sim.city.calendar import Calendar
from sim.city.declared import Declared
from sim.city.profile import STEADY, Profile
from sim.engine.engine import Engine, kinds_of, labels_of
from sim.events.kinds import Kind
from sim.figures import Figure
from sim.judge.measures import Measure, Objective
from sim.judge.meters import Meters
from sim.judge.pipeline import PIPELINE_MEASURES, PIPELINE_OBJECTIVES
from sim.notes import Note
from sim.play.faults import strike
from sim.ports import Source, Step
from sim.scenario import Scenario
from sim.streams import Streams


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run: source, kinds, instants of city time, promises, and how to name it.

    `steps` are taken with each slice before it is played, wire faults first; `meters` may already hold what playing does not measure;
    `series` is the number of series the run will make in the store; `notes` say what was repaired or left out in the input;
    `declared` is what the systems say of themselves; `districts` are known only to a simulation; `again` is the shell line that repeats
    the run. Of a run that is played again `recorded` has the modelled measures and `digests` the log's and the wire's, empty where they
    are not known.
    """

    name: str
    title: str
    seed: int
    scale: float
    scenario_digest: str
    source: Source
    kinds: Sequence[Kind]
    calendar: Calendar
    start_us: int
    end_us: int
    measures: Sequence[Measure]
    objectives: Sequence[Objective]
    figures: Sequence[Figure]
    series: int
    steps: Sequence[Step] = ()
    meters: Meters = field(default_factory=Meters)
    recorded: Meters = field(default_factory=Meters)
    replay_of: str = ""
    notes: Sequence[Note] = ()
    districts: Sequence[str] = ()
    again: str = ""
    digests: tuple[str, str] = ("", "")
    labels: Sequence[Kind] = ()
    declared: Sequence[Declared] = ()
    profile: Profile = STEADY


def simulate(scenario: Scenario) -> Job:
    """Return the job of simulating a scenario. Raises UsageError when the city cannot be built."""
    engine = Engine(scenario)
    systems = scenario.systems
    declared = declared_in(scenario)
    return Job(
        name=scenario.name,
        title=scenario.title or scenario.name,
        seed=scenario.seed,
        scale=scenario.scale,
        scenario_digest=scenario.digest(),
        source=engine,
        kinds=kinds_of(systems),
        labels=labels_of(systems),
        calendar=engine.hours.calendar,
        start_us=engine.hours.start_us,
        end_us=engine.hours.end_us,
        measures=(*(measure for each in declared for measure in each.measures), *PIPELINE_MEASURES),
        objectives=promises_of(scenario),
        declared=declared,
        figures=tuple(figure for each in declared for figure in each.figures),
        series=series_of(engine),
        profile=engine.city.profile,
        districts=engine.city.district_names,
        steps=(partial(strike, faults=scenario.faults, streams=Streams(scenario.seed)),),
        notes=engine.notes(),
    )


def promises_of(scenario: Scenario) -> tuple[Objective, ...]:
    """Return what is promised in a scenario: by its systems and of the pipeline, unless it has only its own, and by itself."""
    own = [objective for system in scenario.systems for objective in system.declared.objectives]
    return (*(() if scenario.only_these_objectives else (*own, *PIPELINE_OBJECTIVES)), *scenario.objectives)


def declared_in(scenario: Scenario) -> tuple[Declared, ...]:
    """Return what the systems of a scenario declare, each with the promises that are made of its measures in this scenario."""
    promised = promises_of(scenario)
    return tuple(
        replace(each, objectives=tuple(promise for promise in promised if promise.measure.startswith(f"{each.name}.")))
        for each in (system.declared for system in scenario.systems)
    )


def series_of(engine: Engine) -> int:
    """Return the most series a run can make in the store: for each kind its devices, or routes or districts, times its choices."""
    total = 0
    for tenant in engine.tenants:
        for kind in kinds_of([tenant.system]):
            places = len(tenant.site.roster) if kind.device_tag else len(engine.city.districts)
            choices = 1
            for tag in kind.tags:
                if tag.values:
                    choices *= len(tag.values)
                elif not kind.device_tag:
                    places = max(places, len(engine.city.names(tag.name)))
            total += max(places, 1) * choices
    return total
