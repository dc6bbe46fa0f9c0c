"""A bus at work on one trip: what its process, the riders, the sensors and the dispatchers share.

Owns plain mutable state, one object for each trip under way; nothing here draws or decides.
"""

from dataclasses import dataclass

from devices.buses.choices import VehicleState
from devices.buses.journal import OperatedTrip
from devices.buses.network.pattern_stops import PatternStops
from sim.units import LONG_AGO_US

NOWHERE = 1 << 30
NO_POINT = NO_TRIP = -1


@dataclass(slots=True)
class Vehicle:
    """A vehicle: its device number, id, whether it has a door contact, and what it is doing (a word of the census).

    `point` is where it stands or stood last (see EmptyDriving), NO_POINT before its first trip; `there_us` when its last empty run ends.
    """

    device: int
    name: str
    district: str
    door_contact: bool
    state: VehicleState = VehicleState.DEPOT
    until_breakdown_m: float = 0.0
    point: int = NO_POINT
    there_us: int = 0


@dataclass(slots=True)
class Bus:
    """One operated trip under way.

    `operated` indexes Journal.trips, where `run` is its row, `trip` the network; `place` is where it is or was last, `at_us` its arrival
    there; `headways_us` planned by place; `alighting` riders by the place they alight at; `drive_us` running time from each place to the
    next; `dwell_noise` a factor by place. `seen_us` by place: how long after a departure a sensor notices it (-1: missed), `known_us` how
    long after the network let its report pass the centre knows it. `heard_us`, `heard_place` and `heard_load` are what the centre knows
    last: when it left which place with how many riders. Dispatchers write `hold_us` (once, at the next stop) and `last` (the trip ends
    there). `next_trip` of the vehicle's block, NO_TRIP for none. On a through service it comes from another trip at its first place and
    goes on with another at its last.
    """

    vehicle: Vehicle
    operated: int
    run: OperatedTrip
    trip: int
    pattern: PatternStops
    planned_us: int
    headways_us: list[int]
    last: int
    alighting: list[int]
    drive_us: list[int]
    dwell_noise: list[float]
    seen_us: list[int]
    known_us: list[int]
    first: int = 0
    place: int = 0
    at_us: int = 0
    load: int = 0
    hold_us: int = 0
    breaks_at: int = NOWHERE
    quiet_until_us: int = LONG_AGO_US
    next_trip: int = NO_TRIP
    comes_through: bool = False
    goes_through: bool = False
    heard_us: int = LONG_AGO_US
    heard_place: int = 0
    heard_load: int = 0

    @property
    def broken(self) -> bool:
        """Return whether the bus has broken down where it is."""
        return self.place == self.breaks_at
