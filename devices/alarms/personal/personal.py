"""Emergency calls (A4): presses, falls, inactivity, and those who cannot press, slice by slice.

Owns the door of the family: its cohorts and processes start here, and what is counted of its users.
"""

import numpy as np

from devices.alarms.homes.installed import Units
from devices.alarms.personal import measures
from devices.alarms.personal.arrivals import Arrivals
from devices.alarms.personal.calls import Calls
from devices.alarms.personal.choices import UserState
from devices.alarms.personal.falls import Falls
from devices.alarms.personal.figures import PERSONAL_FIGURES
from devices.alarms.personal.inactivity import Inactivity
from devices.alarms.personal.kinds import KINDS
from devices.alarms.personal.lying import Lying
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.periodic import TestCalls
from devices.alarms.personal.presses import Presses
from devices.alarms.personal.rates import Rates
from devices.alarms.personal.users import YEAR_DAYS, Users
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from sim.city.declared import Count, Declared
from sim.city.site import Site
from sim.events.batches import Span
from sim.units import DAY_US, HOUR_US, NEVER_US

USER = "user"  # thing of the census: users of hubs
FELL_BEFORE_US = 2 * DAY_US  # nobody lies longer when the city begins

DECLARED = Declared(
    kinds=KINDS,
    measures=measures.MEASURES,
    objectives=measures.OBJECTIVES,
    figures=PERSONAL_FIGURES,
    census=(Count(USER, UserState),),
)


class Personal:
    """What happens to the users of hubs in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, supervision: Supervision, parameters: PersonalParameters) -> None:
        """Let it happen from the warm-up on."""
        self._site, rates = site, Rates(parameters)
        self.users = users = Users(site, units, parameters)
        self.lying = Lying(site, len(users))
        self.calls = Calls(site, users, supervision, register)
        falls = Falls(site, users, self.calls, self.lying, parameters)
        self.arrivals = arrivals = Arrivals(site, users, self.lying)
        presses = Presses(site, users, self.calls, falls)
        for at_us, row in arrivals.before("falls", rates.falls, users.need, FELL_BEFORE_US):
            site.process(falls.fell_before(row, at_us))
        arrivals.start("presses", rates.routine, users.calling, presses.routine)
        arrivals.start("unwell", rates.unwell, users.need, presses.unwell)
        arrivals.start("falls", rates.falls, users.need, falls.fall)
        worn = users.hung.detector.astype(np.float64)
        arrivals.start("mistaken", parameters.false_detections_per_year, worn, falls.mistaken)
        self.inactivity = Inactivity(site, users, self.lying, supervision, register)
        TestCalls(site, users, supervision, parameters.test_period)
        self._since_us, self._presses = site.now_us, 0
        self._travelling = np.zeros(len(users), dtype=np.bool_)
        site.each_slice(self._count)

    def _count(self, span: Span) -> None:
        """Say how the users are, and leave the pace of presses each hour."""
        if span.end_us - self._since_us >= HOUR_US and len(self.users):
            pace = (self.calls.presses - self._presses) * YEAR_DAYS * DAY_US / (span.end_us - self._since_us) / len(self.users)
            self._site.sample(measures.PRESS_PACE, pace)
            self._since_us, self._presses = span.end_us, self.calls.presses
            self._travelling = self.users.travelling(span.end_us)
        for district in self._site.district_names:
            rows = self.users.rows.get(district, np.zeros(0, dtype=np.intp))
            lying = int((self.lying.since_us[rows] != NEVER_US).sum())
            travelling = int(self._travelling[rows].sum())
            for state, number in zip(UserState, (len(rows) - lying - travelling, lying, travelling), strict=True):
                self._site.count(USER, state, district, max(number, 0))
