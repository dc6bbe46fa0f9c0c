"""Emergency calls (A4): presses, falls, inactivity, and those who cannot press, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from devices.alarms.homes.installed import Units
from devices.alarms.personal.figures import PERSONAL_FIGURES
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.reporting.register import Register
from sim.city.declared import Declared
from sim.city.site import Site

DECLARED = Declared(figures=PERSONAL_FIGURES)


class Personal:
    """What happens in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, parameters: PersonalParameters) -> None:
        """Start it."""
        self._site, self._units, self._register, self._parameters = site, units, register, parameters
