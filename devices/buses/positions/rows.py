"""The rows of `vehicle_position`: what each leg says of a bus on it, and the columns filled beat by beat.

Owns the hot path: work goes in pieces of one beat of all vehicles, which stay in the processor's cache.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.kinds import CONGESTION_LEVEL, CURRENT_STATUS, VEHICLE_POSITION
from devices.buses.positions.active_legs import ActiveLegs
from devices.buses.positions.receivers import Errors
from devices.buses.positions.shapes import Shapes
from devices.buses.positions.trip_columns import Operated
from sim.batches import Column, Span
from sim.collector import Collector
from sim.figures import Figure, Grade
from sim.units import SECOND_US

CONGESTION_KM_H = Figure(
    "mean speed between stops below which traffic is severely congested, congested, stop-and-go",
    (5.0, 8.0, 12.0),
    "km/h",
    Grade.K,
    "assumption; network mean 15.3 km/h incl. stops (B)",
)
INCOMING_M = Figure("distance to the stop at which a bus counts as arriving", 60.0, "m", Grade.K, "assumption", 30, 150)
OCCUPANCY = Figure(
    "load over capacity from which a bus has few seats, standing room, crushed standing room, none",
    (0.2, 0.4, 0.65, 0.9),
    "share",
    Grade.K,
    "assumption: 34 seats of 80 places",
)

ROW_FIGURES = (CONGESTION_KM_H, INCOMING_M, OCCUPANCY)

Real = NDArray[np.float64]
Int = NDArray[np.int64]
Code = NDArray[np.int32]

INCOMING, STOPPED, IN_TRANSIT = (CURRENT_STATUS.index(word) for word in ("incoming_at", "stopped_at", "in_transit_to"))
UNKNOWN, SMOOTH, SLOW, CONGESTED, SEVERE = range(len(CONGESTION_LEVEL))

# Standard normal numbers by 16 random bits: a draw costs one gather.
_GRID = np.linspace(-4.5, 4.5, 9001)
_BELOW = np.cumsum(np.exp(-(_GRID**2) / 2))
NORMAL = np.interp((np.arange(1 << 16) + 0.5) / (1 << 16), _BELOW / _BELOW[-1], _GRID)

ANYBODY = 0.5  # between nobody and one rider
KM_H_PER_M_US = 3.6 * SECOND_US


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What a row takes from its leg: one entry for each leg."""

    start_us: Real
    per_us: Real
    from_m: Real
    length_m: Real
    speed_m_s: Real  # six times the mean, the factor of the speed curve below
    to_m: Real
    odometer_m: Real  # of the point where the pattern's distance is 0
    cell: Int
    codes: dict[str, Column]  # columns that are constant on a leg, by field


def leg_facts(legs: ActiveLegs, odometer_m: Real, trips: Operated, patterns: dict[str, Code], shapes: Shapes, capacity: int) -> LegFacts:
    """Work out what rows take from legs.

    `odometer_m` by device; `trips` the operated trip of each leg; `patterns` route and direction by pattern.
    """
    pattern = trips.pattern
    lasting = (legs.end_us - legs.start_us).astype(np.float64)
    driven = np.cumsum(legs.length_m) - legs.length_m
    before = odometer_m[legs.vehicle] + driven - np.repeat(driven[legs.first], legs.last - legs.first + 1)
    codes: dict[str, Column] = {
        "route": patterns["route"][pattern],
        "direction_id": patterns["direction_id"][pattern],
        "trip": trips.trip_code.astype(np.int32),
        "start_date": trips.start_date_code.astype(np.int32),
        "current_stop_sequence": legs.stop,
        "current_status": np.where(legs.length_m > 0, IN_TRANSIT, STOPPED).astype(np.int32),
        "occupancy_status": occupancy(legs.load, capacity),
        "congestion_level": _congestion(legs.length_m, lasting),
    }
    return LegFacts(
        legs.start_us.astype(np.float64),
        1 / lasting,
        legs.from_m,
        legs.length_m,
        6 * legs.length_m / lasting * SECOND_US,
        legs.from_m + legs.length_m,
        before - legs.from_m,
        shapes.first[pattern],
        codes,
    )


def occupancy(load: Int, capacity: int) -> Code:
    """Return the GTFS-Realtime word of a load: empty, many or few seats available, standing room, crushed standing, full."""
    steps = capacity * np.array(OCCUPANCY.value, dtype=np.float64)
    return np.searchsorted(np.append(ANYBODY, steps), load, side="right").astype(np.int32)


