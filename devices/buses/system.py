"""The bus system (B1-B6, N13) as the scenario knows it: parameters, what it measures and promises, and how it is built.

Owns the joining of network, fleet and cohorts. Each family's business stands in its own module.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from pydantic import Field, PrivateAttr

from devices.buses import figures, measures, publication
from devices.buses.driving.line import LineParameters, lines_in_service
from devices.buses.fleet import Fleet
from devices.buses.journal import Journal
from devices.buses.kinds import DISPATCH, HEADWAY_ALERT, KINDS, NETWORK_VERSION, SYSTEM
from devices.buses.network import blocks, synthetic
from devices.buses.network.arrays import Network
from devices.buses.network.gtfs import patterns as gtfs_patterns
from devices.buses.network.gtfs import places as gtfs_places
from devices.buses.network.gtfs import stops as gtfs_stops
from devices.buses.network.gtfs.feed import feed_paths
from devices.buses.network.gtfs.reading import read_gtfs
from devices.buses.network.motion import MOTION_FIGURES
from devices.buses.network.timetable import Timetable
from devices.buses.overview import Overview
from devices.buses.parameters import DispatchParameters, LinkParameters, RiderParameters, RunningParameters, SensorParameters
from devices.buses.positions import cohort as positions
from devices.buses.positions.cohort import PositionParameters, Positions
from devices.buses.publication import Publication, PublicationParameters
from devices.buses.record import Operation
from devices.buses.signs import cohort as signs
from devices.buses.signs.cohort import SignParameters, Signs
from devices.buses.versions import VersionParameters, Versions
from sim.city.city import City
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.links import Link
from sim.errors import UsageError
from sim.events.batches import CensusRow, LiveStatus, Span
from sim.events.collector import Collector
from sim.events.kinds import Kind
from sim.figures import Figure
from sim.judge.measures import Measure, Objective
from sim.notes import Note
from sim.parameters import Parameters
from sim.units import DAY_US, HOUR_US, MINUTE_US

LEAST_WARM_UP_US = 150 * MINUTE_US  # the longest trip of a synthetic line and its layover
ON_WIRE = (HEADWAY_ALERT, DISPATCH, NETWORK_VERSION)


MOST_TRIPS = 50_000_000  # of a run: a year of every bus in a city of twenty million


class Cohort(Protocol):
    """What fills in rows from the journal."""

    def emit(self, span: Span, out: Collector) -> None:
        """Leave the slice's rows."""
        ...


@dataclass(frozen=True, slots=True)
class BusInstallation:
    """The buses standing in one city; `cohorts` work in their order, after operation; `notes` are the timetable's."""

    fleet: Fleet
    operation: Operation
    cohorts: Sequence[Cohort]
    overview: Overview
    links: LinkParameters
    notes: Sequence[Note] = ()

    def emit(self, span: Span, out: Collector) -> None:
        """Fill in the slice."""
        self.operation.emit(span, out)
        for cohort in self.cohorts:
            cohort.emit(span, out)

    def census(self, span: Span) -> Iterator[CensusRow]:
        """Return vehicles and riders by state, and what the cohorts count."""
        yield from self.overview.census(span)
        for cohort in self.cohorts:
            counted = getattr(cohort, "census", None)
            if counted is not None:
                yield from counted(span)

    def live_status(self, span: Span) -> LiveStatus:
        """Return the lines now."""
        return self.overview.live_status(span)

    def link(self, kind: Kind) -> Link:
        """Return the mobile network of vehicles, signs and the signs' channel; desks and the centre are on a wire.

        In an outage QoS 1 kinds are stored and forwarded; QoS 0 kinds (positions, predictions, publications) are lost, because an
        old one is worth nothing once the next is there.
        """
        return Link() if kind in ON_WIRE else self.links.link(stores=kind.qos > 0)


