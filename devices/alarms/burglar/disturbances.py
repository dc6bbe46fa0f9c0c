"""Disturbances: what sets panels off that is neither an error of people nor a burglar: sensors, pets, weather, and hands at the cover.

Owns when they trip which zone. A sensor that trips again and again is shut down (swinger shutdown) until the panel is disarmed.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activations, cancel_us, perimeter_or_interior, reset_us, second_us
from devices.alarms.burglar.arming import STAYS, Armings
from devices.alarms.burglar.causes import FALSE
from devices.alarms.burglar.choices import ZoneType
from devices.alarms.burglar.today import Absences, Nights, Today
from devices.alarms.choices import AlarmCause, ContactId, Qualifier
from devices.causes import STORM
from sim.arrays import Flags, Int, Places, Real
from sim.city.incidents import Occurrence
from sim.units import DAY_US, HOUR_US, MINUTE_US, NEVER_US

CANCELLED = dict(zip(FALSE, figures.CANCELLED.numbers, strict=True))
NIGHT_ENDS_US = 4 * HOUR_US  # after midnight: nobody is up before
HALF = 0.5  # of faulty sensors are inside, of covers the panel's own
HIT, WHEN, INSIDE, WHICH, CONFIRMED, TRIPS, APART = range(7)  # columns of uniform draws


class Trips(NamedTuple):
    """Zones that are tripped: columns of equal length, with the draws of each; `bypassed` is the panel's zone that is not set, or 0."""

    panel: Places
    at_us: Int
    disarm_us: Int
    bypassed: Int
    uniform: Real
    normal: Real

    def some(self, rows: Flags) -> "Trips":
        """Return some of them."""
        at_us, disarm_us, bypassed = self.at_us[rows], self.disarm_us[rows], self.bypassed[rows]
        return Trips(self.panel[rows], at_us, disarm_us, bypassed, self.uniform[rows], self.normal[rows])


def while_armed(today: Today, away: Absences, disarmed_us: Int, bypassed: Int, armings: Armings, found: Activations) -> None:
    """Let sensors, pets and weather trip zones of panels that are armed away, in proportion to how long they are."""
    for cause, a_us in today.chances.armed.items():
        uniform, normal = (drawn[away.place] for drawn in today.luck(cause.word, APART + today.parameters.swinger, 3))
        length_us = away.entry_us - away.armed_us
        at_us = away.armed_us + (uniform[:, WHEN] * length_us).astype(np.int64)
        chance = a_us * length_us * away.factor * today.site.loads(at_us)
        hit = away.armed & (uniform[:, HIT] < chance)
        trips = _heard(today, cause, Trips(away.panel, at_us, disarmed_us, bypassed, uniform, normal).some(hit))
        if cause is AlarmCause.SENSOR_FAULT:
            _swing(today, trips, armings, found)
        else:
            _trip(today, cause, trips, found)


def in_a_storm(today: Today, away: Absences, disarmed_us: Int, bypassed: Int, found: Activations) -> None:
    """Let storms shake the windows of panels that are armed away: as weather does anyhow, times the figure and the severity."""
    for storm in today.site.incidents(STORM, today.district):
        uniform, normal = (drawn[away.place] for drawn in today.luck(f"storm {storm.start_us}", APART, 3))
        hit, at_us = _shaken(today, storm, (away.armed_us, away.entry_us), away.factor, uniform)
        hit &= away.armed
        trips = Trips(away.panel, at_us, disarmed_us, bypassed, uniform, normal).some(hit)
        _trip(today, AlarmCause.WEATHER, _heard(today, AlarmCause.WEATHER, trips), found)


def in_a_stormy_night(today: Today, tonight: Nights, armings: Armings, found: Activations) -> None:
    """Let storms wake those who have part set their panels, and who disarm them."""
    ends_us = np.full(len(tonight.panel), today.midnight_us + DAY_US + NIGHT_ENDS_US)
    window_us = today.parameters.cancel_window
    for storm in today.site.incidents(STORM, today.district):
        uniform, normal = (drawn[tonight.place] for drawn in today.luck(f"stormy night {storm.start_us}", APART, 3))
        hit, at_us = _shaken(today, storm, (tonight.at_us, ends_us), tonight.factor, uniform)
        sent_us = at_us + today.parameters.abort_window
        cancels = uniform[:, TRIPS] < CANCELLED[AlarmCause.WEATHER]
        disarm_us = sent_us + 1 + np.where(cancels, cancel_us(normal[:, 1], window_us - 1), reset_us(normal[:, 2], window_us))
        armings.disarm(disarm_us[hit], tonight.panel[hit], tonight.user[hit])
        trips = Trips(tonight.panel, at_us, disarm_us, np.zeros_like(at_us), uniform, normal).some(hit)
        _trip(today, AlarmCause.WEATHER, trips, found, at_home=True)


