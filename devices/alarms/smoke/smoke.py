"""Smoke alarms (A2): detectors, what they smell of cooking, and fires that grow until somebody comes, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from devices.alarms.smoke.figures import SMOKE_FIGURES
from devices.alarms.smoke.parameters import SmokeParameters
from sim.city.declared import Declared
from sim.city.site import Site

DECLARED = Declared(figures=SMOKE_FIGURES)


class Smoke:
    """What happens in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, parameters: SmokeParameters) -> None:
        """Start it."""
        self._site, self._units, self._register, self._parameters = site, units, register, parameters
