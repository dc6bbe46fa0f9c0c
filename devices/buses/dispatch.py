"""Dispatchers: one desk for a few lines, where alerts queue and become instructions to drivers.

Owns the desk's process from alert to order. What the centre knows is `centre.py`'s; who is free is the depot's.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np
import simpy

from devices.buses.bus import Bus, Vehicle
from devices.buses.centre import BUNCHING, Alert
from devices.buses.depots import Depot
from devices.buses.driving import Driving, Task
from devices.buses.duties import Duty
from devices.buses.kinds import DISPATCH, HEADWAY_ALERT_KIND, INSTRUCTION, REASON
from devices.buses.parameters import DispatchParameters
from devices.buses.service import Service
from sim.desks import Desk
from sim.names import NO_NAME
from sim.units import SECOND_US

HOLD, INSERT, SHORT_TURN, SWAP = (INSTRUCTION.index(word) for word in ("hold", "insert", "short_turn", "swap"))
BY_BUNCHING, BY_GAP, BY_BREAKDOWN = (REASON.index(word) for word in ("bunching", "gap", "breakdown"))

DECISION_CV = 0.8  # of the log-normal time for one alert (assumption)
URGENT, ORDINARY = 0, 1  # a breakdown goes before a headway
EARLY_PART = 0.3  # a gap this near the terminal is filled from there (assumption)
TURNS_WITH_LOAD = 15  # nobody turns a bus with more riders on board (assumption)
HEADWAY_CLOSED = 0.5  # a hold gives back half of the headway that is missing: all of it would make the next gap

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Dispatcher:
    """One desk of a district with its lines, depot and device; `recent` holds each line's last alert."""

    driving: Driving
    parameters: DispatchParameters
    device: int
    district: str
    services: list[Service]
    depot: Depot
    rng: np.random.Generator
    desk: Desk
    duties: list[Duty] = field(default_factory=list)
    recent: dict[int, Alert] = field(default_factory=dict)

    def duty_of(self, bus: Bus) -> Duty | None:
        """Return the duty whose vehicle drives the bus; None for an inserted one."""
        return next((duty for duty in self.duties if duty.vehicle is bus.vehicle), None)

    def alert(self, alert: Alert) -> None:
        """Take an alert of the centre; the dispatcher sees it when the report has come in."""
        self.driving.city.env.process(self._headway(alert))

    def breakdown(self, bus: Bus, duty: Duty | None) -> None:
        """Take a driver's call; a duty without vehicle is given another one."""
        self.driving.city.env.process(self._breakdown(bus, duty))

    def _headway(self, alert: Alert) -> Steps:
        env, bus = self.driving.city.env, alert.bus
        yield env.timeout(alert.known_us - int(env.now))
        self.recent[bus.course.line] = alert
        stop = self._stop(bus, alert.place)
        row = (self._route(bus), bus.course.direction, alert.alert, self._trip(bus), stop)
        self.driving.city.out.record(
            HEADWAY_ALERT_KIND, int(env.now), self.device, *row, alert.headway_us / SECOND_US, bus.headway_us / SECOND_US
        )
        outcome = yield from self.desk.serve(self._decision_us(), ORDINARY)
        if alert.alert == BUNCHING:
            yield from self._hold(bus, alert, outcome.waited_us, BY_BUNCHING)
        elif alert.place <= EARLY_PART * bus.course.last and self.depot.spares:
            yield from self._insert(alert, outcome.waited_us)
        elif (turning := self._turning(alert)) is not None:
            yield from self._short_turn(turning, alert, outcome.waited_us)
        elif (ahead := self._ahead(bus)) is not None:
            yield from self._hold(ahead, alert, outcome.waited_us, BY_GAP)

    def _hold(self, bus: Bus, alert: Alert, waited_us: int, reason: int) -> Steps:
        """Hold the bus at its next stop."""
        missing_us = abs(bus.headway_us - alert.headway_us)
        hold_us = min(int(HEADWAY_CLOSED * missing_us), self.parameters.longest_hold)
        yield from self._order(HOLD, bus, alert.known_us, waited_us, reason, hold_us)
        bus.hold_us = hold_us

    def _insert(self, alert: Alert, waited_us: int) -> Steps:
        """Send a spare vehicle out at the terminal; it must exist."""
        vehicle = self.depot.take()
        if vehicle is None:
            return
        yield from self._order(INSERT, alert.bus, alert.known_us, waited_us, BY_GAP, 0)
        self.driving.city.env.process(self._inserted(vehicle, alert.bus))

    def _inserted(self, vehicle: Vehicle, bus: Bus) -> Steps:
        driving = self.driving
        env = driving.city.env
        vehicle.state = "layover"
        yield env.timeout(self.parameters.insert_ready)
        trip = driving.timetable.network.trips[bus.trip]
        date_code = driving.journal.trips[bus.operated].start_date_code
        now_us = int(env.now)
        task = Task(bus.trip, now_us - int(trip.depart_us[0]), date_code, now_us, NO_NAME, added=True)
        done = yield from driving.run(vehicle, task, now_us)
        if done is not None and not done.broken:
            self.depot.give(vehicle)

    def _turning(self, alert: Alert) -> Bus | None:
        """Return the nearest nearly empty bus on the way back that would turn just ahead of the gap."""
        bus, courses, network = alert.bus, self.driving.timetable.courses, self.driving.timetable.network
        gap_share = bus.course.distance_m[bus.place] / bus.course.distance_m[-1]
        best, nearest = None, EARLY_PART
        for other in self._service(bus).buses.values():
            if other.course.direction == bus.course.direction or other.next_trip < 0 or other.load > TURNS_WITH_LOAD:
                continue
            following = courses[network.trips[other.next_trip].pattern]
            ahead = 1.0 - other.course.distance_m[other.place] / other.course.distance_m[-1] - gap_share
            fits = following.line == bus.course.line and following.direction == bus.course.direction
            if fits and 0.0 < ahead < nearest and other.place + 2 < other.last and other.last == other.course.last:
                best, nearest = other, ahead
        return best

    def _short_turn(self, bus: Bus, alert: Alert, waited_us: int) -> Steps:
        """End the bus's trip two stops on; it goes back ahead of the gap."""
        yield from self._order(SHORT_TURN, bus, alert.known_us, waited_us, BY_GAP, 0)
        bus.last = min(bus.place + 2, bus.course.last)

    def _ahead(self, bus: Bus) -> Bus | None:
        """Return the next bus of the line ahead in the same direction; holding it shortens the gap."""
        mine = bus.course.distance_m[bus.place]
        ahead = [
            other
            for other in self._service(bus).buses.values()
            if other.course.direction == bus.course.direction and other.course.distance_m[other.place] > mine
        ]
        return min(ahead, key=lambda other: other.course.distance_m[other.place], default=None)

    def _breakdown(self, bus: Bus, duty: Duty | None) -> Steps:
        env = self.driving.city.env
        yield env.timeout(self.parameters.breakdown_call)
        called_us = int(env.now)
        outcome = yield from self.desk.serve(self._decision_us(), URGENT)
        if duty is None or duty.relief is None or duty.relief.triggered or not self.depot.spares:
            return
        yield from self._order(SWAP, bus, called_us, outcome.waited_us, BY_BREAKDOWN, 0)
        if not duty.relief.triggered:
            duty.relief.succeed()

    def _order(self, instruction: int, bus: Bus, alerted_us: int, waited_us: int, reason: int, hold_us: int) -> Steps:
        """Leave the row and let the order travel to the driver."""
        city = self.driving.city
        hold_s = hold_us / SECOND_US if instruction == HOLD else float("nan")
        row = (self._route(bus), instruction, self._trip(bus), self._stop(bus, bus.place), hold_s, reason, waited_us / SECOND_US)
        city.out.record(DISPATCH, int(city.env.now), self.device, *row)
        city.out.sample("buses.dispatch_wait_s", waited_us / SECOND_US)
        yield city.env.timeout(self.parameters.order_delay)
        city.out.sample("buses.dispatch_latency_s", (int(city.env.now) - alerted_us) / SECOND_US)

    def _decision_us(self) -> int:
        sigma = sqrt(log(1 + DECISION_CV**2))
        return int(self.parameters.decision * np.exp(sigma * self.rng.standard_normal() - sigma * sigma / 2))

    def _service(self, bus: Bus) -> Service:
        return self.driving.services[bus.course.line]

    def _route(self, bus: Bus) -> int:
        return self._service(bus).route_code

    def _trip(self, bus: Bus) -> int:
        return self.driving.journal.trips[bus.operated].trip_code

    def _stop(self, bus: Bus, place: int) -> int:
        return self.driving.stop_codes[bus.course.stops[min(place, bus.course.last)]]