def _congestion(length_m: Real, lasting_us: Real) -> Code:
    limits = CONGESTION_KM_H.value
    level = SEVERE - np.searchsorted(limits, length_m / lasting_us * KM_H_PER_M_US, side="right")
    return np.where(length_m > 0, level, UNKNOWN).astype(np.int32)


class PositionRows:
    """Columns of a slice's rows, filled piece by piece in order of time."""

    def __init__(self, most: int, facts: LegFacts, shapes: Shapes, errors: Errors, devices: Int) -> None:
        """Make room for `most` rows; `errors` and `devices` are by vehicle."""
        self._facts = facts
        self._shapes = shapes
        self._errors = errors
        self._devices = devices.astype(np.int32)
        self._filled = 0
        self._time = np.empty(most, dtype=np.int64)
        self._device = np.empty(most, dtype=np.int32)
        self._columns: dict[str, Column] = {each.name: np.empty(most, dtype=each.dtype) for each in VEHICLE_POSITION.fields}

    def add(self, vehicle: NDArray[np.intp], leg: Int, at_us: Int, word: NDArray[np.uint16]) -> None:
        """Add rows of vehicles on legs at instants after the start of the slice; `word` are random bits: shape (n, 4)."""
        facts = self._facts
        first, self._filled = self._filled, self._filled + len(vehicle)
        here = slice(first, self._filled)
        column = {name: values[here] for name, values in self._columns.items()}
        self._time[here] = at_us
        self._devices.take(vehicle, out=self._device[here], mode="clip")
        for name, values in facts.codes.items():
            values.take(leg, out=column[name], mode="clip")
        # A bus pulls away and brakes: s(u) = u² (3 - 2u) of the leg's length, hence a speed of 6 u (1 - u) times the mean.
        share = (at_us - facts.start_us.take(leg)) * facts.per_us.take(leg)
        along = facts.from_m.take(leg) + facts.length_m.take(leg) * (share * share * (3 - 2 * share))
        _round(facts.speed_m_s.take(leg) * (share - share * share), 10, column["speed_m_s"])
        np.add(along, facts.odometer_m.take(leg), out=column["odometer_m"], casting="unsafe")
        status = column["current_status"]
        status[(status == IN_TRANSIT) & (facts.to_m.take(leg) - along < float(INCOMING_M))] = INCOMING
        self._place(column, vehicle, facts.cell.take(leg), along, at_us, word)

    def _place(
        self, column: dict[str, Column], vehicle: NDArray[np.intp], cell: Int, along: Real, at_us: Int, word: NDArray[np.uint16]
    ) -> None:
        errors = self._errors
        north, east, bearing = self._shapes.locate(cell, along)
        latitude = np.add(north, self._shapes.latitude, dtype=np.float64)
        longitude = np.add(east, self._shapes.longitude, dtype=np.float64)
        column["bearing_deg"][:] = bearing
        errors.fix.take(vehicle, out=column["fix_type"], mode="clip")
        errors.hdop.take(vehicle, out=column["hdop"], mode="clip")
        _round(latitude, 1e6, column["true_latitude"])
        _round(longitude, 1e6, column["true_longitude"])
        latitude += (
            errors.north.take(vehicle)
            + errors.north_rate.take(vehicle) * at_us
            + errors.north_white.take(vehicle) * NORMAL.take(word[:, 0])
        )
        longitude += (
            errors.east.take(vehicle) + errors.east_rate.take(vehicle) * at_us + errors.east_white.take(vehicle) * NORMAL.take(word[:, 1])
        )
        _round(latitude, 1e6, column["latitude"])
        _round(longitude, 1e6, column["longitude"])

    def leave(self, span: Span, out: Collector) -> None:
        """Hand all rows over."""
        rows = slice(0, self._filled)
        columns = {name: values[rows] for name, values in self._columns.items()}
        out.rows(VEHICLE_POSITION, self._time[rows] + span.start_us, self._device[rows], columns, rounded=True)


def _round(values: Real, factor: float, into: Column) -> None:
    """Round as numpy's `round` does, in place of the kernel: here the numbers are still in the cache."""
    np.multiply(values, factor, out=into)
    np.rint(into, out=into)
    np.divide(into, factor, out=into)
