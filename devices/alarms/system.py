"""The alarm system (A1-A5) as the scenario knows it: parameters, what it measures and promises, and how it is built.

Owns the joining of the families. What homes have says `homes`, what happens in them `burglar`, `smoke`, `gas` and `personal`, how it
reaches the centre `reporting`, who answers and who comes `centre`; `supervision` watches over the devices.
"""

from devices.alarms.burglar import burglar
from devices.alarms.burglar.load import load as burglar_load
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre import centre
from devices.alarms.centre.loads import Load
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.choices import Availability, DeviceClass
from devices.alarms.gas import gas
from devices.alarms.gas.load import load as gas_load
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.homes.figures import HOMES_FIGURES
from devices.alarms.homes.installed import installed, shares_of_homes, year_of
from devices.alarms.homes.parameters import InstalledParameters
from devices.alarms.live import AlarmInstallation
from devices.alarms.personal import personal
from devices.alarms.personal.load import load as personal_load
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.reporting import register
from devices.alarms.reporting.parameters import ReportingParameters
from devices.alarms.smoke import smoke
from devices.alarms.smoke.load import load as smoke_load
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.supervision import measures
from devices.alarms.supervision.cohort import Supervision
from devices.alarms.supervision.figures import SUPERVISION_FIGURES
from devices.alarms.supervision.kinds import KINDS
from devices.alarms.supervision.parameters import SupervisionParameters
from devices.causes import POWER_CUT, STORM
from sim.city.day_figures import DAY_FIGURES
from sim.city.declared import Count, Declared
from sim.city.demand_figures import DEMAND_FIGURES
from sim.city.network_figures import NETWORK_FIGURES
from sim.city.networks import access_links
from sim.city.people_figures import PEOPLE_FIGURES
from sim.city.site import Site
from sim.system import System, Timing

OWN = Declared(
    "alarms",
    kinds=KINDS,
    measures=measures.MEASURES,
    objectives=measures.OBJECTIVES,
    figures=HOMES_FIGURES + SUPERVISION_FIGURES + PEOPLE_FIGURES + DAY_FIGURES + NETWORK_FIGURES + DEMAND_FIGURES,
    census=(Count("device", Availability),),
    hears=(STORM, POWER_CUT),
    link=access_links(),
)
DECLARED = OWN + register.DECLARED + burglar.DECLARED + smoke.DECLARED + gas.DECLARED + personal.DECLARED + centre.DECLARED


class Alarms(System):
    """Alarms of smart homes (A1-A5): what homes have, what happens in them, the centre that answers and the help that comes."""

    installed: InstalledParameters = InstalledParameters()
    supervision: SupervisionParameters = SupervisionParameters()
    reporting: ReportingParameters = ReportingParameters()
    burglar: BurglarParameters = BurglarParameters()
    smoke: SmokeParameters = SmokeParameters()
    gas: GasParameters = GasParameters()
    personal: PersonalParameters = PersonalParameters()
    centre: CentreParameters = CentreParameters()

    declared = DECLARED

    def timing(self, day: object) -> Timing:  # noqa: ARG002 - the contract's
        """Ask for a warm-up in which whoever is out at the start has been sent."""
        return Timing(warm_up_us=centre.WARM_UP_US)

    def build(self, site: Site) -> AlarmInstallation:
        """Register the devices of all homes, open the centre, and let things happen. Heartbeats are lost in an outage, all else waits."""
        site.connect(access_links(stores=False), *(kind for kind in self.declared.kinds if not kind.qos))
        units = installed(site, self.installed)
        supervision = Supervision(site, units, self.supervision)
        opened = centre.Centre(site, self.centre, self._loads(site))
        alarms = register.Register(site, units, supervision, opened, self.reporting)
        burglar.Burglar(site, units, alarms, self.burglar)
        smoke.Smoke(site, units, alarms, supervision, self.smoke)
        gas.Gas(site, units, alarms, supervision, self.gas)
        personal.Personal(site, units, alarms, supervision, self.personal)
        return AlarmInstallation(opened, alarms, supervision)

    def _loads(self, site: Site) -> list[Load]:
        """Return what the homes that are not simulated raise."""
        homes = shares_of_homes(year_of(site, self.installed), self.installed.more)
        return [
            burglar_load(homes[DeviceClass.PANEL], self.burglar),
            smoke_load(homes[DeviceClass.SMOKE_DETECTOR], self.smoke),
            gas_load(homes[DeviceClass.GAS_DETECTOR], self.gas),
            personal_load(homes[DeviceClass.CALL_HUB], self.personal),
        ]
