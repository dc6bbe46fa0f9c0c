"""The rows of `vehicle_position`: what each leg says of a bus on it, and the columns filled beat by beat.

Owns the hot path: all vehicles are worked out at every beat, without a gather, and those that report are taken out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import CongestionLevel, CurrentStatus
from devices.buses.kinds import VEHICLE_POSITION
from devices.buses.network.motion import ramps
from devices.buses.occupancy import OCCUPANCY, occupancy
from devices.buses.positions.active_legs import ActiveLegs
from devices.buses.positions.receivers import Errors
from devices.buses.positions.shapes import FULL_TURN, MILLION, Shapes
from devices.buses.positions.way_columns import WayColumns
from sim.arrays import Code, Int, Real, Real32, Records
from sim.city.site import Site
from sim.events.batches import Column, Span
from sim.events.kinds import ABSENT_INT
from sim.figures import Figure
from sim.normal import NORMAL
from sim.units import SECOND_US

CONGESTION_KM_H = Figure(
    "mean speed between stops below which traffic is severely congested, congested, stop-and-go",
    value=(5.0, 8.0, 12.0),
    unit="km/h",
    source="assumption; network mean 15.3 km/h incl. stops (B)",
)
INCOMING_M = Figure("distance to the stop at which a bus counts as arriving", value=60.0, unit="m", low=30, high=150)

ROW_FIGURES = (CONGESTION_KM_H, INCOMING_M, OCCUPANCY)


HALF_M = 0.5  # what an odometer of whole metres leaves out on average
KM_H_PER_M_US = 3.6 * SECOND_US

NO_STOP = -1

# Columns that are constant on a leg, in the order of LegFacts.codes; the status is that near the stop.
REALS = (
    "start_us",
    "lasting_s",
    "ramp_s",
    "brakes_s",
    "half_acceleration_m_s2",
    "cruise_m_s",
    "ramp_cost_m",
    "length_m",
    "odometer_m",
    "cell",
    "cells_per_m",
)
CODES = ("route", "direction_id", "trip", "start_date", "current_status", "occupancy_status", "congestion_level", "current_stop_sequence")


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What a row takes from its leg: one column for each leg.

    `reals` as in REALS: how long it pulls away (`ramp_s`) and when it brakes, what a ramp costs against cruising; the odometer
    of its vehicle and the cell of the shapes at the start; shape (11, legs). `codes` as in CODES; NO_STOP on an empty run.
    """

    reals: Real
    codes: Code


def leg_facts(legs: ActiveLegs, odometer_m: Real, trips: Records, ways: WayColumns, shapes: Shapes, capacity: int) -> LegFacts:
    """Work out what rows take from legs.

    `odometer_m` by device; `trips` the operated trip of each leg; `ways` what patterns and empty runs say of legs on them.
    """
    way, moving, empty = trips["pattern"], legs.length_m > 0, legs.trip < 0
    lasting = (legs.end_us - legs.start_us).astype(np.float64)
    driven = np.cumsum(legs.length_m) - legs.length_m
    before = odometer_m[legs.vehicle] + driven - np.repeat(driven[legs.first], legs.last - legs.first + 1)
    acceleration, ramp_s = ramps(legs.length_m, lasting / SECOND_US)
    cells_per_m = np.where(empty, 1 / np.maximum(legs.length_m, 1.0), 1 / shapes.grid_m)
    cell = ways.cell[way] + legs.from_m * cells_per_m
    codes: dict[str, Int | Code] = {
        "route": ways.route[way],
        "direction_id": ways.direction[way],
        "trip": trips["trip_code"],
        "start_date": trips["start_date_code"],
        "current_status": np.where(moving, CurrentStatus.INCOMING_AT, CurrentStatus.STOPPED_AT),
        "occupancy_status": occupancy(legs.load, capacity),
        "congestion_level": _congestion(legs.length_m, lasting),
        "current_stop_sequence": np.where(empty, NO_STOP, legs.stop),
    }
    reals = {
        "start_us": legs.start_us.astype(np.float64),
        "lasting_s": lasting / SECOND_US,
        "ramp_s": ramp_s,
        "brakes_s": lasting / SECOND_US - ramp_s,
        "half_acceleration_m_s2": acceleration / 2,
        "cruise_m_s": acceleration * ramp_s,
        "ramp_cost_m": acceleration * ramp_s**2 / 2,
        "length_m": legs.length_m,
        "odometer_m": before,
        "cell": cell,
        "cells_per_m": cells_per_m,
    }
    return LegFacts(
        np.stack([reals[name] for name in REALS]),
        np.stack([codes[name] for name in CODES]).astype(np.int32),
    )


