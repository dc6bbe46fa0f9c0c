"""Panels: the burglar panels of all homes, their zones, and what their people are used to, as columns.

Owns what does not change while the city runs, and the factor of a home and year. What happens to panels is the business of `plan`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.alarms.burglar import figures
from devices.alarms.burglar.choices import ZoneType
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.choices import DeviceClass
from devices.alarms.homes.installed import Units
from sim.arrays import Flags, Int, Places, Real
from sim.city.site import Site
from sim.toolkit.draws import by_district

ENTRY_ZONE = 1
MAIN, SECOND = 1, 2  # partitions: the home, and what stands beside it


@dataclass(frozen=True, slots=True)
class Panels:
    """All panels: columns of shape (panels,). `unit` is the row in `Units`, `home` numbers those of the district.

    `arms` and `arms_at_night` are the home's habit as a chance, `arms_itself` says whose panel does; zones are 1 for the entry door, then
    the perimeter, the interior, the tamper loop, and last the second partition's where `annex` says that there is one.
    """

    unit: Places
    district: NDArray[np.int16]
    home: Int
    users: Int
    wireless: Flags
    annex: Flags
    perimeter: Int
    interior: Int
    arms: Real
    arms_at_night: Real
    arms_itself: Flags

    def __len__(self) -> int:
        """Return how many panels there are."""
        return len(self.unit)

    def zone(self, panel: Places, zone_type: ZoneType, luck: Real) -> tuple[Int, Int]:
        """Return zone and partition of one of the zones of a type, by luck in [0, 1): shape of `panel` each."""
        perimeter, interior = self.perimeter[panel], self.interior[panel]
        main = np.full(len(panel), MAIN)
        if zone_type is ZoneType.PERIMETER:
            place = (luck * (perimeter + self.annex[panel])).astype(np.int64)
            beside = place == perimeter
            return np.where(beside, perimeter + interior + 3, 2 + place), np.where(beside, SECOND, MAIN)
        if zone_type is ZoneType.INTERIOR:
            return 2 + perimeter + (luck * interior).astype(np.int64), main
        if zone_type is ZoneType.TAMPER:
            return 2 + perimeter + interior, main
        return np.full(len(panel), ENTRY_ZONE if zone_type is ZoneType.ENTRY else 0), main


def panels(site: Site, units: Units, parameters: BurglarParameters) -> Panels:
    """Return the panels among the units, in their order."""
    unit = np.flatnonzero(units.device_class == DeviceClass.PANEL)
    district = units.district[unit]
    luck = np.empty((len(unit), 7))
    users = np.empty(len(unit), dtype=np.int64)
    for rows, rng in by_district(site, district, "burglar", "panels"):
        luck[rows] = rng.random((len(rows), 7))
        homes = site.residents(site.districts[int(district[rows[0]])]).homes
        users[rows] = homes.size[units.home[unit[rows]]]
    return Panels(
        unit=unit,
        district=district,
        home=units.home[unit].astype(np.int64),
        users=users,
        wireless=luck[:, 0] < float(figures.WIRELESS),
        annex=luck[:, 1] < float(figures.ANNEX),
        perimeter=_between(luck[:, 2], *figures.PERIMETER_ZONES.numbers),
        interior=_between(luck[:, 3], *figures.INTERIOR_ZONES.numbers),
        arms=_habit(luck[:, 4], parameters.arms),
        arms_at_night=_habit(luck[:, 5], parameters.arms_at_night),
        arms_itself=luck[:, 6] < parameters.auto_arm,
    )


def factors(site: Site, district: str, year: int, count: int) -> Real:
    """Return how many times as many false alarms as the mean each home of a district has in a year: a few have nearly all of them."""
    shape = float(figures.SHAPE)
    return site.stream("burglar", "factor", year, district=district).gamma(shape, 1.0 / shape, count)


def _habit(luck: Real, mean: float) -> Real:
    """Return each home's own share: Beta(m / (1 - m), 1) of a mean m by inversion, so that some always do and some hardly ever."""
    if mean in (0.0, 1.0):
        return np.full(len(luck), mean)
    habit: Real = luck ** (1.0 / mean - 1.0)
    return habit


def _between(luck: Real, fewest: float, most: float) -> Int:
    return (fewest + luck * (most - fewest + 1)).astype(np.int64)
