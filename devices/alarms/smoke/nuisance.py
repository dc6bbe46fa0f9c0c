"""Nuisance: a false alarm from the moment a detector sounds until it is reset.

Owns the process of one and what is measured of all. When one begins is `plan`'s business, what the centre makes of it that of `centre`.
"""

from collections import deque

import numpy as np

from devices.alarms.choices import AlarmCause, AlarmType, ContactId
from devices.alarms.reporting.register import Alarm, Register
from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import Hearing
from devices.alarms.smoke.conduct import at_a_false_alarm
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.events import FIRST, SECOND, Events
from devices.alarms.smoke.measures import A_SITE_AND_DAY, NUISANCE, SILENCED
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.rates import YEAR_DAYS
from sim.city.site import Site, Steps
from sim.events.batches import Span
from sim.toolkit.draws import lognormal
from sim.units import DAY_US

PEOPLE_MADE = (AlarmCause.COOKING, AlarmCause.STEAM)  # somebody is in
TOO_MANY = int(float(figures.TOO_MANY))
CONFIRMED_OF_TWO = min(float(figures.CONFIRMED_FALSE) / float(figures.SECOND), 1.0)
SPREAD = float(figures.SPREAD)


class Nuisance:
    """The false alarms of a site's detectors."""

    def __init__(self, site: Site, detectors: Detectors, events: Events, register: Register, parameters: SmokeParameters) -> None:
        """Count from now on."""
        self._site, self._detectors, self._events, self._register = site, detectors, events, register
        self._verification_us = parameters.verification
        self._of_home: dict[str, deque[int]] = {}
        self._in_slice = 0
        site.each_slice(self._pace)

    def alarm(self, row: int, cause: AlarmCause) -> Steps:
        """Sound, verify, report, and be reset when the smoke is gone and the centre has closed the case."""
        began_us, unit = self._site.now_us, int(self._detectors.unit[row])
        home = self._register.home(unit)
        rng = self._site.stream("smoke", "nuisance", home, began_us, district=self._register.district(unit))
        small_fire = cause is AlarmCause.COOKING and bool(rng.random() < float(figures.SMALL_FIRES))
        cause = AlarmCause.FIRE if small_fire else cause
        if self._events.hearing(unit) is Hearing.EMPTY:
            return  # a dead detector smells nothing
        self._events.pre_alarm(row, cause, began_us)
        yield self._site.wait(self._verification_us)
        alarm = self._register.raise_alarm(unit, AlarmType.SMOKE, ContactId.SMOKE, real=False, cause=cause, began_us=began_us, zone=FIRST)
        self._count(home)
        yield from self._reported(alarm, row, rng, small_fire=small_fire)

    def _reported(self, alarm: Alarm, row: int, rng: np.random.Generator, *, small_fire: bool) -> Steps:
        """Let the centre close it; a second detector that smells it has done so while the first one verified."""
        somebody_in = small_fire or alarm.cause in PEOPLE_MADE or not self._is_empty(row)
        conduct = at_a_false_alarm(rng, somebody_in=somebody_in, small_fire=small_fire)
        confirmed = bool(self._detectors.second[row] and rng.random() < CONFIRMED_OF_TWO)
        clear_us = self._site.now_us + round(lognormal(rng, figures.CLEARED_AFTER.us, SPREAD))
        if confirmed:
            self._register.confirm(alarm, ContactId.SMOKE, SECOND)
        report = self._site.env.process(self._register.report(alarm, conduct=conduct, confirmed_after_us=0 if confirmed else None))
        silenced = False
        if conduct.cancels_after_us is not None:
            yield report | self._site.env.timeout(conduct.cancels_after_us)
            if silenced := not report.triggered:
                self._register.cancel(alarm)
        yield report
        self._site.sample(SILENCED, float(silenced))
        if clear_us > self._site.now_us:
            yield self._site.wait(clear_us - self._site.now_us)
        self._register.restore(alarm)

    def _is_empty(self, row: int) -> bool:
        district = self._site.districts[int(self._detectors.district[row])]
        return bool(self._site.days.empty(district, self._site.now_us, self._detectors.home[[row]])[0])

    def _count(self, home: str) -> None:
        """Count a false alarm of a home; more than five within a day are marked, for somebody has to go there."""
        recent = self._of_home.setdefault(home, deque())
        recent.append(self._site.now_us)
        while recent[0] <= self._site.now_us - DAY_US:
            recent.popleft()
        self._in_slice += 1
        self._site.sample(A_SITE_AND_DAY, float(len(recent)))
        if len(recent) == TOO_MANY + 1:
            self._site.mark(f"{home}: more than {TOO_MANY} false smoke alarms within a day")

    def _pace(self, span: Span) -> None:
        """Leave the pace of false alarms in this slice, a detector home and year."""
        if len(self._detectors):
            a_year = YEAR_DAYS * DAY_US / (span.end_us - span.start_us)
            self._site.sample(NUISANCE, self._in_slice * a_year / len(self._detectors))
        self._in_slice = 0