def tamper(today: Today, away: Absences, disarmed_us: Int, found: Activations) -> None:
    """Let covers be opened by people who have no business there, or who have: 24 h zones ask nobody whether the panel is armed."""
    uniform, normal = today.luck(AlarmCause.TAMPERING.word, APART, 3)
    at_us = today.midnight_us + (uniform[:, WHEN] * DAY_US).astype(np.int64)
    hit = uniform[:, HIT] < today.chances.tampering * today.factor * today.site.loads(at_us)
    panel, at_us, uniform, normal = today.row[hit], at_us[hit], uniform[hit], normal[hit]
    back_us, window_us = today.day.back_us[hit], today.parameters.cancel_window
    code_at_door_us = today.day.back_us.copy()
    code_at_door_us[away.place] = np.where(away.armed, disarmed_us, away.code_us)
    at_home = (at_us < today.day.left_us[hit]) | (at_us >= back_us)
    cancels = uniform[:, TRIPS] < CANCELLED[AlarmCause.TAMPERING]
    code_us = at_us + 1 + np.where(cancels, cancel_us(normal[:, 1], window_us - 1), reset_us(normal[:, 2], window_us))
    zone, partition = today.panels.zone(panel, ZoneType.TAMPER, uniform[:, WHICH])
    of_panel = uniform[:, INSIDE] < HALF
    found.add(
        panel,
        zone=np.where(of_panel, 0, zone),
        partition=partition,
        code=np.where(of_panel, ContactId.TAMPER, ContactId.SENSOR_TAMPER),
        cause=AlarmCause.TAMPERING,
        began_us=at_us,
        sent_us=at_us,  # nothing of a 24 h zone is aborted
        disarm_us=np.where(at_home, code_us, code_at_door_us[hit]),
        second_us=np.full(len(panel), NEVER_US),
        at_home=at_home,
    )


def _trip(today: Today, cause: AlarmCause, trips: Trips, found: Activations, *, at_home: bool = False) -> None:
    """Trip a zone of each panel once."""
    zone, partition, interior = _zones(today, cause, trips)
    confirmed = trips.uniform[:, CONFIRMED] < float(figures.CONFIRMED_FALSE)
    found.add(
        trips.panel,
        zone=zone,
        partition=partition,
        code=perimeter_or_interior(interior),
        cause=cause,
        began_us=trips.at_us,
        sent_us=trips.at_us + today.parameters.abort_window,
        disarm_us=trips.disarm_us,
        second_us=second_us(trips.at_us, confirmed & (not at_home), trips.normal[:, 0]),  # by night nothing inside is set
        at_home=at_home,
    )


def _heard(today: Today, cause: AlarmCause, trips: Trips) -> Trips:
    """Return those whose zone is not bypassed."""
    return trips.some(_zones(today, cause, trips)[0] != trips.bypassed)


def _zones(today: Today, cause: AlarmCause, trips: Trips) -> tuple[Int, Int, Flags]:
    """Return zone and partition of each, and which are interior: a pet is inside, weather outside, a faulty sensor anywhere."""
    anywhere = trips.uniform[:, INSIDE] < HALF
    interior = anywhere if cause is AlarmCause.SENSOR_FAULT else np.full(len(trips.panel), cause is AlarmCause.PET)
    inside, outside = (today.panels.zone(trips.panel, each, trips.uniform[:, WHICH]) for each in (ZoneType.INTERIOR, ZoneType.PERIMETER))
    return np.where(interior, inside[0], outside[0]), np.where(interior, inside[1], outside[1]), interior


def _swing(today: Today, trips: Trips, armings: Armings, found: Activations) -> None:
    """Trip faulty sensors, some of them again and again, until their zones are shut down."""
    again, most = float(figures.TRIPS_AGAIN), today.parameters.swinger
    count = 1 + np.floor(np.log1p(-trips.uniform[:, TRIPS]) / np.log(again)).astype(np.int64)
    apart_us = -np.log1p(-trips.uniform[:, APART:]) * float(figures.TRIPS_APART) * MINUTE_US
    for number in range(most):
        trips = trips._replace(at_us=trips.at_us + (apart_us[:, number].astype(np.int64) if number else 0))
        tripped = (number < count) & (trips.at_us < trips.disarm_us)
        _trip(today, AlarmCause.SENSOR_FAULT, trips.some(tripped), found)
    _shut_down(today, trips.some(tripped), armings)


def _shut_down(today: Today, last: Trips, armings: Armings) -> None:
    """Shut zones down at their last trip, until the panel is disarmed."""
    zone, _, _ = _zones(today, AlarmCause.SENSOR_FAULT, last)
    for at_us, qualifier in ((last.at_us, Qualifier.NEW), (last.disarm_us - 1, Qualifier.RESTORE)):
        armings.put(at_us, last.panel, STAYS, ContactId.SWINGER_BYPASS, qualifier, zone)


def _shaken(today: Today, storm: Occurrence, armed_us: tuple[Int, Int], factor: Real, uniform: Real) -> tuple[Flags, Int]:
    """Return which of some armed stretches a storm sets off, and when."""
    from_us, until_us = np.maximum(armed_us[0], storm.start_us), np.minimum(armed_us[1], storm.end_us)
    length_us = np.maximum(until_us - from_us, 0)
    at_us = from_us + (uniform[:, WHEN] * length_us).astype(np.int64)
    a_us = today.chances.armed[AlarmCause.WEATHER] * float(figures.STORM_WEATHER) * storm.severity
    return uniform[:, HIT] < a_us * length_us * factor * today.site.loads(np.minimum(at_us, until_us)), at_us
