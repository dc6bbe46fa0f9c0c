"""A city whose buses run exactly to the timetable: legs without SimPy, for tests and benchmarks of the cohorts."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import simpy

from devices.buses.choices import StopAction
from devices.buses.journal import Journal, Leg, OperatedTrip, Report
from devices.buses.network.arrays import Network
from devices.buses.network.synthetic import synthetic_network
from devices.buses.system import Buses
from sim.city.calendar import Calendar
from sim.city.city import City
from sim.city.incidents import Incident, Incidents
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.collector import Block
from sim.events.kinds import Kind
from sim.streams import Streams
from sim.units import HOUR_US, MINUTE_US

DAY = date(2015, 3, 2)


def a_site(
    districts: Sequence[str] = ("Jingan",),
    *,
    seed: int = 7,
    hour: float = 8,
    hours: float = 1,
    scale: float = 0.01,
    incidents: Sequence[Incident] = (),
) -> Site:
    calendar = Calendar()
    start_us = calendar.instant_us(DAY, round(hour * HOUR_US))
    streams = Streams(seed)
    city = City(
        simpy.Environment(initial_time=start_us),
        calendar,
        streams,
        scale,
        start_us,
        start_us,
        start_us + round(hours * HOUR_US),
        tuple(districts),
        Incidents(incidents, start_us, streams),
    )
    return Site(city, Buses.declared)


def a_network(districts: Sequence[str] = ("Jingan",), scale: float = 0.1, seed: int = 7) -> Network:
    return synthetic_network(districts, scale, DAY, Streams(seed))


def vehicles_of(site: Site, network: Network) -> dict[str, int]:
    roster = site.roster
    district = {line.route: line.district for line in network.lines}
    return {
        block: roster.add(f"bus-{block}", district[network.patterns[network.trips[trips[0]].pattern].route])
        for block, trips in network.blocks.items()
    }


def run_timetable(site: Site, network: Network, journal: Journal, vehicles: dict[str, int], until_us: int) -> None:
    """Leave the legs, stays and arrivals of every trip under way between the start of the city and an instant."""
    day_us = site.calendar.instant_us(DAY)
    for block, trips in network.blocks.items():
        for number in trips:
            trip = network.trips[number]
            if day_us + int(trip.depart_us[-1]) > site.start_us and day_us + int(trip.arrive_us[0]) < until_us:
                _run_trip(site, network, journal, vehicles[block], number, day_us)


def _run_trip(site: Site, network: Network, journal: Journal, vehicle: int, number: int, day_us: int) -> None:
    trip = network.trips[number]
    codes = site.names("trip").code(trip.trip_id), site.names("start_date").code(f"{DAY:%Y%m%d}")
    operated = journal.trips.end
    journal.trips.add(OperatedTrip(day_us + int(trip.depart_us[0]), number, trip.pattern, *codes, day_us, vehicle))
    arrive, depart = (day_us + times for times in (trip.arrive_us, trip.depart_us))
    along = network.patterns[trip.pattern].distance_m
    load = 0
    for stop in range(len(along)):
        if stop:
            journal.legs.add(
                Leg(vehicle, operated, int(depart[stop - 1]), int(arrive[stop]), float(along[stop - 1]), float(along[stop]), stop, load)
            )
            journal.arrivals[operated, stop] = int(arrive[stop])
            load = (load + 7 * stop) % 60
        if depart[stop] > arrive[stop]:
            stay = Leg(vehicle, operated, int(arrive[stop]), int(depart[stop]), float(along[stop]), float(along[stop]), stop, load)
            journal.legs.add(stay)


def report_timetable(journal: Journal, network: Network, site: Site, until_us: int, *, late_us: int = 0, lag_us: int = 2_000_000) -> None:
    """Tell the centre of every departure from a terminal and every arrival of the operated trips, `late_us` after the timetable."""
    rows = []
    for number, operated in enumerate(journal.trips.rows):
        trip, day_us = network.trips[operated["trip"]], int(operated["day_us"])
        rows.append((day_us + int(trip.depart_us[0]) + late_us, number, 0, StopAction.DEPART))
        rows += [(day_us + int(at) + late_us, number, place + 1, StopAction.ARRIVE) for place, at in enumerate(trip.arrive_us[1:])]
    for seen_us, number, place, action in sorted(rows):
        if site.start_us <= seen_us < until_us:
            journal.reports.add(Report(seen_us + lag_us, seen_us, number, place, action))


def gathered(kind: Kind, blocks: Sequence[Block]) -> dict[str, np.ndarray]:
    """Join the rows of a kind from several slices into columns; time and device under those names."""
    columns = {each.name: np.concatenate([np.asarray(block.columns[each.name]) for block in blocks]) for each in kind.fields}
    return {
        "time": np.concatenate([block.time_us for block in blocks]),
        "device": np.concatenate([block.device for block in blocks]),
        **columns,
    }


def spans(site: Site, length_us: int = MINUTE_US) -> Iterator[Span]:
    for index, start_us in enumerate(np.arange(site.start_us, site.end_us, length_us)):
        yield Span(index, int(start_us), int(min(start_us + length_us, site.end_us)))
