"""Duties: a block's trips, day after day, by one vehicle after the other when the first breaks down.

Owns the SimPy process of a block. A trip itself is `driving.py`'s, a replacement the dispatcher's and the depot's.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import simpy

from devices.buses.operation.bus import Vehicle
from devices.buses.operation.depots import Depot
from devices.buses.operation.driving import Driving, Task
from devices.buses.operation.visits import NEVER
from sim.units import MINUTE_US

STANDS_AT_MOST_US = 10 * MINUTE_US  # a vehicle comes to its terminal this long before a departure at the earliest (assumption)
IN_DEPOT_FROM_US = 45 * MINUTE_US  # a longer pause is spent in the depot, not at the terminal (assumption)

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Duty:
    """One block: `trips` index the network, in order.

    `relief` is fired by the dispatcher who swaps the vehicle. `task` is the trip under way or last run. `missing` is called with a task
    whose time has passed by `missing_after`; `given_away` holds the tasks an inserted bus has taken over.
    """

    driving: Driving
    depot: Depot
    vehicle: Vehicle
    trips: tuple[int, ...]
    block_code: int
    missing_after: int
    missing: Callable[["Duty", Task], None]
    task: Task | None = None
    ready_us: int = 0
    relief: simpy.Event | None = None
    given_away: list[Task] = field(default_factory=list)
    _turned_at_m: float = -1.0

    def work(self) -> Steps:
        """Run the block's trips on every day of the run, for ever; use as a process."""
        city = self.driving.city
        day = city.calendar.local(city.warm_from_us).date() - timedelta(days=1)
        self.ready_us = city.warm_from_us
        while True:
            tasks = self._tasks(day, city.calendar.instant_us(day))
            for place, task in enumerate(tasks):
                if place + 1 < len(tasks):
                    city.env.process(self._watch(tasks[place + 1]))
                yield from self._trip(task)
            day += timedelta(days=1)

    def _tasks(self, day: date, day_us: int) -> list[Task]:
        """Return the day's trips that leave once the city has begun."""
        driving = self.driving
        date_code = driving.city.names("start_date").code(f"{day:%Y%m%d}")
        depart_us = driving.timetable.depart_list
        return [
            Task(trip, day_us, date_code, day_us + depart_us[trip], self.block_code, following)
            for trip, following in zip(self.trips, (*self.trips[1:], NEVER), strict=True)
            if day_us + depart_us[trip] >= driving.city.warm_from_us
        ]

    def _watch(self, task: Task) -> Steps:
        """Call for help when the vehicle is not even at the terminal some time after it should have left."""
        env = self.driving.city.env
        yield env.timeout(max(0, task.planned_us + self.missing_after - int(env.now)))
        if self.task is not task:
            self.missing(self, task)

    def _trip(self, task: Task) -> Steps:
        env = self.driving.city.env
        if self.relief is not None:
            self.vehicle = yield from self._relieved(self.relief)
        if task in self.given_away:
            self.given_away.remove(task)
            self.driving.cancel(self.vehicle, task)
            return
        if self._turned_at_m >= 0.0:
            task.first, self._turned_at_m = self._counterpart(task.trip), -1.0
            task.planned_us = task.day_us + int(self.driving.timetable.network.trips[task.trip].depart_us[task.first])
        pause_us = task.planned_us - STANDS_AT_MOST_US - int(env.now)
        if pause_us > 0 and not task.first:
            self.vehicle.state = "depot" if pause_us > IN_DEPOT_FROM_US else "layover"
            yield env.timeout(pause_us)
        self.task = task
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
