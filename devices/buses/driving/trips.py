"""Driving: one trip from the moment a vehicle comes to the terminal until its last rider is out.

Owns the SimPy process of a trip: one timeout for each stop, because what happens at a stop and on the way to the next is known on
arrival. Buses may overtake: stops in Shanghai are bays and a bus that skips a stop passes one that stands there (assumption).
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.buses.driving.bus import NOWHERE, Bus, Vehicle
from devices.buses.driving.empty_driving import EmptyDriving
from devices.buses.driving.line import Service
from devices.buses.journal import Journal, OperatedTrip
from devices.buses.kinds import PROGRESS, SCHEDULE_RELATIONSHIP, TRIP_STATE
from devices.buses.network.timetable import Timetable
from devices.buses.parameters import RunningParameters
from devices.buses.visits import NEVER, Visits
from sim.city.city import City
from sim.events.kinds import ABSENT_INT
from sim.units import MINUTE_US, SECOND_US

SCHEDULED, ADDED, UNSCHEDULED, CANCELED = (SCHEDULE_RELATIONSHIP.index(word) for word in ("scheduled", "added", "unscheduled", "canceled"))
PLANNED, DEPARTED, COMPLETED, BROKEN_DOWN = (PROGRESS.index(word) for word in ("planned", "departed", "completed", "broken_down"))

EARLY_LIMIT_US = -1 * MINUTE_US
LATE_LIMIT_US = 5 * MINUTE_US

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Task:
    """A trip to be run by a vehicle: `planned_us` when it should leave its first place; `next_trip` of the block, or NEVER.

    `comes_through`, `goes_through`: the timetable has the vehicle go on from the trip before, and with the one after, without a turn.
    """

    trip: int
    day_us: int
    date_code: int
    planned_us: int
    block_code: int
    next_trip: int = NEVER
    first: int = 0
    added: bool = False
    comes_through: bool = False
    goes_through: bool = False


@dataclass(slots=True)
class Driving:
    """What every trip needs.

    `trip_codes` and `stop_codes` by number in the network; `broken` is called when a bus breaks down; `ended` holds
    (operated trip, when it ended) for those who prune.
    """

    city: City
    timetable: Timetable
    services: list[Service]
    parameters: RunningParameters
    journal: Journal
    visits: Visits
    report: Callable[[Bus, int, int, int], int]
    broken: Callable[[Bus], None]
    trip_codes: list[int]
    stop_codes: list[int]
    ended: deque[tuple[int, int]] = field(default_factory=deque)
    empty: EmptyDriving = field(init=False)

    def __post_init__(self) -> None:
        """Prepare empty runs."""
        self.empty = EmptyDriving(self.city.env, self.timetable.network, self.journal)

    def run(self, vehicle: Vehicle, task: Task, ready_us: int) -> Generator[simpy.Event, object, Bus | None]:
        """Run a trip; the vehicle is here now and can leave from `ready_us`. Return its bus, or None when the trip was given up."""
        course = self.timetable.courses[int(self.timetable.pattern_of[task.trip])]
        service = self.services[course.line]
        headway_us = self.timetable.headway_us(task.trip)
        turned = task.first > 0
        own_time_us = 0 if turned or task.added or task.comes_through else service.running.departure_us(headway_us)
        depart_us = ready_us if turned else max(task.planned_us + own_time_us, ready_us)
        if depart_us - task.planned_us > self.parameters.cancel_late:
            self.cancel(vehicle, task)
            self.city.out.sample("buses.trips_operated", 0.0)
            return None
        bus = self._bus(vehicle, task, service, depart_us)
        opens_us = max(int(self.city.env.now), depart_us - self.parameters.doors_before)
        yield from self._stand(bus, task, opens_us)
        if not turned:
            depart_us = max(depart_us, opens_us)
            self._observe_departure(depart_us - task.planned_us)
        self._state(bus, task, DEPARTED, depart_us, ABSENT_INT if turned else depart_us - task.planned_us)
        vehicle.state = "in_service"
        service.buses[bus.operated] = bus
        yield from self._drive(bus, service, opens_us, depart_us)
        del service.buses[bus.operated]
        self._finish(bus, task, service)
        return bus

    def _bus(self, vehicle: Vehicle, task: Task, service: Service, depart_us: int) -> Bus:
        network, timetable = self.timetable.network, self.timetable
        trip = network.trips[task.trip]
        course = timetable.courses[trip.pattern]
        headways_us = timetable.headways_us(task.trip)
        seen_us, known_us = service.sensing.departures(course, door_contact=vehicle.door_contact)
        operated = len(self.journal.trips)
        code = self.trip_codes[task.trip]
        if task.added:
            code = self.city.names("trip").code(f"{trip.trip_id}-added")
        self.journal.trips.append(
            OperatedTrip(task.trip, trip.pattern, code, task.date_code, task.day_us, vehicle.device, task.added, task.first > 0)
        )
        bus = Bus(
            vehicle,
            operated,
            task.trip,
            course,
            task.planned_us,
            headways_us.tolist(),
            course.last,
            [0] * (course.last + 1),
            service.drive_us(course, timetable.plan.times_us(task.trip), headways_us, depart_us, depart_us - task.planned_us),
            service.riders.noise(course.last + 1),
            seen_us,
            known_us,
            first=task.first,
            place=task.first,
            next_trip=task.next_trip,
            comes_through=task.comes_through,
            goes_through=task.goes_through,
        )
        self._wear(bus)
        return bus

    def _wear(self, bus: Bus) -> None:
        """Let the bus break down on this trip when its distance is up."""
        metres, start_m = bus.course.distance_m, bus.course.distance_m[bus.first]
        left_m = bus.vehicle.until_breakdown_m  # it breaks down at the stop before: it cannot pull out
        bus.vehicle.until_breakdown_m -= metres[-1] - start_m
        if bus.vehicle.until_breakdown_m <= 0.0:
            bus.breaks_at = next((place for place in range(bus.first, bus.course.last) if metres[place + 1] - start_m >= left_m), NOWHERE)

    def _stand(self, bus: Bus, task: Task, until_us: int) -> Steps:
        """Wait at the terminal; the vehicle is in service there, its doors are closed."""
        now_us = int(self.city.env.now)
        self._state(bus, task, PLANNED, now_us, ABSENT_INT)
        bus.vehicle.state = "layover"
        if until_us > now_us:
            at_m = bus.course.distance_m[bus.first]
            self.journal.legs.add(bus.vehicle.device, bus.operated, now_us, until_us, at_m, at_m, bus.first, 0)
            yield self.city.env.timeout(until_us - now_us)

    def _drive(self, bus: Bus, service: Service, at_us: int, not_before_us: int) -> Steps:
        """Call at one stop after the other until the last, or the breakdown; leave a visit at each arrival."""
        serve, note, report, timeout = service.riders.serve, self.visits.add, self.report, self.city.env.timeout
        head = (bus.operated, bus.trip, bus.vehicle.device, bus.course.pattern)
        drive_us, seen_after_us, known_after_us = bus.drive_us, bus.seen_us, bus.known_us
        storms, timed_us = service.running.storms, self._timed_us(bus)
        place = bus.first
        while True:
            bus.place = place
            bus.at_us = at_us
            dwell_us, riders = serve(bus, place, at_us)
            depart_us = max(at_us + dwell_us + bus.hold_us, not_before_us)
            bus.hold_us = 0
            if timed_us is not None and timed_us[place] > depart_us:
                depart_us = timed_us[place]
            seen_us = known_us = next_us = NEVER
            if place < bus.last and place != bus.breaks_at:
                running_us = drive_us[place]
                if storms:
                    running_us = int(running_us * service.running.slowdown(depart_us))
                next_us = depart_us + running_us
                if seen_after_us[place] >= 0:
                    seen_us = depart_us + seen_after_us[place]
                    known_us = report(bus, place, seen_us, known_after_us[place])
            note(head)
            note((place, at_us, depart_us, next_us, seen_us, known_us))
            note(riders)
            note((bus.load, depart_us > at_us))
            if next_us == NEVER:
                break
            yield timeout(next_us - at_us)
            place += 1
            at_us = next_us
        yield timeout(depart_us - at_us)

    def _timed_us(self, bus: Bus) -> list[int] | None:
        """Return before when a bus does not leave each place, because the timetable has it stay there; None when it has no stay."""
        (arrive_us, depart_us), operated = self.timetable.plan.times_us(bus.trip), self.journal.trips[bus.operated]
        if depart_us is arrive_us or operated.turned:
            return None
        stays = depart_us[1:-1] > arrive_us[1:-1]
        if not stays.any():
            return None
        return [0, *np.where(stays, operated.day_us + depart_us[1:-1], 0).tolist(), 0]

    def _finish(self, bus: Bus, task: Task, service: Service) -> None:
        """Complete the trip, or leave the vehicle where it broke down; whoever is still on board must wait for another bus."""
        now_us = int(self.city.env.now)
        self.ended.append((bus.operated, now_us))
        bus.vehicle.point = self.empty.point(bus.course, bus.place)
        if bus.broken:
            self._state(bus, task, BROKEN_DOWN, now_us, ABSENT_INT)
            service.riders.unload(bus, bus.place, now_us)
            bus.vehicle.state = "broken_down"
            self.city.out.sample("buses.trips_operated", 0.0)
            self.broken(bus)
            return
        if bus.load:
            service.riders.unload(bus, bus.place, now_us)
        arrive_us = int(self.timetable.network.trips[task.trip].arrive_us[bus.place])
        self._state(bus, task, COMPLETED, now_us, ABSENT_INT if task.first else bus.at_us - task.day_us - arrive_us)
        self.city.out.sample("buses.trips_operated", 1.0)

    def cancel(self, vehicle: Vehicle, task: Task) -> None:
        """Leave the row of a trip that this vehicle will not run."""
        route = self.services[self.timetable.courses[int(self.timetable.pattern_of[task.trip])].line].route_code
        row = self._row(route, CANCELED, PLANNED, self.trip_codes[task.trip], vehicle, task, ABSENT_INT)
        self.city.out.record(TRIP_STATE, int(self.city.env.now), vehicle.device, *row)

    def _state(self, bus: Bus, task: Task, progress: int, at_us: int, late_us: int) -> None:
        """Leave a row of `trip_state`; `late_us` ABSENT_INT where there is no delay to speak of."""
        relation = ADDED if task.added else UNSCHEDULED if task.first else SCHEDULED
        code = self.journal.trips[bus.operated].trip_code
        row = self._row(self.services[bus.course.line].route_code, relation, progress, code, bus.vehicle, task, late_us)
        self.city.out.record(TRIP_STATE, at_us, bus.vehicle.device, *row)

    def _row(
        self, route: int, relation: int, progress: int, code: int, vehicle: Vehicle, task: Task, late_us: int
    ) -> tuple[int, int, int, int, int, int, int, int, int]:
        late_s = ABSENT_INT if late_us == ABSENT_INT else round(late_us / SECOND_US)
        name = self.city.names("vehicle").code(vehicle.name)
        return route, relation, progress, code, task.date_code, name, task.block_code, task.planned_us, late_s

    def _observe_departure(self, late_us: int) -> None:
        self.city.out.sample("buses.punctual_departure", 1.0 if EARLY_LIMIT_US <= late_us <= LATE_LIMIT_US else 0.0)
