"""Lives of sensors: each ends after years, says so until it is replaced, and begins anew.

Owns when that is. How the detector reports it is the business of `supervision`.
"""

import numpy as np

from devices.alarms.choices import ContactId, Qualifier, TroubleCause
from devices.alarms.gas import figures
from devices.alarms.gas.detectors import Detectors
from devices.alarms.supervision.signals import signals
from sim.arrays import Int, Places
from sim.city.site import Site
from sim.toolkit.draws import Draws
from sim.units import DAY_US

YEAR_DAYS = 365.25


def report_ends(site: Site, detectors: Detectors) -> None:
    """Report the sensors whose life is over at the start, and those that end or are replaced within the run."""
    luck = Draws(site, "gas", [site.districts[code] for code in detectors.district.tolist()], kept=1).uniform("lives", 0, 2)
    life_us = round(float(figures.SENSOR_LIFE) * YEAR_DAYS * DAY_US)
    late_us = (-np.log1p(-luck[:, 1]) * figures.REPLACED.us).astype(np.int64)
    ended_us = site.warm_from_us + life_us - (luck[:, 0] * (life_us + late_us)).astype(np.int64)
    _tell(detectors, ended_us, Qualifier.NEW, ended_us, site)
    _tell(detectors, ended_us + late_us, Qualifier.RESTORE, ended_us, site)


def _tell(detectors: Detectors, at_us: Int, qualifier: Qualifier, began_us: Int, site: Site) -> None:
    row: Places = np.flatnonzero(at_us < site.end_us)
    told = signals(at_us[row], detectors.unit[row], ContactId.MAINTENANCE, qualifier, TroubleCause.SENSOR, began_us[row])
    detectors.supervision.report(told)
