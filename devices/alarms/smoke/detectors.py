"""Detectors: the smoke detectors of all homes as columns, and how much more than others each home makes of false alarms.

Owns the drawing of what stands in a home. What happens there is the business of the modules beside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.alarms.choices import DeviceClass
from devices.alarms.homes.installed import Units
from devices.alarms.smoke import figures
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.rates import AT_A_MEAL
from sim.arrays import Flags, Int, Places, Real
from sim.city.site import Site
from sim.toolkit.draws import by_district


@dataclass(frozen=True, slots=True)
class Detectors:
    """Detectors, one row for each detector home: columns of shape (detectors,).

    `unit` numbers `Units`, `home` the homes of the district, whose code `district` is; `detector_type` and `distance` are codes of their
    choices; `second` says which homes have two; `factor` is the home's own on the rate of false alarms, of mean 1.
    """

    unit: Places
    district: NDArray[np.int16]
    home: Int
    detector_type: NDArray[np.int8]
    distance: NDArray[np.int8]
    second: Flags
    factor: Real

    def __len__(self) -> int:
        """Return how many detector homes there are."""
        return len(self.unit)

    @property
    def at_a_meal(self) -> Real:
        """Return the chance that a meal sounds each detector, as the CPSC measured: shape (detectors,)."""
        chance: Real = AT_A_MEAL[self.detector_type, self.distance]
        return chance


def drawn(site: Site, units: Units, parameters: SmokeParameters) -> Detectors:
    """Return the detectors of a site; the factors are those of the year in which the run begins."""
    unit = np.flatnonzero(units.device_class == DeviceClass.SMOKE_DETECTOR)
    district, year = units.district[unit], site.calendar.local(site.start_us).year
    luck, factor = np.empty((len(unit), 3)), np.empty(len(unit))
    shape = float(figures.SHAPE)
    for rows, rng in by_district(site, district, "smoke", "detectors"):
        luck[rows] = rng.random((len(rows), 3))
    for rows, rng in by_district(site, district, "smoke", "factors", year):
        factor[rows] = rng.gamma(shape, 1.0 / shape, len(rows))
    return Detectors(
        unit=unit,
        district=district,
        home=units.home[unit],
        detector_type=_chosen(figures.TYPES.numbers, luck[:, 0]),
        distance=_chosen(figures.DISTANCES.numbers, luck[:, 1]),
        second=luck[:, 2] < parameters.second_detectors,
        factor=factor,
    )


def _chosen(shares: tuple[float, ...], luck: Real) -> NDArray[np.int8]:
    """Return which of some shares uniform draws fall into: shape of `luck`."""
    return np.searchsorted(np.cumsum(shares)[:-1], luck, side="right").astype(np.int8)
