"""Plan: what will happen to detectors, drawn a day ahead from what people do that day.

Owns the draws of activations, columns for all homes of a district at once. What follows from one is `nuisance`'s and `fires`' business. A
meal sounds a detector, or steam, dust, a sensor, lightning or a fire does; at most once each a home and day.
"""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.smoke import figures
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.rates import HOURS, Rates, hours_of
from devices.causes import STORM
from sim.arrays import Flags, Int, Places, Real, Records
from sim.city.day_drawing import Meal
from sim.city.site import Site
from sim.toolkit.draws import by_district
from sim.toolkit.table import Table
from sim.units import HOUR_US, NEVER_US, SECOND_US

A_DAY = timedelta(days=1)


class Activation(NamedTuple):
    """A detector is set off, and somebody will hear of it: `row` numbers the detectors, `cause` is a code of `AlarmCause`."""

    time_us: int
    row: int
    cause: int


class Smoke(NamedTuple):
    """Cooking smoke sounds a detector; it is silenced at `hushed_us`, before the detector reports it, or passes: then NEVER_US."""

    time_us: int
    row: int
    hushed_us: int


class Plan:
    """What is ahead: days are planned in their order, each once."""

    def __init__(self, site: Site, detectors: Detectors, parameters: SmokeParameters) -> None:
        """Begin with the lightning of a scenario's storms; days follow when they are asked for."""
        self._site, self._detectors, self._parameters = site, detectors, parameters
        self._rates = Rates.of(parameters)
        self._activations, self._smoke = Table(Activation), Table(Smoke)
        self._planned: date | None = None
        self._lightning()

    def activations(self, start_us: int, end_us: int) -> Records:
        """Return what sets detectors off in a stretch, as `Activation`, in order of time; stretches follow each other."""
        self._until(start_us, end_us)
        due = self._activations.take_before(end_us)
        return due[due["time_us"] >= start_us]

    def smoke(self, start_us: int, end_us: int) -> Records:
        """Return the cooking smoke of a stretch that has been planned, as `Smoke`."""
        due = self._smoke.take_before(end_us)
        return due[due["time_us"] >= start_us]

    def _until(self, start_us: int, end_us: int) -> None:
        """Plan the days that are missing, first of all the one before, whose evening may be after midnight."""
        first, last = self._site.calendar.local(start_us).date() - A_DAY, self._site.calendar.local(end_us - 1).date()
        day = first if self._planned is None else self._planned + A_DAY
        while day <= last:
            for rows, rng in by_district(self._site, self._detectors.district, "smoke", "day", f"{day}"):
                self._cooking(day, rows, rng)
            for rows, rng in by_district(self._site, self._detectors.district, "smoke", "others", f"{day}"):
                self._others(day, rows, rng)
            self._planned = day
            day += A_DAY

    def _cooking(self, day: date, rows: Places, rng: np.random.Generator) -> None:
        """Let meals sound detectors: as often as the CPSC saw, and a part of them is not silenced in time."""
        detectors = self._detectors
        district = self._site.districts[int(detectors.district[rows[0]])]
        today = self._site.days.of(district, day, detectors.home[rows])
        luck = rng.random((len(rows), len(Meal), 2))
        cooked = today.cook_us != NEVER_US
        begin_us, end_us = (np.where(cooked, each, self._site.start_us) for each in (today.cook_us, today.cooked_us))
        at_us = begin_us + (luck[:, :, 1] * (end_us - begin_us)).astype(np.int64)
        sounds = detectors.at_a_meal[rows, None]
        passes = sounds * (self._rates.passing * detectors.factor[rows, None]) * self._site.loads(at_us.ravel()).reshape(at_us.shape)
        number, meal = np.nonzero(cooked & (luck[:, :, 0] < np.maximum(sounds, passes)))
        passing = luck[number, meal, 0] < passes[number, meal]
        self._leave(rows[number], at_us[number, meal], np.full(len(number), AlarmCause.COOKING), passing)
        after_us = self._hushed_after_us(rng.standard_normal(luck.shape[:2])[number, meal])
        hushed_us = np.where(passing, NEVER_US, at_us[number, meal] + after_us)
        self._smoke.extend(time_us=at_us[number, meal], row=rows[number], hushed_us=hushed_us)

    def _hushed_after_us(self, normal: Real) -> Int:
        """Return after what time smoke is silenced that is silenced in time."""
        after_s = float(figures.HUSHED_AFTER) * np.exp(float(figures.HUSHED_SIGMA) * normal)
        return np.minimum((after_s * SECOND_US).astype(np.int64), self._parameters.verification)

    def _others(self, day: date, rows: Places, rng: np.random.Generator) -> None:
        """Let steam, dust, sensors and fires set detectors off, each by its hours."""
        midnight_us = self._site.calendar.instant_us(day)
        for cause, a_day in self._rates.others.items():
            luck = rng.random((len(rows), 2))
            at_us = midnight_us + (hours_of(HOURS[cause], luck[:, 1]) * HOUR_US).astype(np.int64)
            factor = 1.0 if cause is AlarmCause.FIRE else self._detectors.factor[rows]
            happens = luck[:, 0] < a_day * factor * self._site.loads(at_us)
            self._leave(rows, at_us, np.full(len(rows), cause), happens)

    def _lightning(self) -> None:
        """Let storms set some detectors off."""
        for name in self._site.district_names:
            rows = np.flatnonzero(self._detectors.district == self._site.districts.code(name))
            for storm in self._site.incidents(STORM, name) if self._parameters.per_year else ():
                luck = self._site.stream("smoke", "lightning", storm.start_us, district=name).random((len(rows), 2))
                at_us = storm.start_us + (luck[:, 1] * (storm.end_us - storm.start_us)).astype(np.int64)
                happens = luck[:, 0] < float(figures.LIGHTNING) * storm.severity
                self._leave(rows, at_us, np.full(len(rows), AlarmCause.WEATHER), happens)

    def _leave(self, rows: Places, at_us: Int, cause: Int, happens: Flags) -> None:
        self._activations.extend(time_us=at_us[happens], row=rows[happens], cause=cause[happens])