class Buses(Parameters):
    """Buses, their riders, sensors and dispatchers; `gtfs` is a feed (zip or folder), none for a synthetic Shanghai.

    With a feed its time zone, its busiest weekday and its one district are used; every day of a longer run repeats that day's timetable.
    """

    gtfs: Path | None = Field(default=None, description="GTFS feed, a zip file or a folder")
    riders: RiderParameters = RiderParameters()
    running: RunningParameters = RunningParameters()
    sensors: SensorParameters = SensorParameters()
    dispatch: DispatchParameters = DispatchParameters()
    links: LinkParameters = LinkParameters()
    positions: PositionParameters = PositionParameters()
    signs: SignParameters = SignParameters()
    publication: PublicationParameters = PublicationParameters()
    versions: VersionParameters = VersionParameters()

    _networks: dict[date | None, Network] = PrivateAttr(default_factory=dict)
    _asked: date | None = PrivateAttr(default=None)  # the day of the scenario whose hours are being told

    @property
    def name(self) -> str:
        """Return the system's name."""
        return SYSTEM

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of event."""
        return KINDS

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Return the modelled measures."""
        return measures.MEASURES + positions.MEASURES + signs.MEASURES + publication.MEASURES

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Return the promises made by default."""
        return measures.OBJECTIVES + positions.OBJECTIVES + signs.OBJECTIVES + publication.OBJECTIVES

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Return every number from the world that is read here."""
        network = synthetic.FIGURES + blocks.FIGURES + gtfs_places.FIGURES + gtfs_stops.FIGURES + gtfs_patterns.FIGURES
        return network + MOTION_FIGURES + figures.FIGURES + DEMAND_FIGURES + positions.FIGURES + signs.FIGURES + publication.FIGURES

    @property
    def warm_up_us(self) -> int:
        """Return how long the city must run before it looks alive: the longest trip with its layover, whole quarters of an hour."""
        if self.gtfs is None:
            return LEAST_WARM_UP_US
        longest_us = max(int(trip.arrive_us[-1] - trip.depart_us[0]) for trip in self._feed(self._asked).trips)
        quarters = -(-longest_us * 5 // 4 // (HOUR_US // 4))
        return max(LEAST_WARM_UP_US, quarters * HOUR_US // 4)

    def calendar_hint(self, day: date | None) -> tuple[str, date] | None:
        """Return the feed's time zone and the day it will be run on, given the scenario's own wish; none without a feed.

        Raises UsageError for a feed that cannot be used, or a day it does not serve.
        """
        if self.gtfs is None:
            return None
        self._asked = day
        network = self._feed(day)
        return network.zone, network.day

    def decisive(self) -> Mapping[str, object]:
        """Return the parameters that decide the events; of a folder only the files of the feed count, whatever else lies there.

        Raises UsageError for a folder in which a file is there twice.
        """
        parameters = {name: getattr(self, name) for name in type(self).model_fields}
        if self.gtfs is not None and self.gtfs.is_dir():
            parameters["gtfs"] = [[path.name, path] for path in feed_paths(self.gtfs)]
        return parameters

    def build(self, city: City) -> BusInstallation:
        """Register vehicles, desks and signs and start the vehicles' processes. Raises UsageError for an unusable feed."""
        network = _bounded(self.network(city), city)
        journal = Journal()
        timetable = Timetable.of(network)
        parameters = LineParameters(self.riders, self.running, self.sensors)
        lines = lines_in_service(city, timetable, parameters)
        uplinks = city.uplinks(SYSTEM, self.links.link(stores=True))
        fleet = Fleet(city, timetable, lines, journal, self.running, self.sensors, self.dispatch, uplinks)
        operation = Operation(city, fleet, self.riders, self.sensors)
        cohorts = (
            Positions(city, network, journal, self.positions, self.riders.capacity, self.links.link(stores=False)),
            Signs(city, network, journal, self.signs),
            Versions(city, network, journal, self.versions),
            Publication(city, network, journal, self.publication, self.links.link(stores=False)),
        )
        return BusInstallation(fleet, operation, cohorts, Overview(fleet, self.riders.capacity), self.links, network.notes)

    def network(self, city: City) -> Network:
        """Return the network that runs in a city: the feed's on the day of the start, or a synthetic one of its scale and districts."""
        day = city.calendar.local(city.start_us).date()
        if self.gtfs is not None:
            return self._feed(day)
        return synthetic.synthetic_network(city.district_names, city.scale, day, city.streams)

    def _feed(self, day: date | None) -> Network:
        if self.gtfs is None:
            msg = "no feed was given"
            raise ValueError(msg)
        if day not in self._networks:
            network = read_gtfs(self.gtfs, day)
            self._networks[day] = self._networks[network.day] = network
        return self._networks[day]


def _bounded(network: Network, city: City) -> Network:
    """Return the network. Raises UsageError when a run of so many days has more than MOST_TRIPS trips."""
    days = -(-(city.end_us - city.warm_from_us) // DAY_US)
    trips = days * len(network.trips)
    if trips > MOST_TRIPS:
        msg = f"{len(network.trips):,} trips a day make {trips:,} in {days:,} days, more than the {MOST_TRIPS:,} of a run: run fewer days"
        raise UsageError(msg)
    return network
