"""Burglar alarms (A1): panels, their zones and arming, what sets them off, and what burglars do, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from devices.alarms.burglar.figures import BURGLAR_FIGURES
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from sim.city.declared import Declared
from sim.city.site import Site

DECLARED = Declared(figures=BURGLAR_FIGURES)


class Burglar:
    """What happens in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, parameters: BurglarParameters) -> None:
        """Start it."""
        self._site, self._units, self._register, self._parameters = site, units, register, parameters
