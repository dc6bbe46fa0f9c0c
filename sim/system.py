"""The contract of a system of the plan: what `devices/` holds and a user's script may bring.

Owns protocols only. Adding a system is one file (or folder) and one line in `devices.SYSTEMS`.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sim.city.city import City
from sim.city.links import Link, Links
from sim.events.batches import CensusRow, LiveStatus, Span
from sim.events.collector import Collector
from sim.events.kinds import Kind
from sim.figures import Figure
from sim.judge.measures import Measure, Objective


class Installation(Protocol):
    """A system standing in one city.

    One that reads input may bring `notes`, a sequence of `sim.notes.Note`: what it repaired or left out there.
    """

    def emit(self, span: Span, out: Collector) -> None:
        """Fill in the slice's cohorts: everything that happened in it is known. Called in the warm-up too (`span.warm`)."""
        ...

    def census(self, span: Span) -> Iterable[CensusRow]:
        """Return what is in which state at the end of the slice."""
        ...

    def live_status(self, span: Span) -> LiveStatus | None:
        """Return what a person should see of the system now, or nothing."""
        ...

    def link(self, kind: Kind) -> Link | Links:
        """Return the network between the kind's devices and the broker, or the networks that they hang on one by one."""
        ...


class System(Protocol):
    """A system of the plan with its parameters; `name` is the topic level and the prefix of its measures."""

    @property
    def name(self) -> str:
        """Return the system's name."""
        ...

    @property
    def kinds(self) -> Sequence[Kind]:
        """Return the kinds of event it emits."""
        ...

    @property
    def measures(self) -> Sequence[Measure]:
        """Return its modelled measures."""
        ...

    @property
    def objectives(self) -> Sequence[Objective]:
        """Return the promises made by default; a scenario may add its own or replace them."""
        ...

    @property
    def figures(self) -> Sequence[Figure]:
        """Return every number from the world that the system reads."""
        ...

    def build(self, city: City) -> Installation:
        """Register devices in the city, start SimPy processes and return the standing system. Raises UsageError for bad input."""
        ...
