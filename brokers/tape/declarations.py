"""What a run's systems declared, as it stands in the tape's header: for boards and reports of a run, whether it lives or is over.

Owns the form. Kinds stand in the header beside it, and what no reader asks for (causes, links, figures) is not kept here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from sim.city.declared import Count, Declared
from sim.events.kinds import Kind
from sim.judge.measures import Measure, Objective


@dataclass(frozen=True, slots=True)
class Declaration:
    """A system's measures, promises, and what it counts: states by thing."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    system: str
    measures: tuple[Measure, ...] = ()
    objectives: tuple[Objective, ...] = ()
    census: dict[str, tuple[str, ...]] = field(default_factory=dict)


def declaration_of(system: Declared) -> Declaration:
    """Return what is kept of a system's declaration."""
    return Declaration(system.name, system.measures, system.objectives, {count.thing: count.states for count in system.census})


def declared_again(declarations: Sequence[Declaration], kinds: Iterable[Kind]) -> Iterator[Declared]:
    """Yield the systems as they were declared, with those that only kinds tell of. Raises UsageError for what no system declares."""
    own: dict[str, list[Kind]] = {each.system: [] for each in declarations}
    for kind in kinds:
        own.setdefault(kind.system, []).append(kind)
    known = {each.system: each for each in declarations}
    for name, emitted in own.items():
        each = known.get(name, Declaration(name))
        census = tuple(Count(thing, *states) for thing, states in each.census.items())
        yield Declared(name, kinds=tuple(emitted), measures=each.measures, objectives=each.objectives, census=census)
