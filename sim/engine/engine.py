"""The engine: a scenario becomes slices of events, always in virtual time.

Owns the order of work inside a slice: processes first, then cohorts, then links, sort and numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import simpy

from sim.blame import blamed, expect, refuse
from sim.city.calendar import EARLIEST_DAY, LATEST_DAY, Calendar
from sim.city.city import City
from sim.city.districts import DISTRICTS
from sim.city.incidents import Incidents
from sim.city.links import Link, Links
from sim.city.profile import Profile
from sim.engine.sequencing import Outlet, Sequencer
from sim.errors import UsageError
from sim.events.batches import Batch, CensusRow, LiveStatus, Mark, Slice, Span
from sim.events.collector import Collector
from sim.events.kinds import FieldType, Kind
from sim.events.row_checks import Declared
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.notes import Note
from sim.ports import Stop, never
from sim.scenario import DEFAULT_DAY, SLICE_US, Scenario
from sim.streams import Streams
from sim.system import Installation, System
from sim.units import DAY_US, duration_text

DEFAULT_ZONE = "Asia/Shanghai"
INSTALLATION = ("emit", "census", "live_status", "link")  # what an installation must answer to


@dataclass(frozen=True, slots=True)
class Hours:
    """When a scenario runs: its calendar and the instants of warm-up, start and end, city time, µs."""

    calendar: Calendar
    warm_from_us: int
    start_us: int
    end_us: int


def hours_of(scenario: Scenario) -> Hours:
    """Return when a scenario runs. A system may bring zone and day; the scenario's own words win. Raises UsageError."""
    zone, day = scenario.zone, scenario.day
    for system in scenario.typed_systems():
        with blamed((system, None)):
            hint = getattr(system, "calendar_hint", None)
            hinted = hint(scenario.day) if hint else None
        if hinted is not None:
            zone = zone or hinted[0]
            day = day or hinted[1]
    calendar = Calendar(zone or DEFAULT_ZONE)
    start_us = calendar.on_clock_us(_storable(day or DEFAULT_DAY, scenario.duration), scenario.start)
    wanted = [_warm_up_us(system) for system in scenario.typed_systems()]
    warm_up = scenario.warm_up if scenario.warm_up is not None else max(wanted, default=0)
    slices = -(-warm_up // SLICE_US)
    return Hours(calendar, start_us - slices * SLICE_US, start_us, start_us + scenario.duration)


def _warm_up_us(system: System) -> int:
    with blamed((system, None)):
        return int(getattr(system, "warm_up_us", 0))


def _storable(day: date, duration_us: int) -> date:
    """Return the day. Raises UsageError unless warm-up and run lie within what stores hold: ns from 1970 in 64 bits."""
    if day >= EARLIEST_DAY and (LATEST_DAY - day).days * DAY_US > duration_us:
        return day
    span = f"{EARLIEST_DAY} to {LATEST_DAY}"
    msg = f"a run of {duration_text(duration_us)} from {day} leaves {span}, which stores can hold: choose another date"
    raise UsageError(msg)


@dataclass(slots=True)
class Engine:
    """The source of a simulated run. Building it registers devices and starts processes; nothing has happened yet.

    Raises UsageError when a system refuses its parameters.
    """

    scenario: Scenario
    hours: Hours = field(init=False)
    city: City = field(init=False)
    installations: tuple[tuple[System, Installation], ...] = field(init=False)
    _sequencers: dict[str, Sequencer] = field(init=False)

    def __post_init__(self) -> None:
        """Build the city and let every system stand in it."""
        scenario = self.scenario
        self.hours = hours_of(scenario)
        streams = Streams(scenario.seed)
        self.city = City(
            env=simpy.Environment(initial_time=self.hours.warm_from_us),
            calendar=self.hours.calendar,
            streams=streams,
            scale=scenario.scale,
            warm_from_us=self.hours.warm_from_us,
            start_us=self.hours.start_us,
            end_us=self.hours.end_us,
            district_names=scenario.districts or tuple(district.name for district in DISTRICTS),
            incidents=Incidents(scenario.incidents, self.hours.start_us, streams),
            profile=Profile.of(scenario.profile, self.hours.start_us, self.hours.end_us),
        )
        systems = scenario.typed_systems()
        self.city.out.declared = Declared(
            {kind.name: kind for system in systems for kind in system.kinds},
            {measure.name: measure for system in systems for measure in system.measures},
            self.city.roster,
            self.city.names,
            self.hours.warm_from_us,
        )
        self.installations = tuple((system, self._built(system)) for system in systems)
        self._sequencers = {
            kind.name: self._sequencer(system, installation, kind) for system, installation in self.installations for kind in system.kinds
        }

    def _built(self, system: System) -> Installation:
        with blamed((system, None)):
            installation = system.build(self.city)
        lacking = [name for name in INSTALLATION if not callable(getattr(installation, name, None))]
        if lacking:
            raise refuse(system, f"build returned {installation!r:.80}, which has no {', '.join(lacking)}: return what stands in the city")
        return installation

    def _sequencer(self, system: System, installation: Installation, kind: Kind) -> Sequencer:
        names: dict[str, Names] = {each.name: self.city.names(each.name) for each in kind.fields if each.type is FieldType.TEXT}
        with blamed((system, installation)):
            answer = installation.link(kind)
            link = answer if isinstance(answer, Links) else expect(system, "link", answer, Link)
        outlet = Outlet(
            self.city.roster(system.name),
            link,
            lambda district: self.city.outages(system.name, district),
            names,
        )
        return Sequencer(kind, outlet, self.city.streams)

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        """Warm the city up, then yield one closed slice after the other, until the end or until `stop` says so."""
        for span in self._spans():
            if stop():
                return
            with blamed(*self.installations):
                self.city.env.run(until=span.end_us)
            for system, installation in self.installations:
                self._emit(system, installation, span)
            piece = self._close(span)
            if piece is not None:
                yield piece

    def _emit(self, system: System, installation: Installation, span: Span) -> None:
        emit: Callable[[Span, Collector], object] = installation.emit  # a script's may return something
        with blamed((system, installation)):
            left = emit(span, self.city.out)
        if left is not None:
            raise refuse(system, f"emit returned {left!r:.80}: leave rows with `out.rows` or `out.record` and return nothing (no `yield`)")

    def _spans(self) -> Iterator[Span]:
        at_us, index = self.hours.warm_from_us, -(self.hours.start_us - self.hours.warm_from_us) // SLICE_US
        while at_us < self.hours.end_us:
            end_us = min(at_us + SLICE_US, self.hours.end_us)
            yield Span(index, at_us, end_us, warm=at_us < self.hours.start_us)
            at_us, index = end_us, index + 1

    def _close(self, span: Span) -> Slice | None:
        out = self.city.out
        blocks = out.take_blocks(span.end_us)
        samples, marks = out.take_samples(), out.take_marks()
        if out.declared is not None:
            out.declared.opens_us = span.end_us
        if span.warm:
            return None
        closed: list[Batch] = [self._sequencers[name].close(span, blocks[name]) for name in sorted(blocks)]
        batches = [batch for batch in closed if not batch.kind.label]
        return Slice(
            span,
            tuple(batches),
            in_send_order(batches),
            samples,
            tuple(row for system, installation in self.installations for row in self._census(system, installation, span)),
            self._marks(span) + marks,
            tuple(
                live_status
                for system, installation in self.installations
                if (live_status := self._live_status(system, installation, span)) is not None
            ),
            tuple(batch for batch in closed if batch.kind.label),
        )

    def _census(self, system: System, installation: Installation, span: Span) -> list[CensusRow]:
        with blamed((system, installation)):
            return [expect(system, "census", row, CensusRow) for row in installation.census(span)]

    def _live_status(self, system: System, installation: Installation, span: Span) -> LiveStatus | None:
        with blamed((system, installation)):
            live_status = installation.live_status(span)
            return None if live_status is None else expect(system, "live_status", live_status, LiveStatus)

    def _marks(self, span: Span) -> tuple[Mark, ...]:
        return tuple(mark for marked in (self.city.profile, self.city.incidents) for mark in marked.marks(span.start_us, span.end_us))

    def notes(self) -> tuple[Note, ...]:
        """Return what the systems repaired or left out in their input, in their order."""
        return tuple(note for _, installation in self.installations for note in getattr(installation, "notes", ()))


def kinds_of(systems: Sequence[System]) -> tuple[Kind, ...]:
    """Return the kinds of event of all systems, in the systems' order."""
    return tuple(kind for system in systems for kind in system.kinds if not kind.label)


def labels_of(systems: Sequence[System]) -> tuple[Kind, ...]:
    """Return the kinds of label of all systems, in the systems' order."""
    return tuple(kind for system in systems for kind in system.kinds if kind.label)
