"""Batteries: how full each is at any instant, when it is reported low, when it is empty and when somebody changes it.

Owns the life of a battery, over and over. What an empty one does to its device is `troubles`' business.
"""

import numpy as np

from devices.alarms.choices import ContactId, DeviceClass, Qualifier, TroubleCause
from devices.alarms.homes.installed import Units
from devices.alarms.supervision import figures
from devices.alarms.supervision.signals import signals
from sim.arrays import Int, Places, Real, Records
from sim.city.site import Site
from sim.toolkit.draws import Draws
from sim.units import DAY_US

YEAR_US = round(365.25 * DAY_US)
ON_BATTERY = (DeviceClass.SMOKE_DETECTOR, DeviceClass.PENDANT, DeviceClass.PULL_CORD)
FULL = 100
SOON = 0.999  # of its life: whoever is not neglected changes a battery before it is empty


class Batteries:
    """The batteries of all units; a unit on mains has one that is always full."""

    def __init__(self, site: Site, units: Units, neglected: float) -> None:
        """Draw lives, changes and where in its life each battery is at the start of the run; `neglected` are changed only when empty."""
        draws = Draws(site, "batteries", [site.districts[code] for code in units.district.tolist()], kept=1)
        luck = draws.uniform("lives", 0, 6)
        median_y = np.zeros(len(DeviceClass))
        median_y[list(ON_BATTERY)] = figures.BATTERY_LIFE.numbers
        self._start_us = site.start_us
        self._held = np.flatnonzero(~units.on_mains)  # which units have one, by its number here
        self._number = np.cumsum(~units.on_mains) - 1
        self._on_mains = units.on_mains
        luck = luck[self._held]
        median_us = (median_y * YEAR_US)[units.device_class[self._held]]
        self._life_us = (median_us * np.exp(float(figures.BATTERY_SIGMA) * _normal(luck[:, 0], luck[:, 1]))).astype(np.int64)
        self._low_us = (self._life_us * float(figures.RESERVE_LOW)).astype(np.int64)
        after = float(figures.BATTERY_CHANGE.us) * np.exp(float(figures.BATTERY_CHANGE_SIGMA) * _normal(luck[:, 2], luck[:, 3]))
        changed_us = np.minimum(self._low_us + after.astype(np.int64), (self._life_us * SOON).astype(np.int64))
        late_us = self._life_us + 1 + (luck[:, 4] * figures.EMPTY.us).astype(np.int64)
        self._cycle_us = np.where(_neglected(draws, neglected)[self._held], late_us, changed_us)
        self._phase_us = (luck[:, 5] * self._cycle_us).astype(np.int64)

    def percent(self, unit: Places, at_us: Int) -> Int:
        """Return how full the batteries of units are at instants, %: shape of `unit`."""
        full = np.full(len(unit), FULL, dtype=np.int64)
        own = np.flatnonzero(~self._on_mains[unit])
        if len(own):
            number = self._number[unit[own]]
            age_us = (at_us[own] - self._start_us + self._phase_us[number]) % self._cycle_us[number]
            full[own] = np.maximum(FULL - FULL * age_us // self._life_us[number], 0)
        return full

    def low(self, at_us: int) -> Records:
        """Return the signals of batteries that are low at an instant, as if told then: `Signal`."""
        age_us = self._age_us(at_us)
        low = np.flatnonzero(age_us >= self._low_us)
        began_us = at_us - age_us[low] + self._low_us[low]
        return self._told(low, np.full(len(low), at_us), Qualifier.NEW, began_us)

    def during(self, start_us: int, end_us: int) -> tuple[tuple[Places, Int, Int], Records]:
        """Return what becomes of batteries in a stretch: units without power from when to when, and signals of low and changed ones."""
        age_us = self._age_us(start_us)
        low_us = start_us + (self._low_us - age_us) % self._cycle_us
        fresh_us = start_us + (-age_us) % self._cycle_us
        empty_us = start_us + (self._life_us - age_us) % self._cycle_us
        low, fresh = np.flatnonzero(low_us < end_us), np.flatnonzero(fresh_us < end_us)
        empty = np.flatnonzero((empty_us < end_us) & (self._cycle_us > self._life_us))
        lasting_us = self._cycle_us[empty] - self._life_us[empty]
        told = self._told(low, low_us[low], Qualifier.NEW, low_us[low])
        over = self._told(fresh, fresh_us[fresh], Qualifier.RESTORE, fresh_us[fresh] - self._cycle_us[fresh] + self._low_us[fresh])
        return (self._held[empty], empty_us[empty], empty_us[empty] + lasting_us), np.concatenate([told, over])

    def _age_us(self, at_us: int) -> Int:
        age_us: Int = (at_us - self._start_us + self._phase_us) % self._cycle_us
        return age_us

    def _told(self, number: Places, at_us: Int, qualifier: Qualifier, began_us: Int) -> Records:
        return signals(at_us, self._held[number], ContactId.RADIO_LOW_BATTERY, qualifier, TroubleCause.BATTERY, began_us)


def _normal(one: Real, other: Real) -> Real:
    """Return normal draws of two uniform ones (Box-Muller), so that a row's draws stay its own."""
    normal: Real = np.sqrt(-2 * np.log1p(-one)) * np.cos(2 * np.pi * other)
    return normal


def _neglected(draws: Draws, share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return draws.uniform("neglected", 0, 1)[:, 0] < share
