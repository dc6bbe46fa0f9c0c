"""A fleet that reports at an even rate, as a system of its own: load for the way from plan to store.

Owns vehicles without a timetable, with the columns of the buses' `vehicle_position`. The values are drawn, not simulated: what is
measured here is the way, and the engine's own speed with real buses in `benchmarks.city`.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from devices.buses.kinds import VEHICLE_POSITION
from sim.city.declared import Declared
from sim.city.site import Site
from sim.events.batches import Column, Span
from sim.events.kinds import Field, FieldType, Kind
from sim.scenario import Scenario
from sim.system import Installation, System
from sim.units import SECOND_US

POSITION: Kind = replace(VEHICLE_POSITION, system="fleet")
# About seven columns in the store, as the project's first measurements of stores had; POSITION has 17.
SHORT: Kind = Kind(
    "fleet_report",
    system="fleet",
    doc="where a vehicle is",
    qos=1,
    fields=tuple(
        POSITION.field(name) for name in ("direction_id", "latitude", "longitude", "speed_m_s", "odometer_m", "occupancy_status", "trip")
    ),
)
WORDS = 200  # routes and trips to choose from
LARGEST = 130.0  # of a real: degrees, metres a second
LARGEST_INTEGER = 60


class Fleet(System):
    """So many vehicles, each reporting once a second of city time at a phase of its own."""

    vehicles: int = 2_000
    declared = Declared("fleet", kinds=(SHORT,))

    def build(self, site: Site) -> "FleetInstallation":
        """Register the vehicles, spread evenly over the districts."""
        for number in range(self.vehicles):
            site.roster.add(f"vehicle-{number:05d}", site.district_names[number % len(site.district_names)])
        (kind,) = site.declared.kinds
        for field in kind.fields:
            if field.type is FieldType.TEXT:
                for number in range(WORDS):
                    site.names(field.name).code(f"{field.name}-{number}")
        phase_us = np.sort(site.stream("phase").integers(0, SECOND_US, self.vehicles))
        return FleetInstallation(site, kind, phase_us)


class WideFleet(Fleet):
    """The same with the rows of a position."""

    declared = Declared("fleet", kinds=(POSITION,))


@dataclass(frozen=True, slots=True)
class FleetInstallation(Installation):
    """The fleet in one city; `phase_us` is sorted, by vehicle."""

    site: Site
    kind: Kind
    phase_us: NDArray[np.int64]

    def emit(self, span: Span) -> None:
        """Leave a row per vehicle and second."""
        ticks_us = np.arange(span.start_us, span.end_us, SECOND_US)
        vehicles = len(self.phase_us)
        time_us = (ticks_us[:, None] + self.phase_us).ravel()
        device = np.tile(np.arange(vehicles, dtype=np.int32), len(ticks_us))
        rng = self.site.stream("values", span.index)
        columns = {field.name: drawn(field, device, rng) for field in self.kind.fields}
        self.site.rows(self.kind, time_us, device, columns, rounded=True)


def drawn(field: Field, device: NDArray[np.int32], rng: np.random.Generator) -> Column:
    """Return a column of values as the field may have them, none absent. Tags stay with the vehicle: one series each."""
    if field.type is FieldType.REAL:
        return np.round(rng.uniform(0, LARGEST, len(device)), field.decimals)
    limit = {FieldType.CHOICE: len(field.values), FieldType.TEXT: WORDS}.get(field.type, LARGEST_INTEGER)
    values = device % limit if field.tag else rng.integers(0, limit, len(device))
    return values.astype(field.dtype)


def fleet(kind: Kind, events: int, vehicles: int) -> Scenario:
    """Return a scenario of SHORT or POSITION with so many events in all, to a whole second of the fleet."""
    seconds = max(round(events / vehicles), 1)
    chosen = Fleet if kind is SHORT else WideFleet
    return Scenario(name="fleet", systems=(chosen(vehicles=vehicles),), duration=seconds * SECOND_US, warm_up=0)
