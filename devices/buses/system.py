"""The bus system (B1-B6, N13) as the scenario knows it: parameters, what it measures and promises, and how it is built.

Owns the joining of network, fleet and cohorts. Each family's business stands in its own module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from pydantic import Field, PrivateAttr

from devices.buses import figures, measures, publication
from devices.buses.choices import VehicleState
from devices.buses.dispatch.centre import CENTRE_FIGURES
from devices.buses.dispatch.dispatchers import DISPATCHER_FIGURES
from devices.buses.dispatch.incoming import INCOMING_FIGURES
from devices.buses.driving.demand import TIDE_FIGURES
from devices.buses.driving.line import LINE_FIGURES, LineParameters, lines_in_service
from devices.buses.driving.riders import RIDER_FIGURES
from devices.buses.driving.running import RUNNING_FIGURES
from devices.buses.driving.vehicle_blocks import BLOCK_FIGURES
from devices.buses.fleet import FLEET_FIGURES, Fleet
from devices.buses.journal import Journal
from devices.buses.kinds import DISPATCH, HEADWAY_ALERT, KINDS, NETWORK_VERSION, SYSTEM
from devices.buses.network import blocks, synthetic
from devices.buses.network.arrays import Network
from devices.buses.network.gtfs import frequencies as gtfs_frequencies
from devices.buses.network.gtfs import patterns as gtfs_patterns
from devices.buses.network.gtfs import places as gtfs_places
from devices.buses.network.gtfs import stops as gtfs_stops
from devices.buses.network.gtfs.feed import feed_paths
from devices.buses.network.gtfs.reading import read_gtfs
from devices.buses.network.motion import MOTION_FIGURES
from devices.buses.network.timetable import TIMETABLE_FIGURES, Timetable
from devices.buses.overview import Overview
from devices.buses.parameters import (
    LINK_FIGURES,
    DispatchParameters,
    LinkParameters,
    RiderParameters,
    RunningParameters,
    SensorParameters,
)
from devices.buses.positions import cohort as positions
from devices.buses.positions.cohort import PositionParameters, Positions
from devices.buses.publication import Publication, PublicationParameters
from devices.buses.record import Operation
from devices.buses.sensors.arrivals import ARRIVAL_FIGURES
from devices.buses.sensors.counters import COUNTER_FIGURES
from devices.buses.sensors.sensing import SENSING_FIGURES
from devices.buses.signs import cohort as signs
from devices.buses.signs.cohort import SignParameters, Signs
from devices.buses.versions import VersionParameters, Versions
from devices.causes import ALIGHTING, BOARDING, BREAKDOWN, STORM
from sim.city.declared import Count, Declared
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.networks import Bearer
from sim.city.site import Site
from sim.errors import UsageError
from sim.events.batches import LiveStatus, Span
from sim.notes import Note
from sim.system import Installation, System, Timing
from sim.toolkit.availability import DeviceState
from sim.units import DAY_US, HOUR_US, MINUTE_US

LEAST_WARM_UP_US = 150 * MINUTE_US  # the longest trip of a synthetic line and its layover
ON_WIRE = (HEADWAY_ALERT, DISPATCH, NETWORK_VERSION)
NETWORK_FIGURES = (
    *synthetic.FIGURES,
    *blocks.FIGURES,
    *gtfs_places.FIGURES,
    *gtfs_stops.FIGURES,
    *gtfs_patterns.FIGURES,
    *gtfs_frequencies.FIGURES,
    *TIMETABLE_FIGURES,
    *MOTION_FIGURES,
)
OPERATION_FIGURES = (
    *figures.FIGURES,
    *RIDER_FIGURES,
    *TIDE_FIGURES,
    *RUNNING_FIGURES,
    *LINE_FIGURES,
    *BLOCK_FIGURES,
    *FLEET_FIGURES,
    *SENSING_FIGURES,
    *ARRIVAL_FIGURES,
    *COUNTER_FIGURES,
    *INCOMING_FIGURES,
    *CENTRE_FIGURES,
    *DISPATCHER_FIGURES,
    *LINK_FIGURES,
)
MOST_TRIPS = 50_000_000  # of a run: a year of every bus in a city of twenty million


DECLARED = Declared(
    SYSTEM,
    kinds=KINDS,
    measures=measures.MEASURES + positions.MEASURES + signs.MEASURES + publication.MEASURES,
    objectives=measures.OBJECTIVES + positions.OBJECTIVES + signs.OBJECTIVES + publication.OBJECTIVES,
    figures=NETWORK_FIGURES + OPERATION_FIGURES + DEMAND_FIGURES + positions.FIGURES + signs.FIGURES + publication.FIGURES,
    census=(Count("vehicle", VehicleState), Count("rider", "waiting"), Count("sign", DeviceState)),
    tells=(BOARDING, ALIGHTING),
    hears=(STORM, BREAKDOWN),
)


class Cohort(Protocol):
    """What fills in rows from the journal."""

    def emit(self, span: Span, out: Site) -> None:
        """Leave the slice's rows, and what is in which state at its end."""
        ...


