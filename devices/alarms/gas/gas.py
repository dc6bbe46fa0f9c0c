"""Gas alarms (A3): leaks, concentration, valves, and sensors that wear out, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from devices.alarms.gas.figures import GAS_FIGURES
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from sim.city.declared import Declared
from sim.city.site import Site

DECLARED = Declared(figures=GAS_FIGURES)


class Gas:
    """What happens in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, parameters: GasParameters) -> None:
        """Start it."""
        self._site, self._units, self._register, self._parameters = site, units, register, parameters
