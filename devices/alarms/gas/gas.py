"""Gas alarms (A3): leaks, concentration, valves, and sensors that wear out, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from datetime import timedelta

from devices.alarms.gas.choices import Valve
from devices.alarms.gas.detectors import Detectors
from devices.alarms.gas.episode import Episode
from devices.alarms.gas.figures import GAS_FIGURES
from devices.alarms.gas.kinds import GAS_SAMPLE, VALVE_STATE
from devices.alarms.gas.lives import report_ends
from devices.alarms.gas.measures import MEASURES, OBJECTIVES
from devices.alarms.gas.occasions import Occasion, Occasions
from devices.alarms.gas.origin import Origin
from devices.alarms.gas.parameters import GasParameters
from devices.alarms.gas.riser import Riser
from devices.alarms.gas.scene import Scene
from devices.alarms.gas.sources import released
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from devices.causes import GAS_LEAK
from sim.city.declared import Count, Declared
from sim.city.site import Site, Steps
from sim.events.batches import Span

DECLARED = Declared(
    kinds=(GAS_SAMPLE, VALVE_STATE),
    measures=MEASURES,
    objectives=OBJECTIVES,
    figures=GAS_FIGURES,
    census=(Count("valve", Valve),),
    hears=(GAS_LEAK,),
    in_buildings=(GAS_LEAK,),
)


class Gas:
    """What happens at the gas detectors of a site."""

    def __init__(self, site: Site, units: Units, register: Register, supervision: Supervision, parameters: GasParameters) -> None:
        """Start it: the days of homes, the incidents of the scenario, the samples of detectors."""
        detectors = Detectors.of(site, units, supervision, parameters)
        self._site = site
        self.scene = Scene(site, register, detectors, parameters)
        self._occasions = Occasions(site, detectors, parameters)
        report_ends(site, detectors)
        for district in site.district_names:
            for occurrence in site.incidents(GAS_LEAK, district):
                site.process(Riser(self.scene, occurrence, district).run())
        site.process(self._days())
        site.each_slice(self._work)

    def _work(self, span: Span) -> None:
        if not span.warm:
            self.scene.detectors.sample(span)
        self.scene.detectors.count()

    def _days(self) -> Steps:
        """Draw each day when it begins, and let its occasions come."""
        while True:
            day = self._site.calendar.local(self._site.now_us).date()
            for occasion in self._occasions.of(day):
                if occasion.at_us >= self._site.now_us:
                    self._site.process(self._occasion(occasion))
            yield self._site.wait(self._site.calendar.instant_us(day + timedelta(days=1)) - self._site.now_us)

    def _occasion(self, occasion: Occasion) -> Steps:
        """Let something begin, unless something goes on there already."""
        yield self._site.wait(occasion.at_us - self._site.now_us)
        if self.scene.detectors.has_case[occasion.row]:
            return
        yield from Episode(self.scene, occasion.row, self._origin(occasion)).run()

    def _origin(self, occasion: Occasion) -> Origin:
        unit, register = int(self.scene.detectors.unit[occasion.row]), self.scene.register
        rng = self._site.stream("gas", "release", register.home(unit), occasion.at_us, district=register.district(unit))
        return Origin(occasion.source.cause, released(occasion.source, self.scene.parameters, rng))
