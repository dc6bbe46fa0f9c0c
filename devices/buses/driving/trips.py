"""Driving: one trip from the moment a vehicle comes to the terminal until its last rider is out.

Owns the SimPy process of a trip: one timeout for each stop, because what happens at a stop and on the way to the next is known on
arrival. Buses may overtake: stops in Shanghai are bays and a bus that skips a stop passes one that stands there, as is assumed.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import simpy

from devices.buses.choices import Progress, ScheduleRelationship, VehicleState
from devices.buses.driving.bus import NO_TRIP, NOWHERE, Bus, Vehicle
from devices.buses.driving.empty_driving import EmptyDriving
from devices.buses.driving.line import LineInService
from devices.buses.journal import Journal, Leg, OperatedTrip, Visit
from devices.buses.kinds import TRIP_STATE
from devices.buses.measures import EARLY_LIMIT_US, LATE_LIMIT_US, OPERATED, PUNCTUAL
from devices.buses.network.timetable import Timetable
from devices.buses.parameters import RunningParameters
from sim.city.site import Site
from sim.events.kinds import ABSENT_INT
from sim.units import NEVER_US, SECOND_US

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class TripAssignment:
    """A trip to be run by a vehicle: `planned_us` when it should leave its first place; `next_trip` of the block, or NO_TRIP.

    `comes_through`, `goes_through`: the timetable has the vehicle go on from the trip before, and with the one after, without a turn.
    """

    trip: int
    day_us: int
    date_code: int
    planned_us: int
    block_code: int
    next_trip: int = NO_TRIP
    first: int = 0
    added: bool = False
    comes_through: bool = False
    goes_through: bool = False

    @property
    def relation(self) -> ScheduleRelationship:
        """Return what the trip is to the timetable."""
        if self.added:
            return ScheduleRelationship.ADDED
        return ScheduleRelationship.UNSCHEDULED if self.first else ScheduleRelationship.SCHEDULED


class Ended(NamedTuple):
    """An operated trip that is over: its number, the place of its pattern's final stop, and when it ended."""

    operated: int
    last: int
    at_us: int


