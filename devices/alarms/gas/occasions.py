"""Occasions: which detectors something happens at on a day, and when; a minority of the homes has most of it.

Owns the draws of a day: Poisson given a gamma factor of each home and year, at meals as they are cooked. What then happens is
`episode`'s business. A cause that comes with cooking falls on meals of the day, so that a home that does not cook has none; their number is
that of the figures all the same.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from devices.alarms.centre.loads import DAYS_A_YEAR
from devices.alarms.gas import figures
from devices.alarms.gas.detectors import Detectors
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.gas.sources import Source, When, sources
from sim.arrays import Int, Places, Real
from sim.city.days import Day
from sim.city.site import Site
from sim.units import MINUTE_US, NEVER_US


class Occasion(NamedTuple):
    """Something begins at a detector: city time, µs, its row, and what."""

    at_us: int
    row: int
    source: Source


@dataclass(frozen=True, slots=True)
class Occasions:
    """What begins on a day, drawn when it is asked for."""

    site: Site
    detectors: Detectors
    parameters: GasParameters

    def of(self, day: date) -> list[Occasion]:
        """Return what begins on a local date, district by district."""
        return [each for district in self.site.district_names for each in self._of_district(district, day)]

    def _of_district(self, district: str, day: date) -> list[Occasion]:
        rows = self.detectors.of_district(district)
        rng = self.site.stream("gas", "occasions", day.isoformat(), district=district)
        homes = _Homes(self.site, district, self.detectors.home[rows], day)
        chance = self._factors(district, day.year, len(rows)) * self.parameters.per_year / DAYS_A_YEAR
        busiest = float(homes.loads().max())
        found = []
        for source in sources(self.parameters):
            place, at_us = homes.befallen(source.when, chance * source.share * busiest, rng)
            kept = rng.random(len(at_us)) * busiest < self.site.loads(at_us)
            found += [Occasion(at, int(rows[one]), source) for at, one in zip(at_us[kept].tolist(), place[kept].tolist(), strict=True)]
        return found

    def _factors(self, district: str, year: int, count: int) -> Real:
        """Return how many times as often as the mean each home has alarms in a year: shape (count,)."""
        shape = float(figures.RATE_SHAPE)
        return self.site.stream("gas", "factors", year, district=district).gamma(shape, 1.0 / shape, count)


@dataclass(frozen=True, slots=True)
class _Homes:
    """The homes of a district that have a detector, on a date."""

    site: Site
    district: str
    home: Int
    day: date

    def loads(self) -> Real:
        """Return the multiplier of demand in each minute of the date."""
        return self.site.loads(np.arange(*self._limits_us(), MINUTE_US))

    def befallen(self, when: When, chance: Real, rng: np.random.Generator) -> tuple[Places, Int]:
        """Return at which homes, and when, something happens of which `chance` are expected at each: a Poisson number in all."""
        number = int(rng.poisson(chance.sum()))
        if not number:
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.int64)
        if when is When.AT_MEALS:
            return self._at_meals(self._today(), chance, number, rng)
        place, luck = _picked(chance, number, rng), rng.random(number)
        if when is When.IN_AND_AWAKE:
            return place, self._in_and_awake(self._today(), place, luck)
        begin_us, end_us = self._limits_us()
        return place, begin_us + (luck * (end_us - begin_us)).astype(np.int64)

    def _at_meals(self, today: Day, chance: Real, number: int, rng: np.random.Generator) -> tuple[Places, Int]:
        cook_us, cooked_us = today.cook_us, today.cooked_us
        meal = _picked((chance[:, None] * (cook_us < NEVER_US)).ravel(), number, rng)
        begin_us, end_us = cook_us.ravel()[meal], cooked_us.ravel()[meal]
        return meal // cook_us.shape[1], begin_us + (rng.random(len(meal)) * (end_us - begin_us)).astype(np.int64)

    def _in_and_awake(self, today: Day, place: Places, luck: Real) -> Int:
        up_us, asleep_us, left_us = today.up_us[place], today.asleep_us[place], today.left_us[place]
        away_us = today.back_us[place] - left_us
        at_us = up_us + (luck * (asleep_us - up_us - away_us)).astype(np.int64)
        around: Int = np.where(at_us < left_us, at_us, at_us + away_us)
        return around

    def _today(self) -> Day:
        return self.site.days.of(self.district, self.day, self.home)

    def _limits_us(self) -> tuple[int, int]:
        return self.site.calendar.instant_us(self.day), self.site.calendar.instant_us(self.day + timedelta(days=1))


def _picked(weights: Real, number: int, rng: np.random.Generator) -> Places:
    """Return so many places, each by its weight; none where nothing has any."""
    upto = np.cumsum(weights)
    if not len(upto) or not upto[-1] > 0.0:
        return np.zeros(0, dtype=np.intp)
    place: Places = np.minimum(np.searchsorted(upto, rng.random(number) * upto[-1], side="right"), len(upto) - 1)
    return place
