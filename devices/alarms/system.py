"""The alarm system (A1-A5) as the scenario knows it: parameters, what it measures and promises, and how it is built.

Owns the joining of what is installed with what is done with it. Each family's business stands in its own module.
"""

from devices.alarms import measures
from devices.alarms.choices import Availability
from devices.alarms.figures import INSTALLED_FIGURES, SUPERVISION_FIGURES
from devices.alarms.installed import installed
from devices.alarms.kinds import KINDS, SYSTEM
from devices.alarms.parameters import InstalledParameters, SupervisionParameters
from devices.alarms.supervision.cohort import Supervision
from devices.causes import POWER_CUT, STORM
from sim.city.declared import Count, Declared
from sim.city.network_figures import NETWORK_FIGURES
from sim.city.networks import access_links
from sim.city.people_figures import PEOPLE_FIGURES
from sim.city.site import Site
from sim.system import System

DECLARED = Declared(
    SYSTEM,
    kinds=KINDS,
    measures=measures.MEASURES,
    objectives=measures.OBJECTIVES,
    figures=INSTALLED_FIGURES + SUPERVISION_FIGURES + PEOPLE_FIGURES + NETWORK_FIGURES,
    census=(Count("device", Availability),),
    hears=(STORM, POWER_CUT),
    link=access_links(),
)


class Alarms(System):
    """Alarm devices of homes and their supervision; `installed` says who has what, `supervision` how it is watched over."""

    installed: InstalledParameters = InstalledParameters()
    supervision: SupervisionParameters = SupervisionParameters()

    declared = DECLARED

    def build(self, site: Site) -> None:
        """Register the devices of all homes and start their supervision. Heartbeats are lost in an outage, states are stored."""
        site.connect(access_links(stores=False), *(kind for kind in KINDS if not kind.qos))
        units = installed(site, self.installed)
        site.each_slice(Supervision(site, units, self.supervision).work)
