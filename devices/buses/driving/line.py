"""A line in service: its riders, running times, sensors and the buses under way on it, put together from the network.

Owns the wiring of one line's parts and its own random streams, so lines and districts never change each other's draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.driving.bus import Bus
from devices.buses.driving.demand import CumulativeDemand, tidal_flow
from devices.buses.driving.riders import Riders, alighting_shares, boarding_weights, ride_shares
from devices.buses.driving.running import Running, planned_drive_us
from devices.buses.network.arrays import Line
from devices.buses.network.blocks import layover_us
from devices.buses.network.pattern_stops import PatternStops
from devices.buses.network.timetable import Timetable
from devices.buses.parameters import RiderParameters, RunningParameters, SensorParameters
from devices.buses.sensors.sensing import Sensing
from devices.causes import STORM
from sim.arrays import Int
from sim.city.demand import Demand
from sim.city.site import Site
from sim.figures import Figure
from sim.toolkit.draws import gamma_factor
from sim.units import DAY_US

OVERLAP = Figure(
    "part of the shorter of boarding and alighting that a stop lasts beyond the longer",
    value=0.25,
    unit="share",
    source="assumption: they go on side by side and scatter",
    low=0,
    high=1,
)
LINE_FIGURES = (OVERLAP,)
EVEN = 0.5  # for which of its directions is the morning's


@dataclass(frozen=True, slots=True)
class Load:
    """What a pattern's trips usually carry: riders a day by boarding place and the share that alights at each: shapes (stops,)."""

    per_day: NDArray[np.float64]
    alight: NDArray[np.float64]


@dataclass(slots=True)
class LineInService:
    """One line: `buses` are those under way, by operated trip; `loads` by pattern; `rides` a mean workday's total."""

    route: str
    name: str
    district: str
    number: int
    route_code: int
    rides: float
    riders: Riders
    running: Running
    sensing: Sensing
    loads: dict[int, Load]
    buses: dict[int, Bus] = field(default_factory=dict)

    def usual_dwell_us(self, pattern: PatternStops, at_us: int, headways_us: Int) -> NDArray[np.float64]:
        """Return the dwell a timetable counts on at each place, µs: usual riders of the headway planned there: shape (stops,)."""
        parameters, load = self.riders.parameters, self.loads[pattern.number]
        demand = self.riders.demand[pattern.direction].rate
        intensity = demand.profile.intensity(demand.calendar, at_us)
        boarding = load.per_day * (intensity * np.minimum(headways_us, parameters.patience) / DAY_US)
        boarding[-1] = 0.0  # whom others take along from there
        alighting = load.alight * boarding.sum()
        card = parameters.card_share
        board_us = boarding * (card * parameters.board_card + (1 - card) * parameters.board_cash)
        alight_us = alighting * parameters.alight
        served = -np.expm1(-boarding - alighting) if parameters.skip_empty_stops else 1.0
        both = np.maximum(board_us, alight_us) + float(OVERLAP) * np.minimum(board_us, alight_us)
        dwell_us: NDArray[np.float64] = parameters.dead_time * served + both
        return dwell_us

    def drive_us(self, pattern: PatternStops, times_us: tuple[Int, Int], headways_us: Int, depart_us: int, late_us: int) -> list[int]:
        """Return the running times of a trip that starts now, `late_us` late, by place, µs; `times_us` are its planned times."""
        dwell_us = self.usual_dwell_us(pattern, depart_us, headways_us)
        planned_us = planned_drive_us(*times_us, dwell_us, pattern.least_us)
        return self.running.drive_us(planned_us, pattern.least_us, depart_us, late_us)


@dataclass(frozen=True, slots=True)
class LineParameters:
    """What a user may set of a line's parts."""

    riders: RiderParameters
    running: RunningParameters
    sensors: SensorParameters


def lines_in_service(site: Site, timetable: Timetable, parameters: LineParameters) -> list[LineInService]:
    """Return the lines of the network, in its order."""
    patterns: dict[int, list[PatternStops]] = {number: [] for number in range(len(timetable.network.lines))}
    for pattern in timetable.patterns:
        patterns[pattern.line].append(pattern)
    trips = np.bincount(timetable.pattern_of, minlength=len(timetable.patterns))
    vehicles = vehicles_by_line(timetable)
    streams = site.streams("demand")  # one demand for all: days and slots are busy everywhere, and its tables cost memory
    morning, evening = (Demand.of(site.city, profile, streams) for profile in tidal_flow(parameters.riders.tide))
    demand = CumulativeDemand(morning, site.warm_from_us), CumulativeDemand(evening, site.warm_from_us)
    beacons = _beacons(site, timetable, parameters.sensors)
    found = []
    for number, line in enumerate(timetable.network.lines):
        builder = _Builder(site, line, number, patterns[number], trips, int(vehicles[number]), parameters)
        found.append(builder.line_in_service(demand, beacons))
    return found


