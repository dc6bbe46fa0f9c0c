"""Activity: what the small devices of a home see in an hour: water, doors and motion, from what its people do that day.

Owns the drawing, an hour at a time, of homes in which one person lives. What is made of it is `rules.py`'s business.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.personal import figures
from devices.alarms.personal.lying import Lying
from devices.alarms.personal.users import Users
from sim.arrays import Int, Places, Real
from sim.city.site import Site
from sim.units import HOUR_US


class Seen(NamedTuple):
    """What the devices of each fitted home saw in an hour: water in m3, openings of the door, and times of motion."""

    water_m3: Real
    doors: Int
    motions: Int


class At(NamedTuple):
    """What each user did in an hour: hours awake at home, hours asleep there, and how often the door was passed."""

    awake_h: Real
    asleep_h: Real
    passed: Int


class Activity:
    """The fitted homes of a site: columns of shape (fitted,), `rows` are those of their users."""

    def __init__(self, site: Site, users: Users, lying: Lying) -> None:
        """Draw who is frugal; nothing is seen yet."""
        self._site, self._users, self._lying = site, users, lying
        self.rows: Places = np.flatnonzero(users.hung.fitted)
        self._of = {name: np.flatnonzero(users.district[self.rows] == site.districts.code(name)) for name in users.rows}
        variance = float(figures.WATER_HABIT) ** 2
        self._thirst = np.ones(len(self.rows))
        for name, here in self._of.items():
            self._thirst[here] = site.stream("personal", "thirst", district=name).gamma(1 / variance, variance, len(here))

    def hour(self, number: int) -> Seen:
        """Return what is seen in an hour, by its number since 1970: the same whenever it is asked for, but for those who lie."""
        start_us = number * HOUR_US
        seen = Seen(np.zeros(len(self.rows)), np.zeros(len(self.rows), dtype=np.int64), np.zeros(len(self.rows), dtype=np.int64))
        for name, here in self._of.items():
            if len(here):
                rng = self._site.stream("personal", "activity", number, district=name)
                drawn = _drawn(rng, self._at(name, here, start_us), self._thirst[here])
                for whole, part in zip(seen, drawn, strict=True):
                    whole[here] = part
        return seen

    def _at(self, district: str, here: Places, start_us: int) -> At:
        """Return what users do in the hour from an instant: nothing on a journey, and nothing from when they lie."""
        rows = self.rows[here]
        end_us, place = start_us + HOUR_US, np.searchsorted(self._users.rows[district], rows)
        until_us = np.clip(self._lying.since_us[rows], start_us, end_us)
        there = ~self._users.travelling(start_us)[rows]
        before, day = (each.at(place) for each in self._users.days(district, start_us))
        awake_us = before.awake_us(start_us, until_us) + day.awake_us(start_us, until_us)
        out_us = before.out_us(start_us, until_us) + day.out_us(start_us, until_us)
        asleep_us = np.maximum(until_us - start_us - awake_us - out_us, 0)
        passed = before.passed(start_us, until_us) + day.passed(start_us, until_us)
        return At(there * awake_us / HOUR_US, there * asleep_us / HOUR_US, there * passed)


def _drawn(rng: np.random.Generator, at: At, thirst: Real) -> Seen:
    """Draw what is seen of what users do: water and motion while they are up, and the times that they are up at night."""
    shape, up = float(figures.WATER_SHAPE), rng.poisson(float(figures.UP_AT_NIGHT) * at.asleep_h)
    awake_m3 = rng.gamma(np.full(len(thirst), shape)) * at.awake_h * thirst * float(figures.WATER_AWAKE) / shape
    doors = at.passed + rng.poisson(float(figures.DOORS_AWAKE) * at.awake_h)
    motions = up + at.passed + rng.poisson(float(figures.MOTION_AWAKE) * at.awake_h)
    return Seen(awake_m3 + up * float(figures.FLUSH), doors, motions)
