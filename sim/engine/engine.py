"""The engine: a scenario becomes slices of events, always in virtual time.

Owns the order of work inside a slice: processes first, then cohorts, then links, sort and numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import simpy

from sim.blame import blamed, expect, refuse
from sim.city.calendar import EARLIEST_DAY, LATEST_DAY, Calendar
from sim.city.causes import Cause, in_order
from sim.city.city import City
from sim.city.declared import Declared, word_of
from sim.city.districts import DISTRICTS
from sim.city.incidents import Incidents
from sim.city.profile import Profile
from sim.city.site import Site
from sim.engine.instants import run_until
from sim.engine.rates import expected_of
from sim.engine.sequencing import Sequencer
from sim.errors import UsageError
from sim.events.batches import Batch, CensusRow, LiveStatus, Mark, Slice, Span
from sim.events.kinds import FieldType, Kind
from sim.events.row_checks import RowChecks
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.notes import Note
from sim.ports import Stop, never
from sim.scenario import DEFAULT_DAY, SLICE_US, Scenario
from sim.streams import Streams
from sim.system import Installation, Standing, System, Timing
from sim.units import DAY_US, duration_text

DEFAULT_ZONE = "Asia/Shanghai"
INSTALLATION = ("emit", "live_status", "notes")  # what an installation must answer to


@dataclass(frozen=True, slots=True)
class Hours:
    """When a scenario runs: its calendar and the instants of warm-up, start and end, city time, µs."""

    calendar: Calendar
    warm_from_us: int
    start_us: int
    end_us: int


def hours_of(scenario: Scenario) -> Hours:
    """Return when a scenario runs. A system may bring zone and day; the scenario's own words win. Raises UsageError."""
    zone, day, warm_up = scenario.zone, scenario.day, 0
    for system in scenario.systems:
        with blamed((system, None)):
            wish = expect(system, "timing", system.timing(scenario.day), Timing)
        zone, day, warm_up = zone or wish.zone, day or wish.day, max(warm_up, wish.warm_up_us)
    calendar = Calendar(zone or DEFAULT_ZONE)
    slices = -(-(warm_up if scenario.warm_up is None else scenario.warm_up) // SLICE_US)
    start_us = calendar.on_clock_us(_storable(day or DEFAULT_DAY, scenario.duration, slices * SLICE_US), scenario.start)
    return Hours(calendar, start_us - slices * SLICE_US, start_us, start_us + scenario.duration)


def _storable(day: date, duration_us: int, warm_up_us: int) -> date:
    """Return the day. Raises UsageError unless warm-up and run lie within what stores hold: ns from 1970 in 64 bits."""
    run_fits = day >= EARLIEST_DAY and (LATEST_DAY - day).days * DAY_US > duration_us
    if run_fits and (day - EARLIEST_DAY).days * DAY_US + DAY_US > warm_up_us:  # the first day may warm up before it
        return day
    what = f"warm-up of {duration_text(warm_up_us)} before" if run_fits else f"run of {duration_text(duration_us)} from"
    span = f"{EARLIEST_DAY} to {LATEST_DAY}"
    msg = f"a {what} {day} leaves {span}, which stores can hold: choose another date"
    raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Tenant:
    """A system of the scenario, its site, and what stands there."""

    system: System
    site: Site
    installation: Installation

    @property
    def pair(self) -> tuple[System, Installation]:
        """Return whom a failure may be of."""
        return self.system, self.installation


@dataclass(slots=True)
class Engine:
    """The source of a simulated run. Building it registers devices and starts processes; nothing has happened yet.

    Systems work in the order in which they hear each other, whatever the script's. Raises UsageError when a system refuses its
    parameters, or an incident's district is not in the city.
    """

    scenario: Scenario
    hours: Hours = field(init=False)
    city: City = field(init=False)
    tenants: tuple[Tenant, ...] = field(init=False)
    _sequencers: dict[str, Sequencer] = field(init=False)

    def __post_init__(self) -> None:
        """Build the city and let every system stand in it."""
        scenario = self.scenario
        self.hours = hours_of(scenario)
        streams = Streams(scenario.seed)
        declared = [system.declared for system in scenario.systems]
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
            heard_by=hearers(declared),
        )
        self.city.out.checks = RowChecks(
            {kind.name: kind for each in declared for kind in each.kinds},
            {measure.name: measure.unit for each in declared for measure in each.measures},
            self.city.roster,
            self.city.names,
            self.hours.warm_from_us,
        )
        sites = {system.name: (system, Site(self.city, system.declared)) for system in scenario.systems}
        self.city.profile = Profile.of(scenario.profile, self.hours.start_us, self.hours.end_us, expected_of(list(sites.values())))
        self.tenants = tuple(self._moved_in(*sites[name]) for name in working_order(declared))
        self.city.refuse_unknown_districts()
        self._sequencers = {kind.name: self._sequencer(each.site, kind) for each in self.tenants for kind in each.site.declared.kinds}

    def _moved_in(self, system: System, site: Site) -> Tenant:
        with blamed((system, None)):
            installation = system.build(site)
        if installation is None:
            installation = Standing()
        lacking = [name for name in INSTALLATION if not callable(getattr(installation, name, None))]
        if lacking:
            raise refuse(
                system, f"build returned {installation!r:.80}, which is no Installation: derive its class from it, or return nothing"
            )
        return Tenant(system, site, installation)

    def _sequencer(self, site: Site, kind: Kind) -> Sequencer:
        names: dict[str, Names] = {each.name: self.city.names(each.name) for each in kind.fields if each.type is FieldType.TEXT}
        return Sequencer(kind, site.uplinks(site.link(kind)), names)

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        """Warm the city up, then yield one closed slice after the other, until the end or until `stop` says so."""
        for span in self._spans():
            if stop():
                return
            with blamed(*(each.pair for each in self.tenants)):
                run_until(self.city.env, span.end_us)
            for tenant in self.tenants:
                self._emit(tenant, span)
            piece = self._close(span)
            if piece is not None:
                yield piece

    def _emit(self, tenant: Tenant, span: Span) -> None:
        emit: Callable[[Span], object] = tenant.installation.emit  # a script's may return something
        with blamed(tenant.pair):
            tenant.site.work(span)
            left = emit(span)
        if left is not None:
            raise refuse(tenant.system, f"emit returned {left!r:.80}: leave rows at the site and return nothing (no `yield`)")

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
        census = tuple(row for each in self.tenants for row in each.site.take_counts())
        if out.checks is not None:
            out.checks.opens_us = span.end_us
        self.city.causes.close(span)
        if span.warm:
            return None
        closed: list[Batch] = [self._sequencers[name].close(span, blocks[name]) for name in sorted(blocks)]
        batches = [batch for batch in closed if not batch.kind.label]
        return Slice(
            span=span,
            batches=tuple(batches),
            send_order=in_send_order(batches),
            samples=samples,
            census=census,
            marks=self._marks(span) + marks,
            live_statuses=tuple(self._live_status(each, span, census) for each in self.tenants),
            labels=tuple(batch for batch in closed if batch.kind.label),
        )

    def _live_status(self, tenant: Tenant, span: Span, census: Sequence[CensusRow]) -> LiveStatus:
        with blamed(tenant.pair):
            status = tenant.installation.live_status(span)
            if status is not None:
                return expect(tenant.system, "live_status", status, LiveStatus)
        return counted_status(tenant.system.name, len(tenant.site.roster), census)

    def _marks(self, span: Span) -> tuple[Mark, ...]:
        return tuple(mark for marked in (self.city.profile, self.city.incidents) for mark in marked.marks(span.start_us, span.end_us))

    def notes(self) -> tuple[Note, ...]:
        """Return what a shorter run leaves out, and what the systems repaired or left out in their input."""
        said = (*self.scenario.left_out, *self.scenario.late_stages(), *unheard(self.scenario))
        return (*map(Note, said), *(note for each in self.tenants for note in self._notes_of(each)))

    def _notes_of(self, tenant: Tenant) -> Sequence[Note]:
        with blamed(tenant.pair):
            return [expect(tenant.system, "notes", note, Note) for note in tenant.installation.notes()]