@dataclass(slots=True)
class Driving:
    """What every trip needs.

    `trip_codes` and `stop_codes` by number in the network; `broken` is called when a bus breaks down; `ended` is
    for those who prune.
    """

    site: Site
    timetable: Timetable
    lines: list[LineInService]
    parameters: RunningParameters
    journal: Journal
    report: Callable[[Bus, int, int, int], int]
    broken: Callable[[Bus], None]
    trip_codes: list[int]
    stop_codes: list[int]
    ended: deque[Ended] = field(default_factory=deque)
    empty: EmptyDriving = field(init=False)

    def __post_init__(self) -> None:
        """Prepare empty runs."""
        self.empty = EmptyDriving(self.site.env, self.timetable.network, self.journal)

    def run(self, vehicle: Vehicle, assignment: TripAssignment, ready_us: int) -> Generator[simpy.Event, object, Bus | None]:
        """Run a trip; the vehicle is here now and can leave from `ready_us`. Return its bus, or None when the trip was given up."""
        pattern = self.timetable.pattern_stops_of(assignment.trip)
        line = self.lines[pattern.line]
        headway_us = self.timetable.headway_us(assignment.trip)
        turned = assignment.first > 0
        own_time_us = 0 if turned or assignment.added or assignment.comes_through else line.running.departure_us(headway_us)
        depart_us = ready_us if turned else max(assignment.planned_us + own_time_us, ready_us)
        if depart_us - assignment.planned_us > self.parameters.cancel_late:
            self.cancel(vehicle, assignment)
            self.site.sample(OPERATED, 0.0)
            return None
        bus = self._bus(vehicle, assignment, line, depart_us)
        opens_us = max(int(self.site.env.now), depart_us - self.parameters.doors_before)
        yield from self._stand(bus, assignment, opens_us)
        if not turned:
            depart_us = max(depart_us, opens_us)
            self._observe_departure(depart_us - assignment.planned_us)
        self._state(bus, assignment, Progress.DEPARTED, depart_us, ABSENT_INT if turned else depart_us - assignment.planned_us)
        vehicle.state = VehicleState.IN_SERVICE
        line.buses[bus.operated] = bus
        yield from self._drive(bus, line, opens_us, depart_us)
        del line.buses[bus.operated]
        self._finish(bus, assignment, line)
        return bus

    def _bus(self, vehicle: Vehicle, assignment: TripAssignment, line: LineInService, depart_us: int) -> Bus:
        network, timetable = self.timetable.network, self.timetable
        trip = network.trips[assignment.trip]
        pattern = timetable.patterns[trip.pattern]
        headways_us = timetable.headways_us(assignment.trip)
        seen_us, known_us = line.sensing.departures(pattern, door_contact=vehicle.door_contact)
        code = self.trip_codes[assignment.trip]
        if assignment.added:
            code = self.site.names("trip").code(f"{trip.trip_id}-added")
        run = OperatedTrip(
            at_us=int(self.site.env.now),
            trip=assignment.trip,
            pattern=trip.pattern,
            trip_code=code,
            start_date_code=assignment.date_code,
            day_us=assignment.day_us,
            vehicle=vehicle.device,
            added=assignment.added,
            turned=assignment.first > 0,
        )
        late_us = depart_us - assignment.planned_us
        bus = Bus(
            vehicle=vehicle,
            operated=self.journal.trips.end,
            run=run,
            trip=assignment.trip,
            pattern=pattern,
            planned_us=assignment.planned_us,
            headways_us=headways_us.tolist(),
            last=pattern.last,
            alighting=[0] * (pattern.last + 1),
            drive_us=line.drive_us(pattern, timetable.plan.times_us(assignment.trip), headways_us, depart_us, late_us),
            dwell_noise=line.riders.noise(pattern.last + 1),
            seen_us=seen_us,
            known_us=known_us,
            first=assignment.first,
            place=assignment.first,
            next_trip=assignment.next_trip,
            comes_through=assignment.comes_through,
            goes_through=assignment.goes_through,
        )
        self.journal.trips.add(run)
        self._wear(bus)
        return bus

    def _wear(self, bus: Bus) -> None:
        """Let the bus break down on this trip when its distance is up."""
        metres, start_m = bus.pattern.distance_m, bus.pattern.distance_m[bus.first]
        left_m = bus.vehicle.until_breakdown_m  # it breaks down at the stop before: it cannot pull out
        bus.vehicle.until_breakdown_m -= metres[-1] - start_m
        if bus.vehicle.until_breakdown_m <= 0.0:
            bus.breaks_at = next((place for place in range(bus.first, bus.pattern.last) if metres[place + 1] - start_m >= left_m), NOWHERE)

    def _stand(self, bus: Bus, assignment: TripAssignment, until_us: int) -> Steps:
        """Wait at the terminal; the vehicle is in service there, its doors are closed."""
        now_us = self.site.now_us
        self._state(bus, assignment, Progress.PLANNED, now_us, ABSENT_INT)
        bus.vehicle.state = VehicleState.LAYOVER
        if until_us > now_us:
            at_m = bus.pattern.distance_m[bus.first]
            stay = Leg(
                vehicle=bus.vehicle.device,
                trip=bus.operated,
                start_us=now_us,
                end_us=until_us,
                from_m=at_m,
                to_m=at_m,
                stop=bus.first,
                load=0,
            )
            self.journal.legs.add(stay)
            yield self.site.env.timeout(until_us - now_us)

    def _drive(self, bus: Bus, line: LineInService, at_us: int, not_before_us: int) -> Steps:
        """Call at one stop after the other until the last, or the breakdown; leave a visit at each arrival."""
        serve, note, report, timeout = line.riders.serve, self.journal.visits.add, self.report, self.site.env.timeout
        operated, trip, vehicle, pattern = bus.operated, bus.trip, bus.vehicle.device, bus.pattern.number
        drive_us, seen_after_us, known_after_us = bus.drive_us, bus.seen_us, bus.known_us
        storms, timed_us, place = line.running.storms, self._timed_us(bus), bus.first
        while True:
            bus.place, bus.at_us = place, at_us
            served = serve(bus, place, at_us)
            timed = not_before_us if timed_us is None else timed_us[place]
            depart_us = max(at_us + served.dwell_us + bus.hold_us, not_before_us, timed)
            bus.hold_us = 0
            seen_us = known_us = next_us = NEVER_US
            if place < bus.last and place != bus.breaks_at:
                slowed = line.running.slowdown(depart_us) if storms else 1
                next_us = depart_us + int(drive_us[place] * slowed)
                if seen_after_us[place] != NEVER_US:
                    seen_us = depart_us + seen_after_us[place]
                    known_us = report(bus, place, seen_us, known_after_us[place])
            visit = Visit(
                operated=operated,
                trip=trip,
                vehicle=vehicle,
                pattern=pattern,
                place=place,
                arrive_us=at_us,
                depart_us=depart_us,
                next_us=next_us,
                seen_us=seen_us,
                known_us=known_us,
                since_us=served.since_us,
                came=served.came,
                boarded=served.boarded,
                cards=served.cards,
                alighted=served.alighted,
                left=served.left,
                load=bus.load,
                stopped=depart_us > at_us,
            )
            note(visit)
            if next_us == NEVER_US:
                break
            yield timeout(next_us - at_us)
            place, at_us = place + 1, next_us
        yield timeout(depart_us - at_us)

    def _timed_us(self, bus: Bus) -> list[int] | None:
        """Return before when a bus does not leave each place, because the timetable has it stay there; None when it has no stay."""
        (arrive_us, depart_us), run = self.timetable.plan.times_us(bus.trip), bus.run
        if depart_us is arrive_us or run.turned:
            return None
        stays = depart_us[1:-1] > arrive_us[1:-1]
        if not stays.any():
            return None
        return [0, *np.where(stays, run.day_us + depart_us[1:-1], 0).tolist(), 0]

    def _finish(self, bus: Bus, assignment: TripAssignment, line: LineInService) -> None:
        """Complete the trip, or leave the vehicle where it broke down; whoever is still on board must wait for another bus."""
        now_us = int(self.site.env.now)
        self.ended.append(Ended(operated=bus.operated, last=bus.pattern.last, at_us=now_us))
        bus.vehicle.point = self.empty.point(bus.pattern, bus.place)
        if bus.broken:
            self._state(bus, assignment, Progress.BROKEN_DOWN, now_us, ABSENT_INT)
            line.riders.unload(bus, bus.place, now_us)
            bus.vehicle.state = VehicleState.BROKEN_DOWN
            self.site.sample(OPERATED, 0.0)
            self.broken(bus)
            return
        if bus.load:
            line.riders.unload(bus, bus.place, now_us)
        arrive_us = self.timetable.arrival_us(assignment.trip, bus.place)
        late_us = ABSENT_INT if assignment.first else bus.at_us - assignment.day_us - arrive_us
        self._state(bus, assignment, Progress.COMPLETED, now_us, late_us)
        self.site.sample(OPERATED, 1.0)

    def cancel(self, vehicle: Vehicle, assignment: TripAssignment) -> None:
        """Leave the row of a trip that this vehicle will not run."""
        route = self.lines[self.timetable.pattern_stops_of(assignment.trip).line].route_code
        code, canceled = self.trip_codes[assignment.trip], ScheduleRelationship.CANCELED
        self._leave(assignment, vehicle, route, canceled, Progress.PLANNED, code, ABSENT_INT, self.site.now_us)

    def _state(self, bus: Bus, assignment: TripAssignment, progress: Progress, at_us: int, late_us: int) -> None:
        """Leave a row of `trip_state`; `late_us` ABSENT_INT where there is no delay to speak of."""
        code = bus.run.trip_code
        route = self.lines[bus.pattern.line].route_code
        self._leave(assignment, bus.vehicle, route, assignment.relation, progress, code, late_us, at_us)

    def _leave(
        self,
        assignment: TripAssignment,
        vehicle: Vehicle,
        route: int,
        relation: ScheduleRelationship,
        progress: Progress,
        code: int,
        late_us: int,
        at_us: int,
    ) -> None:
        self.site.record(
            TRIP_STATE,
            vehicle.device,
            at_us,
            route=route,
            schedule_relationship=relation,
            progress=progress,
            trip=code,
            start_date=assignment.date_code,
            vehicle=vehicle.name,
            block=assignment.block_code,
            scheduled_us=assignment.planned_us,
            delay_s=ABSENT_INT if late_us == ABSENT_INT else round(late_us / SECOND_US),
        )

    def _observe_departure(self, late_us: int) -> None:
        self.site.sample(PUNCTUAL, 1.0 if EARLY_LIMIT_US <= late_us <= LATE_LIMIT_US else 0.0)
