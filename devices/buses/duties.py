"""Duties: a block's trips, day after day, by one vehicle after the other when the first breaks down.

Owns the SimPy process of a block. A trip itself is `driving.py`'s, a replacement the dispatcher's and the depot's.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import simpy

from devices.buses.bus import Vehicle
from devices.buses.depots import Depot
from devices.buses.driving import Driving, Task
from devices.buses.visits import NEVER
from sim.units import MINUTE_US

STANDS_AT_MOST_US = 10 * MINUTE_US  # a vehicle comes to its terminal this long before a departure at the earliest (assumption)
IN_DEPOT_FROM_US = 45 * MINUTE_US  # a longer pause is spent in the depot, not at the terminal (assumption)

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Duty:
    """One block: `trips` index the network, in order. `relief` is fired by the dispatcher who swaps the vehicle."""

    driving: Driving
    depot: Depot
    vehicle: Vehicle
    trips: tuple[int, ...]
    block_code: int
    ready_us: int = 0
    relief: simpy.Event | None = None
    _turned_at_m: float = field(default=-1.0)

    def work(self) -> Steps:
        """Run the block's trips on every day of the run, for ever; use as a process."""
        driving = self.driving
        calendar = driving.city.calendar
        day = calendar.local(driving.city.warm_from_us).date() - timedelta(days=1)
        self.ready_us = driving.city.warm_from_us
        while True:
            yield from self._day(day, calendar.instant_us(day))
            day += timedelta(days=1)

    def _day(self, day: date, day_us: int) -> Steps:
        driving = self.driving
        date_code = driving.city.names("start_date").code(f"{day:%Y%m%d}")
        for place, trip in enumerate(self.trips):
            planned_us = day_us + driving.timetable.depart_list[trip]
            if planned_us < driving.city.warm_from_us:
                continue
            following = self.trips[place + 1] if place + 1 < len(self.trips) else NEVER
            yield from self._trip(Task(trip, day_us, date_code, planned_us, self.block_code, following))

    def _trip(self, task: Task) -> Steps:
        env = self.driving.city.env
        if self.relief is not None:
            self.vehicle = yield from self._relieved(self.relief)
        if self._turned_at_m >= 0.0:
            task.first, self._turned_at_m = self._counterpart(task.trip), -1.0
            task.planned_us = task.day_us + int(self.driving.timetable.network.trips[task.trip].depart_us[task.first])
        pause_us = task.planned_us - STANDS_AT_MOST_US - int(env.now)
        if pause_us > 0 and not task.first:
            self.vehicle.state = "depot" if pause_us > IN_DEPOT_FROM_US else "layover"
            yield env.timeout(pause_us)
        bus = yield from self.driving.run(self.vehicle, task, max(self.ready_us, int(env.now)))
        if bus is not None:
            self.ready_us = int(env.now) + self.driving.parameters.turnaround
            if bus.broken:
                self.relief = env.event()
            elif bus.last < bus.course.last:
                self._turned_at_m = bus.course.distance_m[-1] - bus.course.distance_m[bus.last]

    def _relieved(self, relief: simpy.Event) -> Generator[simpy.Event, Vehicle, Vehicle]:
        """Wait for the order to swap, or the end of the repair, and then for a vehicle from the depot."""
        yield relief
        vehicle = yield self.depot.wait()
        self.relief = None
        self.ready_us = int(self.driving.city.env.now) + self.driving.parameters.turnaround
        return vehicle

    def _counterpart(self, trip: int) -> int:
        """Return the place on the next trip's course opposite to where the bus turned, never its last two."""
        course = self.driving.timetable.courses[int(self.driving.timetable.pattern_of[trip])]
        place = int(np.searchsorted(course.distance_m, self._turned_at_m))
        return max(0, min(place, course.last - 2))