def working_order(declared: Sequence[Declared]) -> tuple[str, ...]:
    """Return the systems' names so that whoever tells a cause works before whoever hears it. Raises UsageError for a circle."""
    tells = {each.name: [cause.name for cause in each.tells] for each in declared}
    return in_order(tells, {each.name: [word_of(cause) for cause in each.hears] for each in declared})


def unheard(scenario: Scenario) -> Iterator[str]:
    """Yield what systems hear and nobody tells: neither a system nor an incident of the scenario."""
    told = {cause.name for system in scenario.systems for cause in system.declared.tells}
    for system in scenario.systems:
        for cause in (*system.declared.hears, *system.declared.awaits):
            if isinstance(cause, Cause) and cause.name not in told:
                yield f"system {system.name!r} hears {cause.name!r}, which no system of this scenario tells"


def hearers(declared: Sequence[Declared]) -> dict[str, frozenset[str]]:
    """Return which systems hear or await each cause and each word of an incident."""
    words = {word_of(cause) for each in declared for cause in (*each.hears, *each.awaits)}
    return {
        word: frozenset(each.name for each in declared if word in {word_of(cause) for cause in (*each.hears, *each.awaits)})
        for word in words
    }


def counted_status(system: str, devices: int, census: Sequence[CensusRow]) -> LiveStatus:
    """Return the live status of a system that has none of its own: its devices, and its census over all districts."""
    counted: dict[tuple[str, str], int] = {}
    for row in census:
        if row.system == system:
            counted[row.thing, row.state] = counted.get((row.thing, row.state), 0) + row.count
    words = [f"{count} {thing} {state}" for (thing, state), count in counted.items()]
    return LiveStatus(system, " · ".join([f"{devices} devices", *words]))


def kinds_of(systems: Sequence[System]) -> tuple[Kind, ...]:
    """Return the kinds of event of all systems, in the systems' order."""
    return tuple(kind for system in systems for kind in system.declared.kinds if not kind.label)


def labels_of(systems: Sequence[System]) -> tuple[Kind, ...]:
    """Return the kinds of label of all systems, in the systems' order."""
    return tuple(kind for system in systems for kind in system.declared.kinds if kind.label)
