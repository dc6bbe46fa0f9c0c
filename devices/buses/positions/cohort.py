"""Where the buses report themselves to be (B1, N13): one row per vehicle in service and beat of its rhythm.

Owns the way from legs to rows of `vehicle_position`. Rhythm, receivers and shapes stand in modules of their own.
"""

import numpy as np
from numpy.typing import NDArray

from devices.buses.journal import MOVED_US, Journal, Sightings
from devices.buses.network.arrays import Network
from devices.buses.positions.active_legs import ActiveLegs, LegCursor, active_legs
from devices.buses.positions.receivers import RECEIVER_FIGURES, ReceiverParameters, Receivers
from devices.buses.positions.reporting import REPORTING_FIGURES, Reporting, ReportingParameters
from devices.buses.positions.rows import ROW_FIGURES, PositionRows, leg_facts
from devices.buses.positions.shapes import MILLION, Shapes
from devices.buses.positions.vehicle_log import VehicleLog
from devices.buses.positions.way_columns import WayColumns
from sim.arrays import Int
from sim.city.links import Link, Links
from sim.city.site import Site
from sim.events.batches import WITHHELD, Span
from sim.figures import Grade
from sim.judge.measures import Measure
from sim.toolkit.draws import Draws
from sim.units import LONG_AGO_US, SECOND_US

NO_WAY = Link(stores=False)

HALF_WORD = np.uint64(32)  # bits

FIGURES = (*REPORTING_FIGURES, *RECEIVER_FIGURES, *ROW_FIGURES)

POSITION_AGE = Measure("position_age_s", unit="s", doc="age of a bus's last known position, once a minute", plan_ids=("B1", "N13"))
MEASURES = (POSITION_AGE,)

OBJECTIVES = (
    POSITION_AGE.share_within(
        90,
        at_least=0.99,
        grade=Grade.A,
        source="GTFS Realtime Best Practices: no older than 90 s; the share is an assumption",
    ),
)


class PositionParameters(ReportingParameters, ReceiverParameters):
    """Rhythm and receivers together: `buses.positions.interval=5s`, `buses.positions.rtk_share=100%`."""


class Positions:
    """The cohort of all vehicles' positions."""

    def __init__(
        self,
        site: Site,
        network: Network,
        journal: Journal,
        parameters: PositionParameters,
        capacity: int = 70,
        link: Link | Links = NO_WAY,
    ) -> None:
        """Lay the shapes out as a table; `capacity` in persons turns a load into a status, `link` is the vehicles'."""
        draws = Draws(site, "positions")
        self._site = site
        self._journal = journal
        self._uplinks = site.uplinks(link)
        self._interval_us = parameters.interval
        self._capacity = capacity
        self._draws = draws
        self._shapes = Shapes(network.patterns)
        self._receivers = Receivers(draws, parameters, self._shapes.latitude / MILLION)
        self._reporting = Reporting(draws, parameters)
        self._log = VehicleLog()
        self._ways = WayColumns(site, network, self._shapes, journal.ways)

    def emit(self, span: Span, out: Site) -> None:
        """Leave the slice's rows, sorted by time and device, and the age of each known position."""
        legs = active_legs(self._journal.legs, span)
        self._ways.read()
        if not len(legs):
            return
        self._log.enter(span, legs, self._draws.count())
        if span.warm:
            return
        devices, first_us, heard, pairs = self._rhythm(span, legs)
        order = np.searchsorted(legs.vehicles, devices)
        trips = self._ways.of(legs.trip, self._journal.trips)
        facts = leg_facts(legs, self._log.odometer_m, trips, self._ways, self._shapes, self._capacity)
        rows = PositionRows(
            span=span,
            most=int(heard.sum()),
            facts=facts,
            shapes=self._shapes,
            errors=self._receivers.during(span, devices),
            devices=devices,
        )
        cursor, leg = LegCursor(legs, order), np.empty(heard.shape, dtype=np.int64)
        for beat in range(len(heard)):
            at_us = first_us + beat * self._interval_us
            heard[beat] &= cursor.advance(at_us)
            leg[beat] = cursor.leg
            rows.add(cursor.leg, at_us, pairs[beat], np.flatnonzero(heard[beat]))
        rows.leave(out)
        passed_us = self._passed_us(rows)
        self._journal.sightings = _sighted(legs, leg[heard], rows, passed_us)
        heard[heard] = passed_us < span.end_us
        self._observe(span, legs, devices, first_us, heard, out)

    def _rhythm(self, span: Span, legs: ActiveLegs) -> tuple[Int, Int, NDArray[np.bool_], NDArray[np.uint16]]:
        """Return the vehicles in service in order of their first beat, that beat, which beats are heard, and 2 x 16 bits for each."""
        drawn = self._draws.words("words", span.index, self._reporting.beats(span))
        first_us = self._reporting.first_us(span, legs.vehicles)
        order = np.lexsort((legs.vehicles, first_us))
        devices, first_us = legs.vehicles[order], first_us[order]
        words = drawn[devices].T
        pairs = words.astype(np.uint32, order="C").view(np.uint16).reshape(*words.shape, 2)
        bits = (words >> HALF_WORD).astype(np.uint16, order="C")
        return devices, first_us, self._reporting.heard(span, devices, first_us, bits), pairs

    def _observe(self, span: Span, legs: ActiveLegs, devices: Int, first_us: Int, heard: NDArray[np.bool_], out: Site) -> None:
        """Sample the age at the end of the slice, of buses in service then; `heard` is what the network has let pass by then."""
        self._log.hear(devices, _last(span, first_us, heard, self._interval_us))
        staying = legs.vehicles[legs.end_us[legs.last] >= span.end_us - span.start_us]
        since_us = np.maximum(self._log.since_us[staying], self._site.start_us)
        ages_us = span.end_us - np.maximum(self._log.known_us[staying], since_us)
        out.sample(POSITION_AGE, ages_us / SECOND_US)

    def _passed_us(self, rows: PositionRows) -> Int:
        """Return when the network has let each row pass, WITHHELD for never: shape (n,)."""
        sent_us, device = rows.sent()
        return self._uplinks.all_passed(device, sent_us + MOVED_US, sent_us)


def _sighted(legs: ActiveLegs, leg: Int, rows: PositionRows, passed_us: Int) -> Sightings:
    """Return what the centre comes to know of buses on trips; `leg` by row. One that stands at its first stop says nothing yet."""
    length_m, trip = legs.length_m[leg], legs.trip[leg]
    moving = length_m > 0
    stop = legs.stop[leg] - moving
    part = np.full(len(leg), np.nan)
    np.divide(rows.driven_m(leg), length_m, out=part, where=moving)
    telling = np.flatnonzero((trip >= 0) & (moving | (stop > 0)) & (passed_us != WITHHELD))
    sent_us, _ = rows.sent()
    return Sightings(passed_us[telling], sent_us[telling], trip[telling], stop[telling], np.clip(part[telling], 0.0, 1.0))


def _last(span: Span, first_us: Int, heard: NDArray[np.bool_], interval_us: int) -> Int:
    """Return the instant of each vehicle's last heard beat, LONG_AGO_US for none: shape (n,)."""
    beat = len(heard) - 1 - heard[::-1].argmax(axis=0)
    return np.where(heard.any(axis=0), span.start_us + first_us + beat * interval_us, LONG_AGO_US)