def _congestion(length_m: Real, lasting_us: Real) -> Code:
    limits = CONGESTION_KM_H.value
    level = CongestionLevel.SEVERE_CONGESTION - np.searchsorted(limits, length_m / lasting_us * KM_H_PER_M_US, side="right")
    return np.where(length_m > 0, level, CongestionLevel.UNKNOWN_CONGESTION_LEVEL).astype(np.int32)


class PositionRows:
    """Columns of a slice's rows, filled beat by beat."""

    def __init__(self, span: Span, most: int, facts: LegFacts, shapes: Shapes, errors: Errors, devices: Int) -> None:
        """Make room for `most` rows; `errors` and `devices` are by vehicle."""
        self._facts = facts
        self._empty_runs = bool((facts.codes[-1] == NO_STOP).any())
        self._shapes = shapes
        self._errors = errors
        self._devices = devices.astype(np.int32)
        self._start_us = span.start_us
        self._leg = np.full(len(devices), -1, dtype=np.int64)
        self._reals = np.zeros((len(facts.reals), len(devices)))
        self._codes = np.zeros((len(CODES), len(devices)), dtype=np.int32)
        self._filled = 0
        self._time = np.empty(most, dtype=np.int64)
        self._device = np.empty(most, dtype=np.int32)
        self._columns: dict[str, Column] = {each.name: np.empty(most, dtype=each.dtype) for each in VEHICLE_POSITION.fields}

    def add(self, leg: Int, at_us: Int, pair: NDArray[np.uint16], vehicle: NDArray[np.intp]) -> None:
        """Add the rows of some vehicles, given of all: leg, instant after the start of the slice, random bits of shape (n, 2).

        A vehicle that is not chosen need not be on its leg then.
        """
        first, self._filled = self._filled, self._filled + len(vehicle)
        here = slice(first, self._filled)
        column = {name: values[here] for name, values in self._columns.items()}
        self._turn(leg)
        np.add(at_us.take(vehicle), self._start_us, out=self._time[here])
        self._devices.take(vehicle, out=self._device[here], mode="clip")
        self._errors.fix.take(vehicle, out=column["fix_type"], mode="clip")
        self._errors.hdop.take(vehicle, out=column["hdop"], mode="clip")
        cell = self._move(at_us, column, vehicle)
        self._place(cell, at_us, pair, column, vehicle)

    def _turn(self, leg: Int) -> None:
        """Take over what is new of vehicles that have come to another leg."""
        turned = np.flatnonzero(leg != self._leg)
        fresh = leg[turned]
        self._leg[turned] = fresh
        self._reals[:, turned] = self._facts.reals[:, fresh]
        self._codes[:, turned] = self._facts.codes[:, fresh]

    def _move(self, at_us: Int, column: dict[str, Column], vehicle: NDArray[np.intp]) -> Real:
        """Fill in motion and what is constant on a leg; return where in the shapes all vehicles are, in cells."""
        start_us, lasting_s, ramp_s, brakes_s, half, cruise, cost_m, length_m, odometer_m, cell, cells_per_m = self._reals
        passed_s = np.subtract(at_us, start_us)
        passed_s *= 1 / SECOND_US
        np.minimum(np.maximum(passed_s, 0.0, out=passed_s), lasting_s, out=passed_s)
        # What is left of pulling away, p, and how long it has braked, q, make its speed v - a (p + q), its way v t - a (r² - p² + q²) / 2.
        pulling_s, braking_s = ramp_s - passed_s, passed_s - brakes_s
        np.maximum(pulling_s, 0.0, out=pulling_s)
        np.maximum(braking_s, 0.0, out=braking_s)
        changing = (pulling_s + braking_s) * half
        pulling_s -= braking_s
        pulling_s *= changing
        changing *= -2
        changing += cruise
        changing *= 10
        np.divide(np.rint(changing, out=changing).take(vehicle), 10, out=column["speed_m_s"])
        driven_m = np.multiply(passed_s, cruise, out=passed_s)
        driven_m += pulling_s
        driven_m -= cost_m
        np.copyto(column["odometer_m"], (driven_m + odometer_m).take(vehicle), casting="unsafe")
        for name, values in zip(CODES[:-1], self._codes, strict=False):
            values.take(vehicle, out=column[name], mode="clip")
        column["current_stop_sequence"][:] = stop = self._codes[-1].take(vehicle)
        if self._empty_runs:
            np.copyto(column["current_stop_sequence"], ABSENT_INT, where=stop == NO_STOP)
        far = length_m - driven_m >= float(INCOMING_M)
        np.copyto(column["current_status"], CurrentStatus.IN_TRANSIT_TO, where=far.take(vehicle))
        driven_m *= cells_per_m
        driven_m += cell
        return driven_m

    def _place(self, cell: Real, at_us: Int, pair: NDArray[np.uint16], column: dict[str, Column], vehicle: NDArray[np.intp]) -> None:
        true, bearing = self._shapes.locate(cell)
        column["bearing_deg"][:] = bearing.take(vehicle)
        reported = self._errors.at(at_us, NORMAL.take(pair))
        reported += true
        self._fill(true, column["true_latitude"], column["true_longitude"], vehicle)
        self._fill(reported, column["latitude"], column["longitude"], vehicle)

    def _fill(self, place: Real32, latitude: Column, longitude: Column, vehicle: NDArray[np.intp]) -> None:
        """Round places and make degrees of them: whole millionths divided by a million are what numpy's `round` gives."""
        chosen = np.rint(place, out=place).view(np.complex64)[:, 0].take(vehicle)
        for part, zero, into in ((chosen.real, self._shapes.latitude, latitude), (chosen.imag, self._shapes.longitude, longitude)):
            np.add(part, zero, out=into, dtype=np.float64)
        if self._shapes.crosses:  # shapes count on past 180 degrees, positions do not
            turns = np.floor_divide(np.add(longitude, FULL_TURN // 2, dtype=np.float64), FULL_TURN)
            np.subtract(longitude, FULL_TURN * turns, out=longitude)
        np.divide(latitude, MILLION, out=latitude)
        np.divide(longitude, MILLION, out=longitude)

    def driven_m(self, leg: Int) -> Real:
        """Return how far by its odometer each bus has come from the start of its leg; `leg` by row: shape (n,)."""
        odometer_m = self._columns["odometer_m"][: self._filled].astype(np.float64)
        driven: Real = odometer_m + HALF_M - self._facts.reals[REALS.index("odometer_m")][leg]
        return driven

    def sent(self) -> tuple[Int, Code]:
        """Return when and by which device the rows were sent: shape (n,) each."""
        return self._time[: self._filled], self._device[: self._filled]

    def leave(self, out: Site) -> None:
        """Hand all rows over."""
        rows = slice(0, self._filled)
        columns = {name: values[rows] for name, values in self._columns.items()}
        out.rows(VEHICLE_POSITION, self._time[rows], self._device[rows], columns, rounded=True)
