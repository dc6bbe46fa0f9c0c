"""Upkeep: chambers that get dirty and are cleaned, detectors that reach the end of their life and are replaced, and test alarms.

Owns when. What the receiver holds of a detector in trouble is `supervision`'s business, a battery too.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import AlarmCause, ContactId, Qualifier, TroubleCause
from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import DetectorStep
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.events import Events
from devices.alarms.smoke.rates import YEAR_DAYS
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.signals import signals
from sim.arrays import Flags, Int, Places, Real
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.draws import by_district
from sim.units import DAY_US, HOUR_US

YEAR_US = YEAR_DAYS * DAY_US
MONTH_DAYS = YEAR_DAYS / 12
TEST_DAYS = int(MONTH_DAYS / float(figures.TESTS))  # between two tests, so that no month has less
SHORTEST = 0.5  # of the mean
BY_DAY = (9, 20)  # h; nobody tests by hand at night


class Cycle(NamedTuple):
    """What is good for a while, then bad until somebody sees to it, over and over: columns of shape (detectors,), µs."""

    good_us: Int
    bad_us: Int
    phase_us: Int

    def age_us(self, at_us: int) -> Int:
        """Return how long each has been good, or that and how long bad, at an instant."""
        age_us: Int = (at_us + self.phase_us) % (self.good_us + self.bad_us)
        return age_us

    def bad(self, at_us: int) -> tuple[Places, Int]:
        """Return which are bad at an instant, and since when."""
        age_us = self.age_us(at_us)
        rows = np.flatnonzero(age_us >= self.good_us)
        return rows, at_us - (age_us - self.good_us)[rows]

    def begins(self, start_us: int, end_us: int) -> tuple[Places, Int]:
        """Return which become bad in a stretch shorter than a cycle, and when."""
        at_us = start_us + (self.good_us - self.age_us(start_us)) % (self.good_us + self.bad_us)
        rows = np.flatnonzero(at_us < end_us)
        return rows, at_us[rows]

    def ends(self, start_us: int, end_us: int) -> tuple[Places, Int]:
        """Return which become good in a stretch shorter than a cycle, and when."""
        at_us = start_us + -self.age_us(start_us) % (self.good_us + self.bad_us)
        rows = np.flatnonzero(at_us < end_us)
        return rows, at_us[rows]


class Upkeep:
    """The upkeep of a site's detectors."""

    def __init__(self, site: Site, detectors: Detectors, events: Events, supervision: Supervision) -> None:
        """Draw where in its life each detector is, and tell the receiver what it knows already."""
        self._detectors, self._events, self._supervision = detectors, events, supervision
        luck, normal = np.empty((len(detectors), 7)), np.empty((len(detectors), 2))
        for rows, rng in by_district(site, detectors.district, "smoke", "upkeep"):
            luck[rows] = rng.random((len(rows), 7))
        for rows, rng in by_district(site, detectors.district, "smoke", "lives"):
            normal[rows] = rng.standard_normal((len(rows), 2))
        good = np.maximum(1.0 + float(figures.LIFE_CV) * normal, SHORTEST) * (float(figures.DIRTY), float(figures.LIFE))
        self.cycles = {
            ContactId.SENSOR_TROUBLE: _cycle(good[:, 0], figures.CLEANED.us, luck[:, 0], luck[:, 5]),
            ContactId.MAINTENANCE: _cycle(good[:, 1], figures.REPLACED.us, luck[:, 1], luck[:, 6]),
        }
        self._by_hand: Flags = luck[:, 2] < float(figures.BY_HAND)
        self._tested_us = _tests(luck[:, 3], luck[:, 4], self._by_hand, site.calendar.day_start_us(site.start_us))
        for code, cycle in self.cycles.items():
            rows, since_us = cycle.bad(site.warm_from_us)
            self._tell(code, rows, since_us, Qualifier.NEW, since_us)

    def during(self, start_us: int, end_us: int) -> None:
        """Let chambers and lives come to their end in a stretch; stretches follow each other."""
        for code, cycle in self.cycles.items():
            rows, at_us = cycle.begins(start_us, end_us)
            self._tell(code, rows, at_us, Qualifier.NEW, at_us)
            rows, at_us = cycle.ends(start_us, end_us)
            self._tell(code, rows, at_us, Qualifier.RESTORE, at_us - cycle.bad_us[rows])

    def test(self, span: Span) -> None:
        """Let detectors be tested in a slice; a test of one without a path comes to nothing."""
        at_us = span.start_us + (self._tested_us - span.start_us) % (TEST_DAYS * DAY_US)
        for code, chosen in ((ContactId.MANUAL_TEST, self._by_hand), (ContactId.PERIODIC_TEST, ~self._by_hand)):
            rows = np.flatnonzero((at_us < span.end_us) & chosen)
            rows = rows[self._events.heard(rows, at_us[rows])]
            self._events.leave(at_us[rows], rows, DetectorStep.TESTED, code, cause=AlarmCause.TEST, began_us=at_us[rows])

    def _tell(self, code: ContactId, rows: Places, at_us: Int, qualifier: Qualifier, began_us: Int) -> None:
        self._supervision.report(signals(at_us, self._detectors.unit[rows], code, qualifier, TroubleCause.SENSOR, began_us))


def _cycle(good_years: Real, bad_us: int, luck: Real, phase: Real) -> Cycle:
    """Return a cycle that begins anywhere; what is bad is so exponentially long."""
    good_us = (good_years * YEAR_US).astype(np.int64)
    mended_us = (-np.log1p(-luck) * bad_us).astype(np.int64)
    return Cycle(good_us, mended_us, (phase * (good_us + mended_us)).astype(np.int64))


def _tests(day: Real, hour: Real, by_hand: Flags, midnight_us: int) -> Int:
    """Return an instant at which each detector is tested, the others following at the interval: by hand only by day."""
    begin, end = BY_DAY
    hours = np.where(by_hand, begin + hour * (end - begin), hour * 24)
    tested_us: Int = midnight_us + (day * TEST_DAYS).astype(np.int64) * DAY_US + (hours * HOUR_US).astype(np.int64)
    return tested_us