@dataclass(frozen=True, slots=True)
class BusInstallation(Installation):
    """The buses standing in one city; `cohorts` work in their order, after operation."""

    site: Site
    fleet: Fleet
    operation: Operation
    cohorts: Sequence[Cohort]
    overview: Overview
    timetable_notes: Sequence[Note] = ()

    def emit(self, span: Span) -> None:
        """Fill in the slice."""
        self.operation.emit(span, self.site)
        if not span.warm:
            self.overview.count(span, self.site)
        for cohort in self.cohorts:
            cohort.emit(span, self.site)

    def live_status(self, span: Span) -> LiveStatus:
        """Return the lines now."""
        return self.overview.live_status(span)

    def notes(self) -> Sequence[Note]:
        """Return what was repaired or left out in the timetable."""
        return self.timetable_notes


class Buses(System):
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

    declared = DECLARED

    def timing(self, day: date | None) -> Timing:
        """Return the feed's time zone, the day it will be run on, and a warm-up as long as its longest trip with its layover.

        Raises UsageError for a feed that cannot be used, or a day it does not serve.
        """
        if self.gtfs is None:
            return Timing(warm_up_us=LEAST_WARM_UP_US)
        network = self._feed(day)
        longest_us = max(int(trip.arrive_us[-1] - trip.depart_us[0]) for trip in network.trips)
        quarters = -(-longest_us * 5 // 4 // (HOUR_US // 4))
        return Timing(network.zone, network.day, max(LEAST_WARM_UP_US, quarters * HOUR_US // 4))

    def decisive(self) -> Mapping[str, object]:
        """Return the parameters that decide the events; of a folder only the files of the feed count, whatever else lies there.

        Raises UsageError for a folder in which a file is there twice.
        """
        parameters = {name: getattr(self, name) for name in type(self).model_fields}
        if self.gtfs is not None and self.gtfs.is_dir():
            parameters["gtfs"] = [[path.name, path] for path in feed_paths(self.gtfs)]
        return parameters

    def build(self, site: Site) -> BusInstallation:
        """Register vehicles, desks and signs and start the vehicles' processes. Raises UsageError for an unusable feed.

        In an outage QoS 1 kinds are stored and forwarded; QoS 0 kinds (positions, predictions, publications) are lost, because an
        old one is worth nothing once the next is there. Vehicles and signs are on a mobile network each, desks and the centre on a wire.
        """
        site.cover(self.links.coverage(site.coverage(Bearer.VEHICLE)))
        stored, passing = self.links.links(stores=True), self.links.links(stores=False)
        site.connect(stored, *(kind for kind in KINDS if kind.qos and kind not in ON_WIRE))
        site.connect(passing, *(kind for kind in KINDS if not kind.qos))
        network = _bounded(self.network(site), site)
        if self.gtfs is not None:
            site.bring_districts({*(line.district for line in network.lines), *(stop.district for stop in network.stops)})
        journal = Journal()
        timetable = Timetable.of(network)
        parameters = LineParameters(self.riders, self.running, self.sensors)
        lines = lines_in_service(site, timetable, parameters)
        fleet = Fleet(
            site=site,
            timetable=timetable,
            lines=lines,
            journal=journal,
            running=self.running,
            sensors=self.sensors,
            dispatch=self.dispatch,
            uplinks=site.uplinks(stored),
        )
        operation = Operation(site, fleet, self.riders, self.sensors)
        cohorts = (
            Positions(site=site, network=network, journal=journal, parameters=self.positions, capacity=self.riders.capacity, link=passing),
            Signs(site, network, journal, self.signs),
            Versions(site, network, journal, self.versions),
            Publication(site, network, journal, self.publication, passing),
        )
        return BusInstallation(
            site=site,
            fleet=fleet,
            operation=operation,
            cohorts=cohorts,
            overview=Overview(fleet, self.riders.capacity),
            timetable_notes=network.notes,
        )

    def network(self, site: Site) -> Network:
        """Return the network that runs in a city: the feed's on the day of the start, or a synthetic one of its scale and districts."""
        day = site.calendar.local(site.start_us).date()
        if self.gtfs is not None:
            return self._feed(day)
        return synthetic.synthetic_network(site.district_names, site.scale, day, site.city.streams)

    def _feed(self, day: date | None) -> Network:
        if self.gtfs is None:
            msg = "no feed was given"
            raise ValueError(msg)
        if day not in self._networks:
            network = read_gtfs(self.gtfs, day)
            self._networks[day] = self._networks[network.day] = network
        return self._networks[day]


def _bounded(network: Network, site: Site) -> Network:
    """Return the network. Raises UsageError when a run of so many days has more than MOST_TRIPS trips."""
    days = -(-(site.end_us - site.warm_from_us) // DAY_US)
    trips = days * len(network.trips)
    if trips > MOST_TRIPS:
        msg = f"{len(network.trips):,} trips a day make {trips:,} in {days:,} days, more than the {MOST_TRIPS:,} of a run: run fewer days"
        raise UsageError(msg)
    return network
