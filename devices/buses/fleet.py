"""The fleet: all vehicles of the site, who works which block, who is spare, and what breaks.

Owns the wiring of vehicle blocks, depots and dispatchers and the start of their processes. It draws only a vehicle's equipment and wear.
"""

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.buses.choices import VehicleState
from devices.buses.dispatch.centre import Alert, Centre
from devices.buses.dispatch.dispatchers import Dispatcher
from devices.buses.dispatch.incoming import Incoming
from devices.buses.driving.bus import Bus, Vehicle
from devices.buses.driving.depots import Depot
from devices.buses.driving.line import LineInService
from devices.buses.driving.trips import Driving
from devices.buses.driving.vehicle_blocks import VehicleBlock
from devices.buses.journal import Journal
from devices.buses.network.timetable import Timetable
from devices.buses.parameters import DispatchParameters, RunningParameters, SensorParameters
from devices.causes import BREAKDOWN
from sim.city.incidents import Occurrence
from sim.city.site import Site
from sim.city.uplinks import Uplinks
from sim.figures import Figure
from sim.toolkit.desks import Desk
from sim.toolkit.draws import lognormal

REPAIR_SIGMA = Figure(
    "spread of a repair's time, sigma of its logarithm", value=0.47, unit="ratio", source="assumption: CV 0.5", low=0.2, high=0.8
)
FLEET_FIGURES = (REPAIR_SIGMA,)
M_PER_KM = 1_000

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Fleet:
    """Everything that runs. Reports of stops come in by `uplinks`.

    `vehicles` by device number; `desk_of` the dispatcher of each line, by its number.
    """

    site: Site
    timetable: Timetable
    lines: list[LineInService]
    journal: Journal
    running: RunningParameters
    sensors: SensorParameters
    dispatch: DispatchParameters
    uplinks: Uplinks
    vehicles: dict[int, Vehicle] = field(default_factory=dict)
    dispatchers: list[Dispatcher] = field(default_factory=list)
    desk_of: dict[int, Dispatcher] = field(default_factory=dict)
    centre: Centre = field(init=False)
    driving: Driving = field(init=False)

    def __post_init__(self) -> None:
        """Register vehicles and desks district by district and start all processes."""
        network, site = self.timetable.network, self.site
        self.centre = Centre(self.timetable.slot_count, self.dispatch, self._alert)
        self.driving = Driving(
            site=site,
            timetable=self.timetable,
            lines=self.lines,
            parameters=self.running,
            journal=self.journal,
            report=Incoming(site.env, self.uplinks, self.centre.hear).send,
            broken=self._broken,
            trip_codes=site.names("trip").codes(trip.trip_id for trip in network.trips).tolist(),
            stop_codes=site.names("stop").codes(stop.stop_id for stop in network.stops).tolist(),
        )
        blocks = self._blocks_by_line()
        for district, lines in self._groups():
            self._open(district, lines, blocks)
        for occurrence in site.incidents(BREAKDOWN):
            site.process(self._incident(occurrence))

    def census(self) -> Counter[tuple[str, VehicleState]]:
        """Return how many vehicles are in which state, by (district, state)."""
        return Counter((vehicle.district, vehicle.state) for vehicle in self.vehicles.values())

    def _blocks_by_line(self) -> dict[int, list[tuple[str, tuple[int, ...]]]]:
        """Return the blocks whose first trip belongs to a line, in the network's order."""
        network = self.timetable.network
        blocks: dict[int, list[tuple[str, tuple[int, ...]]]] = {}
        for name, trips in network.blocks.items():
            line = self.timetable.pattern_stops_of(trips[0]).line
            blocks.setdefault(line, []).append((name, trips))
        return blocks

    def _groups(self) -> Iterator[tuple[str, list[LineInService]]]:
        """Yield each desk's district and lines: as even as can be, at most so many to a desk."""
        districts: dict[str, list[LineInService]] = {}
        for line in self.lines:
            districts.setdefault(line.district, []).append(line)
        for district, lines in districts.items():
            desks = -(-len(lines) // self.dispatch.lines_per_desk)
            for number in range(desks):
                yield district, lines[number * len(lines) // desks : (number + 1) * len(lines) // desks]

    def _open(self, district: str, lines: list[LineInService], blocks: dict[int, list[tuple[str, tuple[int, ...]]]]) -> None:
        """Open a desk with its depot and set the vehicles of its lines to work."""
        site = self.site
        roster = site.roster
        number = 1 + sum(dispatcher.district == district for dispatcher in self.dispatchers)
        rng = site.stream("desk", number, district=district)
        depot = Depot(site.env, self._depot_point(lines))
        device = roster.add(f"desk-{district}-{number}", district, on_wire=True)
        desk = Desk(site.env, self.dispatch.servers)
        dispatcher = Dispatcher(
            driving=self.driving,
            centre=self.centre,
            parameters=self.dispatch,
            device=device,
            district=district,
            lines=lines,
            depot=depot,
            rng=rng,
            desk=desk,
        )
        self.dispatchers.append(dispatcher)
        working = 0
        for line in lines:
            self.desk_of[line.number] = dispatcher
            for place, (name, trips) in enumerate(blocks.get(line.number, ())):
                vehicle = self._vehicle(f"{line.route}-bus-{place + 1:02d}", district, rng)
                block = VehicleBlock(
                    driving=self.driving,
                    depot=depot,
                    vehicle=vehicle,
                    trips=trips,
                    block_code=site.names("block").code(name),
                    missing_after=self.dispatch.missing_after,
                    missing=dispatcher.missing,
                )
                dispatcher.blocks.append(block)
                site.env.process(block.work())
                working += 1
        for place in range(self._spares(working)):
            depot.give(self._vehicle(f"{lines[0].route}-spare-{place + 1:02d}", district, rng))

    def _depot_point(self, lines: list[LineInService]) -> int:
        """Return the point where most trips of some lines begin: the depot is assumed to be there."""
        timetable, numbers = self.timetable, {line.number for line in lines}
        starts = Counter(pattern for pattern in timetable.pattern_of.tolist() if timetable.patterns[pattern].line in numbers)
        pattern = max(starts, key=lambda pattern: (starts[pattern], -pattern))
        return self.driving.empty.point(timetable.patterns[pattern], 0)

    def _spares(self, working: int) -> int:
        """Return how many spares stand beside so many working vehicles."""
        return round(working * self.running.spare_share / (1.0 - self.running.spare_share))

    def _vehicle(self, name: str, district: str, rng: np.random.Generator) -> Vehicle:
        device = self.site.roster.add(name, district)
        door_contact = bool(rng.random() < self.sensors.door_share)
        vehicle = Vehicle(device, name, district, door_contact, until_breakdown_m=self._wear_m(rng))
        self.vehicles[device] = vehicle
        return vehicle

    def _wear_m(self, rng: np.random.Generator) -> float:
        return float(rng.exponential(self.running.breakdown_km * M_PER_KM))

    def _alert(self, alert: Alert) -> None:
        self.desk_of[alert.line].alert(alert)

    def _broken(self, bus: Bus) -> None:
        dispatcher = self.desk_of[bus.pattern.line]
        block = dispatcher.block_of(bus)
        dispatcher.breakdown(bus, block)
        self.site.env.process(self._mend(bus.vehicle, dispatcher, block))

    def _mend(self, vehicle: Vehicle, dispatcher: Dispatcher, block: VehicleBlock | None) -> Steps:
        """Repair a vehicle; a block that nobody has relieved by then goes on."""
        repair_us = int(lognormal(dispatcher.rng, self.running.repair, float(REPAIR_SIGMA)))
        tow_us = self.driving.empty.way(vehicle.point, dispatcher.depot.point).usual_us
        yield self.site.env.timeout(max(repair_us, tow_us))
        vehicle.until_breakdown_m = self._wear_m(dispatcher.rng)
        dispatcher.depot.give(vehicle)
        if block is not None and block.relief is not None and not block.relief.triggered:
            block.relief.succeed()

    def _incident(self, occurrence: Occurrence) -> Steps:
        """Let a share of the buses on the road break down at their next stops, drawn bus by bus in each district."""
        yield self.site.env.timeout(max(0, occurrence.start_us - int(self.site.env.now)))
        on_road: dict[str, list[Bus]] = {}
        for line in self.lines:
            if occurrence.hits(self.site.name, line.district):
                on_road.setdefault(line.district, []).extend(line.buses.values())
        for district, buses in on_road.items():
            rng = self.site.stream("breakdown", occurrence.start_us, district=district)
            hit = rng.random(len(buses)) < occurrence.severity * self.running.incident_share
            for number in np.flatnonzero(hit).tolist():
                bus = buses[number]
                bus.breaks_at = min(bus.breaks_at, bus.place + 1)
