"""Vehicle blocks: the trips of a block, day after day, by one vehicle after the other when the first breaks down.

Owns the SimPy process of a block. A trip itself is `trips`'s business, a replacement the dispatcher's and the depot's.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import simpy

from devices.buses.choices import VehicleState
from devices.buses.driving.bus import NO_TRIP, Vehicle
from devices.buses.driving.depots import Depot
from devices.buses.driving.trips import Driving, TripAssignment
from sim.figures import Figure

STANDS_AT_MOST = Figure("longest stay at the terminal before a departure", value=10, unit="min", low=3, high=30)
IN_DEPOT_FROM = Figure("pause from which a vehicle waits in the depot", value=45, unit="min", low=20, high=120)
BLOCK_FIGURES = (STANDS_AT_MOST, IN_DEPOT_FROM)

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class VehicleBlock:
    """One block: `trips` index the network, in order.

    `free_us` is when the vehicle came from its last trip, `due_us` when it should have. `relief` is fired by the dispatcher who swaps the
    vehicle. `assignment` is the trip under way or last run. `missing` is called with one whose time has passed by `missing_after`;
    `given_away` holds the assignments an inserted bus has taken over.
    """

    driving: Driving
    depot: Depot
    vehicle: Vehicle
    trips: tuple[int, ...]
    block_code: int
    missing_after: int
    missing: Callable[["VehicleBlock", TripAssignment], None]
    assignment: TripAssignment | None = None
    free_us: int = 0
    due_us: int = 0
    relief: simpy.Event | None = None
    given_away: list[TripAssignment] = field(default_factory=list)
    _turned_at_m: float = -1.0
    _through: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        """Note between which trips the vehicle goes on without a turn: the same on all days."""
        self._through = [False, *(self._goes_on(*pair) for pair in pairwise(self.trips)), False]

    def work(self) -> Steps:
        """Run the block's trips on every day of the run, for ever; use as a process."""
        site = self.driving.site
        day = site.calendar.local(site.warm_from_us).date() - timedelta(days=1)
        self.free_us = self.due_us = site.warm_from_us
        while True:
            assignments = self._assignments(day, site.calendar.instant_us(day))
            for place, assignment in enumerate(assignments):
                if place + 1 < len(assignments):
                    site.env.process(self._watch(assignments[place + 1]))
                yield from self._trip(assignment)
            day += timedelta(days=1)

    def _assignments(self, day: date, day_us: int) -> list[TripAssignment]:
        """Return the day's trips that leave once the city has begun."""
        driving = self.driving
        date_code = driving.site.names("start_date").code(f"{day:%Y%m%d}")
        depart_us = driving.timetable.depart_list
        return [
            TripAssignment(
                trip=trip,
                day_us=day_us,
                date_code=date_code,
                planned_us=day_us + depart_us[trip],
                block_code=self.block_code,
                next_trip=following,
                comes_through=self._through[place],
                goes_through=self._through[place + 1],
            )
            for place, (trip, following) in enumerate(zip(self.trips, (*self.trips[1:], NO_TRIP), strict=True))
            if day_us + depart_us[trip] >= driving.site.warm_from_us
        ]

    def _goes_on(self, trip: int, following: int) -> bool:
        """Return whether the timetable has the vehicle go on from one trip with another without time to turn, at the same stop."""
        timetable = self.driving.timetable
        pause_us = timetable.depart_list[following] - timetable.arrival_us(trip)
        one, other = map(timetable.pattern_stops_of, (trip, following))
        return pause_us < self.driving.parameters.turnaround and one.stops[-1] == other.stops[0]

    def _watch(self, assignment: TripAssignment) -> Steps:
        """Call for help when the vehicle is not even at the terminal some time after it should have left."""
        env = self.driving.site.env
        yield env.timeout(max(0, assignment.planned_us + self.missing_after - int(env.now)))
        if self.assignment is not assignment:
            self.missing(self, assignment)

    def _trip(self, assignment: TripAssignment) -> Steps:
        if self.relief is not None:
            self.vehicle = yield from self._relieved(self.relief)
        turned_at_m, self._turned_at_m = self._turned_at_m, -1.0  # a turn is for the very next trip, whoever runs that
        if assignment not in self.given_away:
            if turned_at_m >= 0.0:
                assignment.first = self._counterpart(assignment.trip, turned_at_m)
                depart_us = self.driving.timetable.departure_us(assignment.trip, assignment.first)
                assignment.planned_us = assignment.day_us + depart_us
            yield from self._reach(assignment)
        if assignment in self.given_away:
            self.given_away.remove(assignment)
            self.driving.cancel(self.vehicle, assignment)
            return
        self.assignment = assignment
        bus = yield from self.driving.run(self.vehicle, assignment, self._ready_us(assignment))
        if bus is not None:
            self.free_us = int(self.driving.site.env.now)
            self.due_us = assignment.day_us + self.driving.timetable.arrival_us(assignment.trip, bus.last)
            if bus.broken:
                self.relief = self.driving.site.env.event()
            elif bus.last < bus.pattern.last:
                self._turned_at_m = bus.pattern.distance_m[-1] - bus.pattern.distance_m[bus.last]

    def _reach(self, assignment: TripAssignment) -> Steps:
        """Bring the vehicle to where its next trip begins, some time before the departure; until then it waits where it is."""
        env, empty = self.driving.site.env, self.driving.empty
        pattern = self.driving.timetable.pattern_stops_of(assignment.trip)
        point = empty.point(pattern, assignment.first)
        way_us = empty.way(self.vehicle.point, point).usual_us
        pause_us = assignment.planned_us - STANDS_AT_MOST.us - way_us - int(env.now)
        if pause_us > 0 and not assignment.first:
            self.vehicle.state = VehicleState.DEPOT if pause_us > IN_DEPOT_FROM.us else VehicleState.LAYOVER
            yield env.timeout(pause_us)
        yield from empty.drive(self.vehicle, point, pattern.number, assignment.planned_us)

    def _ready_us(self, assignment: TripAssignment) -> int:
        """Return when the vehicle, which is there, can leave: a turn takes its time, but no more than the timetable gives to it."""
        turn_us = self.driving.parameters.turnaround
        if not assignment.first:
            turn_us = min(turn_us, max(0, assignment.planned_us - self.due_us))
        return max(self.free_us + turn_us, int(self.driving.site.env.now))

    def _relieved(self, relief: simpy.Event) -> Generator[simpy.Event, Vehicle, Vehicle]:
        """Wait for the order to swap, or the end of the repair, and then for a vehicle from the depot."""
        yield relief
        vehicle = yield self.depot.wait()
        self.relief = None
        self.free_us, self.due_us = int(self.driving.site.env.now), 0
        return vehicle

    def _counterpart(self, trip: int, turned_at_m: float) -> int:
        """Return the place on the next trip's pattern opposite to where the bus turned, never its last two."""
        pattern = self.driving.timetable.pattern_stops_of(trip)
        place = int(np.searchsorted(pattern.distance_m, turned_at_m))
        return max(0, min(place, pattern.last - 2))
