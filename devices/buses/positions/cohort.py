"""Where the buses report themselves to be (B1, N13): one row per vehicle in service and beat of its rhythm.

Owns the way from legs to rows of `vehicle_position`. Rhythm, receivers and shapes stand in modules of their own.
"""

import numpy as np
from numpy.typing import NDArray

from devices.buses.draws import Draws
from devices.buses.journal import Journal
from devices.buses.kinds import SYSTEM
from devices.buses.network.arrays import Network
from devices.buses.positions.active_legs import ActiveLegs, LegCursor, active_legs
from devices.buses.positions.receivers import RECEIVER_FIGURES, ReceiverParameters, Receivers
from devices.buses.positions.reporting import REPORTING_FIGURES, Reporting, ReportingParameters
from devices.buses.positions.rows import ROW_FIGURES, PositionRows, leg_facts
from devices.buses.positions.shapes import MILLION, Shapes
from devices.buses.positions.trip_columns import TripColumns
from devices.buses.positions.vehicle_log import LONG_AGO_US, VehicleLog
from devices.buses.positions.way_columns import WayColumns
from sim.batches import Span
from sim.city import City
from sim.collector import Collector
from sim.figures import Grade
from sim.measures import Measure, Objective, Statistic
from sim.units import SECOND_US

Int = NDArray[np.int64]

HALF_WORD = np.uint64(32)  # bits

FIGURES = (*REPORTING_FIGURES, *RECEIVER_FIGURES, *ROW_FIGURES)

POSITION_AGE = Measure("buses.position_age_s", "s", "age of a bus's last known position, once a minute", plan_ids=("B1", "N13"))
MEASURES = (POSITION_AGE,)

OBJECTIVES = (
    Objective(
        POSITION_AGE.name,
        Statistic.SHARE_WITHIN,
        limit=90,
        at_least=0.99,
        grade=Grade.A,
        source="GTFS Realtime Best Practices: no older than 90 s; the share is an assumption",
    ),
)


class PositionParameters(ReportingParameters, ReceiverParameters):
    """Rhythm and receivers together: `buses.positions.interval=5s`, `buses.positions.rtk_share=100%`."""


class Positions:
    """The cohort of all vehicles' positions."""

    def __init__(self, city: City, network: Network, journal: Journal, parameters: PositionParameters, capacity: int = 70) -> None:
        """Lay the shapes out as a table; `capacity` in persons turns a load into a status."""
        draws = Draws(city, SYSTEM, "positions")
        self._city = city
        self._journal = journal
        self._interval_us = parameters.interval
        self._capacity = capacity
        self._draws = draws
        self._shapes = Shapes(network.patterns)
        self._receivers = Receivers(draws, parameters, self._shapes.latitude / MILLION)
        self._reporting = Reporting(draws, parameters)
        self._trips = TripColumns(journal)
        self._log = VehicleLog()
        self._ways = WayColumns(city, network, self._shapes, journal.ways)

    def emit(self, span: Span, out: Collector) -> None:
        """Leave the slice's rows, sorted by time and device, and the age of each known position."""
        legs = active_legs(self._journal.legs, span)
        self._trips.read()
        self._ways.read()
        if not len(legs):
            return
        self._log.enter(span, legs, self._draws.count())
        if span.warm:
            return
        devices, first_us, heard, pairs = self._rhythm(span, legs)
        order = np.searchsorted(legs.vehicles, devices)
        trips = self._ways.of(legs.trip, self._trips.of(np.maximum(legs.trip, self._trips.floor)))
        facts = leg_facts(legs, self._log.odometer_m, trips, self._ways, self._shapes, self._capacity)
        rows = PositionRows(span, int(heard.sum()), facts, self._shapes, self._receivers.during(span, devices), devices)
        cursor = LegCursor(legs, order)
        for beat in range(len(heard)):
            at_us = first_us + beat * self._interval_us
            heard[beat] &= cursor.advance(at_us)
            rows.add(cursor.leg, at_us, pairs[beat], np.flatnonzero(heard[beat]))
        rows.leave(out)
        self._observe(span, legs, devices, first_us, heard, out)

    def _rhythm(self, span: Span, legs: ActiveLegs) -> tuple[Int, Int, NDArray[np.bool_], NDArray[np.uint16]]:
        """Return the vehicles in service in order of their first beat, that beat, which beats are heard, and 2 x 16 bits for each."""
        drawn = self._draws.words("words", span.index, self._reporting.beats(span))
        first_us = self._reporting.first_us(span, legs.vehicles)
        order = np.lexsort((legs.vehicles, first_us))
        devices, first_us = legs.vehicles[order], first_us[order]
        words = drawn[devices].T
        pairs = words.astype(np.uint32, order="C").view(np.uint16).reshape(*words.shape, 2)
        luck = (words >> HALF_WORD).astype(np.uint16, order="C")
        return devices, first_us, self._reporting.heard(span, devices, first_us, luck), pairs

    def _observe(self, span: Span, legs: ActiveLegs, devices: Int, first_us: Int, heard: NDArray[np.bool_], out: Collector) -> None:
        """Sample the age at the end of the slice, of buses in service then; what falls into a network outage never comes."""
        beat_us = np.arange(len(heard), dtype=np.int64)[:, None] * self._interval_us
        self._silence_outages(span, devices, first_us + beat_us, heard)
        self._log.hear(devices, _last(span, first_us, heard, self._interval_us))
        staying = legs.vehicles[legs.end_us[legs.last] >= span.end_us - span.start_us]
        since_us = np.maximum(self._log.since_us[staying], self._city.start_us)
        ages_us = span.end_us - np.maximum(self._log.known_us[staying], since_us)
        out.sample(POSITION_AGE.name, ages_us / SECOND_US)

    def _silence_outages(self, span: Span, devices: Int, at_us: Int, heard: NDArray[np.bool_]) -> None:
        names, code = self._city.districts, self._city.roster(SYSTEM).district_codes()[devices]
        for district in np.unique(code):
            for blackout in self._city.blackouts(SYSTEM, names[int(district)]):
                if blackout.start_us < span.end_us and blackout.end_us > span.start_us:
                    inside = (at_us >= blackout.start_us - span.start_us) & (at_us < blackout.end_us - span.start_us)
                    heard &= ~(inside & (code == district))


def _last(span: Span, first_us: Int, heard: NDArray[np.bool_], interval_us: int) -> Int:
    """Return the instant of each vehicle's last heard beat, LONG_AGO_US for none: shape (n,)."""
    beat = len(heard) - 1 - heard[::-1].argmax(axis=0)
    return np.where(heard.any(axis=0), span.start_us + first_us + beat * interval_us, LONG_AGO_US)
