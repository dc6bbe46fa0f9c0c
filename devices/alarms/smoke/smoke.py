"""Smoke alarms (A2): detectors, what they smell of cooking, and fires that grow until somebody comes, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

import numpy as np

from devices.alarms.choices import AlarmCause, ContactId, Qualifier
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from devices.alarms.smoke.choices import DetectorStep
from devices.alarms.smoke.detectors import drawn
from devices.alarms.smoke.events import Events
from devices.alarms.smoke.figures import SMOKE_FIGURES
from devices.alarms.smoke.fires import Fires
from devices.alarms.smoke.kinds import DETECTOR_EVENT
from devices.alarms.smoke.measures import HUSHED, MEASURES, OBJECTIVES
from devices.alarms.smoke.nuisance import Nuisance
from devices.alarms.smoke.parameters import SmokeParameters
from devices.alarms.smoke.plan import Plan
from devices.alarms.smoke.upkeep import Upkeep
from devices.alarms.supervision.cohort import Supervision
from sim.city.declared import Declared
from sim.city.site import Site, Steps
from sim.events.batches import Span
from sim.units import HOUR_US, NEVER_US

DECLARED = Declared(kinds=(DETECTOR_EVENT,), measures=MEASURES, objectives=OBJECTIVES, figures=SMOKE_FIGURES)


class Smoke:
    """What happens to the smoke detectors of the homes that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, supervision: Supervision, parameters: SmokeParameters) -> None:
        """Let it happen from the warm-up on."""
        self._site = site
        self.detectors = drawn(site, units, parameters)
        self._events = Events(site, self.detectors, supervision, register)
        self._plan = Plan(site, self.detectors, parameters)
        self.nuisance = Nuisance(site, self.detectors, self._events, register, parameters)
        self.fires = Fires(site, self.detectors, self._events, register, parameters)
        self.upkeep = Upkeep(site, self.detectors, self._events, supervision)
        if len(self.detectors):
            site.process(self._activations())
            site.each_slice(self._hushed)
            site.each_slice(self.upkeep.test)

    def _activations(self) -> Steps:
        """Start what is planned at its instant, an hour at a time."""
        while True:
            now_us = self._site.now_us
            until_us = now_us - now_us % HOUR_US + HOUR_US
            self.upkeep.during(now_us, until_us)
            for activation in self._plan.activations(now_us, until_us):
                yield self._site.env.timeout(int(activation["time_us"]) - self._site.now_us)
                row, cause = int(activation["row"]), AlarmCause(int(activation["cause"]))
                self._site.process(self.fires.fire(row) if cause is AlarmCause.FIRE else self.nuisance.alarm(row, cause))
            yield self._site.env.timeout(until_us - self._site.now_us)

    def _hushed(self, span: Span) -> None:
        """Leave the smoke of a slice that is silenced in time: it sounds and is silenced, and the centre opens no case."""
        smoke = self._plan.smoke(span.start_us, span.end_us)
        in_time = smoke["hushed_us"] != NEVER_US
        self._site.sample(HUSHED, in_time.astype(np.float64))
        smoke = smoke[in_time & self._events.heard(smoke["row"], smoke["time_us"])]
        at_us, rows, hushed_us = smoke["time_us"], smoke["row"], smoke["hushed_us"]
        cooking, code = AlarmCause.COOKING, ContactId.NEAR_ALARM
        self._events.leave(at_us, rows, DetectorStep.PRE_ALARM, code, cause=cooking, began_us=at_us)
        self._events.leave(hushed_us, rows, DetectorStep.HUSHED, code, Qualifier.RESTORE, cause=cooking, began_us=at_us)