@dataclass(frozen=True, slots=True)
class _Builder:
    """Makes one line from its patterns; `trips` by pattern, `vehicles` the line's buses at its busiest."""

    site: Site
    line: Line
    number: int
    patterns: Sequence[PatternStops]
    trips: NDArray[np.intp]
    vehicles: int
    parameters: LineParameters

    def line_in_service(self, demand: tuple[CumulativeDemand, CumulativeDemand], beacons: NDArray[np.bool_]) -> LineInService:
        streams = self.site.streams("line", self.line.route, district=self.line.district)
        riders, running = self.parameters.riders, self.parameters.running
        character = streams.child("character")
        rides = self._rides(gamma_factor(character, riders.line_cv))
        shares = {pattern.number: ride_shares(pattern, riders.ride_km) for pattern in self.patterns}
        slots = sorted({slot for pattern in self.patterns for slot in pattern.slots})
        attraction = {slot: gamma_factor(character, riders.stop_cv) for slot in slots}
        loads, per_day = self._loads(rides, shares, attraction, slots)
        if character.random() < EVEN:
            demand = demand[1], demand[0]
        opened = dict.fromkeys(slots, self.site.warm_from_us)
        return LineInService(
            route=self.line.route,
            name=self.line.name,
            district=self.line.district,
            number=self.number,
            route_code=self.site.names("route").code(self.line.route),
            rides=rides,
            riders=Riders(
                demand=demand,
                parameters=riders,
                rng=streams.child("riders"),
                per_day=per_day,
                shares=shares,
                since_us=opened,
                waiting=dict.fromkeys(slots, 0),
            ),
            running=Running(running, streams, streams.child("running"), self.site.incidents(STORM, self.line.district)),
            sensing=Sensing(self.parameters.sensors, streams.child("sensing"), beacons),
            loads=loads,
        )

    def _rides(self, factor: float) -> float:
        """Return the rides of a mean workday: so many a bus, spares counted."""
        return self.parameters.riders.rides_per_bus * factor * self.vehicles / (1.0 - self.parameters.running.spare_share)

    def _loads(
        self, rides: float, shares: dict[int, list[float]], attraction: dict[int, float], slots: Sequence[int]
    ) -> tuple[dict[int, Load], dict[int, float]]:
        """Share the rides out over slots, by how many trips call and where riders of the pattern board."""
        weights = {}
        by_slot = dict.fromkeys(slots, 0.0)
        for pattern in self.patterns:
            weight = boarding_weights(pattern, shares[pattern.number], attraction)
            weights[pattern.number] = weight
            scaled = weight / max(weight.sum(), 1e-12) * float(self.trips[pattern.number])
            for slot, riders in zip(pattern.slots, scaled.tolist(), strict=True):
                by_slot[slot] += riders
        scale = rides / max(sum(by_slot.values()), 1e-12)
        per_day = {slot: riders * scale for slot, riders in by_slot.items()}
        loads = {
            pattern.number: Load(
                np.array([per_day[slot] for slot in pattern.slots]),
                alighting_shares(pattern, weights[pattern.number], shares[pattern.number]),
            )
            for pattern in self.patterns
        }
        return loads, per_day


def vehicles_by_line(timetable: Timetable) -> Int:
    """Return how many buses each line needs at its busiest: trips under way or in the layover after: shape (lines,).

    How the feed cuts the day into blocks does not matter: ten blocks of one trip each are the work of one bus after another.
    """
    line_of = np.array([pattern.line for pattern in timetable.patterns], dtype=np.int64)
    line = line_of[timetable.pattern_of]
    start_us = np.array(timetable.depart_list, dtype=np.int64)
    run_us = np.array([trip.arrive_us[-1] for trip in timetable.network.trips], dtype=np.int64) - start_us
    end_us = start_us + run_us + layover_us(run_us)
    at_us, change = np.concatenate([end_us, start_us]), np.repeat([-1, 1], len(start_us))
    both = np.concatenate([line, line])
    order = np.lexsort((change, at_us, both))  # whoever comes back is free for a departure at the same moment
    busy = np.cumsum(change[order])  # each line ends with as many ends as starts, so the sum is zero where the next begins
    most = np.zeros(len(timetable.network.lines), dtype=np.int64)
    np.maximum.at(most, both[order], busy)
    return most


def _beacons(site: Site, timetable: Timetable, parameters: SensorParameters) -> NDArray[np.bool_]:
    """Return which stops have a beacon, drawn district by district: shape (stops,)."""
    fitted = np.zeros(len(timetable.network.stops), dtype=np.bool_)
    members: dict[str, list[int]] = {}
    for number, stop in enumerate(timetable.network.stops):
        members.setdefault(stop.district, []).append(number)
    for district, numbers in members.items():
        fitted[numbers] = site.stream("beacons", district=district).random(len(numbers)) < parameters.beacon_share
    return fitted
