"""Dispatchers: one desk for a few lines, where alerts queue and become instructions to drivers.

Owns the desk's process from alert to order. What the centre knows is `centre.py`'s; who is free is the depot's.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.buses.choices import HeadwayAlert, Instruction, Reason, SourceKind, VehicleState
from devices.buses.dispatch.centre import FORGOTTEN_US, Alert, Centre
from devices.buses.driving.bus import Bus, Vehicle
from devices.buses.driving.depots import Depot
from devices.buses.driving.line import LineInService
from devices.buses.driving.trips import Driving, TripAssignment
from devices.buses.driving.vehicle_blocks import VehicleBlock
from devices.buses.journal import Notice
from devices.buses.kinds import DISPATCH, HEADWAY_ALERT
from devices.buses.measures import DISPATCH_LATENCY, DISPATCH_WAIT
from devices.buses.network.pattern_stops import PatternStops
from devices.buses.parameters import DispatchParameters
from sim.figures import Figure
from sim.toolkit.desks import Desk
from sim.toolkit.draws import lognormal_mean
from sim.units import LONG_AGO_US, NEVER_US, SECOND_US

DECISION_CV = Figure("variation of a dispatcher's time for one alert", value=0.8, unit="share", low=0.3, high=1.5)
TURNS_AHEAD = Figure("part of a line ahead of a gap in which a bus is turned at most", value=0.3, unit="share", low=0.1, high=0.5)
TURNS_WITH_LOAD = Figure("riders with whom a bus is turned at most", value=15, unit="persons", low=0, high=40)
HEADWAY_CLOSED = Figure(
    "part of the missing headway that a hold gives back",
    value=0.5,
    unit="share",
    source="assumption: all of it would make the next gap",
    low=0.3,
    high=1,
)
DISPATCHER_FIGURES = (DECISION_CV, TURNS_AHEAD, TURNS_WITH_LOAD, HEADWAY_CLOSED)

URGENT, ORDINARY = 0, 1  # a breakdown goes before a headway

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Dispatcher:
    """One desk of a district with its lines, depot and device; `recent` holds each line's last alert."""

    driving: Driving
    centre: Centre
    parameters: DispatchParameters
    device: int
    district: str
    lines: list[LineInService]
    depot: Depot
    rng: np.random.Generator
    desk: Desk
    blocks: list[VehicleBlock] = field(default_factory=list)
    recent: dict[int, Alert] = field(default_factory=dict)

    def block_of(self, bus: Bus) -> VehicleBlock | None:
        """Return the block whose vehicle drives the bus; None for an inserted one."""
        return next((block for block in self.blocks if block.vehicle is bus.vehicle), None)

    def alert(self, alert: Alert) -> None:
        """Take an alert of the centre."""
        self.driving.site.env.process(self._headway(alert))

    def missing(self, block: VehicleBlock, assignment: TripAssignment) -> None:
        """Take a departure that is overdue, unless the centre has seen one of the line since."""
        pattern = self._pattern(assignment.trip)
        seen_us, now_us = self.centre.seen_us[pattern.slots[0]], int(self.driving.site.env.now)
        planned_us = self.driving.timetable.headway_us(assignment.trip)
        if seen_us < assignment.planned_us - planned_us // 2:
            alert = Alert(
                alert=HeadwayAlert.GAP,
                line=pattern.line,
                trip=assignment.trip,
                bus=None,
                place=0,
                headway_us=now_us - seen_us,
                planned_us=planned_us,
                known_us=now_us,
            )
            self.driving.site.process(self._overdue(alert, block, assignment))

    def breakdown(self, bus: Bus, block: VehicleBlock | None) -> None:
        """Take a driver's call; a block without vehicle is given another one."""
        self.driving.site.env.process(self._breakdown(bus, block))

    def _headway(self, alert: Alert) -> Steps:
        bus = alert.bus
        self._record(alert)
        outcome = yield from self.desk.serve(self._decision_us(), ORDINARY)
        if bus is not None and alert.alert == HeadwayAlert.BUNCHING:
            yield from self._hold(bus, alert, outcome.waited_us)
        elif bus is not None and (turning := self._turning(bus, alert.place)) is not None:
            yield from self._order(Instruction.SHORT_TURN, turning, alert.known_us, outcome.waited_us, Reason.GAP)
            if self._reached(turning):
                turning.last = min(turning.place + 2, turning.pattern.last)

    def _overdue(self, alert: Alert, block: VehicleBlock, assignment: TripAssignment) -> Steps:
        """Send a spare vehicle out in place of one that is late; it must exist, and be there first."""
        self._record(alert)
        outcome = yield from self.desk.serve(self._decision_us(), ORDINARY)
        empty = self.driving.empty
        way = empty.way(self.depot.point, empty.point(self._pattern(assignment.trip), 0))
        ready_us = int(self.driving.site.env.now) + self.parameters.order_delay + max(self.parameters.insert_ready, way.quickest_us)
        if block.assignment is assignment or self._expected_us(block, assignment) <= ready_us:
            return
        vehicle = self.depot.take()
        if vehicle is None:
            return
        block.given_away.append(assignment)
        yield from self._order(Instruction.INSERT, assignment, alert.known_us, outcome.waited_us, Reason.LATE_DEPARTURE)
        self.driving.site.process(self._inserted(vehicle, assignment))

    def _expected_us(self, block: VehicleBlock, assignment: TripAssignment) -> int:
        """Return when a block's vehicle should be where an assignment begins: the rest of its trip as timetabled, from its last report on.

        For ever without a vehicle.
        """
        if block.vehicle.state is VehicleState.RUNNING_EMPTY:
            return block.vehicle.there_us
        for line in self.lines:
            for bus in line.buses.values():
                if bus.vehicle is block.vehicle:
                    empty = self.driving.empty
                    way = empty.way(empty.point(bus.pattern, bus.last), empty.point(self._pattern(assignment.trip), 0))
                    return self._arrives_us(bus) + max(self.driving.parameters.turnaround, way.quickest_us)
        return NEVER_US

    def _arrives_us(self, bus: Bus) -> int:
        """Return when a bus should end its trip, as far as its last report says; never before now."""
        trip = self.driving.timetable.network.trips[bus.trip]
        unheard = bus.heard_us == LONG_AGO_US
        left_us, place = (bus.planned_us, bus.first) if unheard else (bus.heard_us, bus.heard_place)
        return max(left_us + int(trip.arrive_us[bus.last] - trip.depart_us[place]), int(self.driving.site.env.now))

    def _hold(self, bus: Bus, alert: Alert, waited_us: int) -> Steps:
        """Hold the bus at its next stop."""
        hold_us = min(int(float(HEADWAY_CLOSED) * (alert.planned_us - alert.headway_us)), self.parameters.longest_hold)
        yield from self._order(Instruction.HOLD, bus, alert.known_us, waited_us, Reason.BUNCHING, hold_us)
        if self._reached(bus):
            bus.hold_us = hold_us

    def _inserted(self, vehicle: Vehicle, instead: TripAssignment) -> Steps:
        """Run the trip with a spare vehicle, as soon as it is there, and bring it back to the depot."""
        env, pattern = self.driving.site.env, self._pattern(instead.trip)
        ready_us = int(env.now) + self.parameters.insert_ready
        empty = self.driving.empty
        yield from empty.drive(vehicle, empty.point(pattern, 0), pattern.number, ready_us)
        vehicle.state = VehicleState.LAYOVER
        yield env.timeout(max(0, ready_us - int(env.now)))
        now_us = int(env.now)
        first_us = self.driving.timetable.depart_list[instead.trip]
        assignment = TripAssignment(instead.trip, now_us - first_us, instead.date_code, now_us, instead.block_code, added=True)
        bus = yield from self.driving.run(vehicle, assignment, now_us)
        if bus is None or not bus.broken:
            yield from empty.drive(vehicle, self.depot.point, pattern.number, NEVER_US)
            self.depot.give(vehicle)

    def _reached(self, bus: Bus) -> bool:
        """Return whether an order gets through to a driver now."""
        site, now_us = self.driving.site, int(self.driving.site.env.now)
        return site.reachable_us(bus.vehicle.district, now_us) == now_us

    def _turning(self, bus: Bus, place: int) -> Bus | None:
        """Return the nearest bus on the way back that would turn just ahead of one that left a place late, as far as reports say.

        It must be nearly empty, and so late that its next departure would be late too: turning costs the line nothing then.
        """
        network = self.driving.timetable.network
        gap_share = bus.pattern.distance_m[place] / bus.pattern.distance_m[-1]
        best, nearest = None, float(TURNS_AHEAD)
        for other in self._line(bus).buses.values():
            if other.pattern.direction == bus.pattern.direction or other.next_trip < 0 or other.heard_load > float(TURNS_WITH_LOAD):
                continue
            following, trip = self._pattern(other.next_trip), network.trips[other.trip]
            fits = following.line == bus.pattern.line and following.direction == bus.pattern.direction
            slack_us = int(network.trips[other.next_trip].depart_us[0] - trip.arrive_us[-1])
            late_us = other.heard_us - other.run.day_us - int(trip.depart_us[other.heard_place])
            ahead = 1.0 - other.pattern.distance_m[other.heard_place] / other.pattern.distance_m[-1] - gap_share
            if (
                other.heard_us >= 0
                and fits
                and late_us > slack_us
                and 0.0 < ahead < nearest
                and other.heard_place + 2 < other.last == other.pattern.last
            ):
                best, nearest = other, ahead
        return best

    def _breakdown(self, bus: Bus, block: VehicleBlock | None) -> Steps:
        site = self.driving.site
        env = site.env
        yield env.timeout(site.reachable_us(bus.vehicle.district, int(env.now)) - int(env.now))
        yield env.timeout(self.parameters.breakdown_call)
        called_us = int(env.now)
        self.driving.journal.notices.add(Notice(known_us=called_us, source_kind=SourceKind.TRIP_STATE, line=bus.pattern.line))
        outcome = yield from self.desk.serve(self._decision_us(), URGENT)
        if block is None or block.relief is None or block.relief.triggered or not self.depot.spares:
            return
        yield from self._order(Instruction.SWAP, bus, called_us, outcome.waited_us, Reason.BREAKDOWN)
        if not block.relief.triggered:
            block.relief.succeed()

    def _record(self, alert: Alert) -> None:
        """Leave the row of an alert and remember it for the overview."""
        self.recent[alert.line] = alert
        driving, pattern = self.driving, self._pattern(alert.trip)
        route, trip = driving.lines[alert.line].route_code, self._trip_code(alert.bus, alert.trip)
        stop = driving.stop_codes[pattern.stops[alert.place]]
        headway_s = alert.headway_us / SECOND_US if alert.headway_us < FORGOTTEN_US else float("nan")
        driving.site.record(
            HEADWAY_ALERT,
            self.device,
            route=route,
            direction_id=pattern.direction,
            alert=alert.alert,
            trip=trip,
            stop=stop,
            headway_s=headway_s,
            scheduled_headway_s=alert.planned_us / SECOND_US,
        )
        notice = Notice(known_us=driving.site.now_us, source_kind=SourceKind.HEADWAY_ALERT, line=alert.line)
        driving.journal.notices.add(notice)

    def _order(
        self, instruction: Instruction, whom: Bus | TripAssignment, alerted_us: int, waited_us: int, reason: Reason, hold_us: int = 0
    ) -> Steps:
        """Leave the row and let the order travel to the driver."""
        site, pattern = self.driving.site, self._pattern(whom.trip)
        place = whom.heard_place if isinstance(whom, Bus) else whom.first
        hold_s = hold_us / SECOND_US if instruction == Instruction.HOLD else float("nan")
        route, trip = self.driving.lines[pattern.line].route_code, self._trip_code(whom if isinstance(whom, Bus) else None, whom.trip)
        site.record(
            DISPATCH,
            self.device,
            route=route,
            instruction=instruction,
            trip=trip,
            stop=self.driving.stop_codes[pattern.stops[place]],
            hold_s=hold_s,
            reason=reason,
            waited_s=waited_us / SECOND_US,
        )
        site.sample(DISPATCH_WAIT, waited_us / SECOND_US)
        yield site.env.timeout(self.parameters.order_delay)
        site.sample(DISPATCH_LATENCY, (site.now_us - alerted_us) / SECOND_US)

    def _decision_us(self) -> int:
        return int(lognormal_mean(self.rng, self.parameters.decision, float(DECISION_CV)))

    def _trip_code(self, bus: Bus | None, trip: int) -> int:
        """Return the code of the trip that a bus runs, an inserted one's own; without a bus that of the timetable's trip."""
        return self.driving.trip_codes[trip] if bus is None else bus.run.trip_code

    def _line(self, bus: Bus) -> LineInService:
        return self.driving.lines[bus.pattern.line]

    def _pattern(self, trip: int) -> PatternStops:
        return self.driving.timetable.pattern_stops_of(trip)
