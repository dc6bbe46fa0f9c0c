"""What is remembered of each vehicle from slice to slice: odometer, time in service, last known position.

Owns nothing random: everything follows from legs and reports, and giving the same slice twice changes nothing.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.positions.active_legs import ActiveLegs
from sim.events.batches import Span
from sim.units import LONG_AGO_US


def _instants() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class VehicleLog:
    """Columns by device number. `odometer_m` is that of the start of the slice, the others that of the last slice given."""

    odometer_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    since_us: NDArray[np.int64] = field(default_factory=_instants)
    known_us: NDArray[np.int64] = field(default_factory=_instants)
    _until_us: NDArray[np.int64] = field(default_factory=_instants)
    _next_m: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    _start_us: int = LONG_AGO_US

    def enter(self, span: Span, legs: ActiveLegs, devices: int) -> None:
        """Begin a slice: bring the odometers forward and note who came into service."""
        self._grow(devices)
        if span.start_us > self._start_us:
            self._start_us = span.start_us
            self.odometer_m = self._next_m
        done = legs.end_us <= span.end_us - span.start_us
        driven = np.bincount(legs.vehicle[done], weights=legs.length_m[done], minlength=devices)
        self._next_m = self.odometer_m + driven
        vehicle, begin = legs.vehicles, span.start_us + legs.start_us[legs.first]
        joined = vehicle[begin > self._until_us[vehicle]]
        self.since_us[joined] = begin[begin > self._until_us[vehicle]]
        self._until_us[vehicle] = span.start_us + legs.end_us[legs.last]

    def hear(self, vehicle: NDArray[np.int64], known_us: NDArray[np.int64]) -> None:
        """Note the last reports that reached the centre."""
        self.known_us[vehicle] = np.maximum(self.known_us[vehicle], known_us)

    def _grow(self, devices: int) -> None:
        fresh = devices - len(self.since_us)
        if fresh <= 0:
            return
        self.odometer_m = np.append(self.odometer_m, np.zeros(fresh))
        self._next_m = np.append(self._next_m, np.zeros(fresh))
        for name in ("since_us", "known_us", "_until_us"):
            setattr(self, name, np.append(getattr(self, name), np.full(fresh, LONG_AGO_US)))
