"""Depots: the spare vehicles of a group of lines, and the broken ones under repair.

Owns who is free. An inserted or a swapped bus must come from here; when nobody is free, nobody comes.
"""

from collections.abc import Generator
from dataclasses import dataclass, field

import simpy

from devices.buses.choices import VehicleState
from devices.buses.driving.bus import Vehicle

Steps = Generator[simpy.Event, object, None]


@dataclass(slots=True)
class Depot:
    """The depot of one dispatcher's lines, at a `point` of empty runs; first come, first served."""

    env: simpy.Environment
    point: int
    spares: list[Vehicle] = field(default_factory=list)
    _waiting: list[simpy.Event] = field(default_factory=list)

    def take(self) -> Vehicle | None:
        """Return a free vehicle, or None when there is none."""
        return self.spares.pop(0) if self.spares else None

    def wait(self) -> simpy.Event:
        """Return an event whose value is a vehicle, as soon as one is free."""
        event = self.env.event()
        if self.spares:
            event.succeed(self.spares.pop(0))
        else:
            self._waiting.append(event)
        return event

    def give(self, vehicle: Vehicle) -> None:
        """Take a vehicle in that is here, or hand it to whoever waits longest."""
        vehicle.state, vehicle.point = VehicleState.DEPOT, self.point
        if self._waiting:
            self._waiting.pop(0).succeed(vehicle)
        else:
            self.spares.append(vehicle)

    def repair(self, vehicle: Vehicle, lasting_us: int) -> Steps:
        """Bring a broken vehicle back after a time; use as a process."""
        yield self.env.timeout(lasting_us)
        self.give(vehicle)
