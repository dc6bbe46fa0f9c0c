"""Burglar alarms (A1): panels, their zones and arming, what sets them off, and what burglars do, slice by slice.

Owns the door of the family: its cohorts and processes start here.
"""

from datetime import date, timedelta

from devices.alarms.burglar.arming import HOMES, Armings
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.figures import BURGLAR_FIGURES
from devices.alarms.burglar.incidents import Incidents
from devices.alarms.burglar.kinds import PANEL_STATE
from devices.alarms.burglar.measures import MEASURES, OBJECTIVES
from devices.alarms.burglar.panels import panels
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.burglar.plan import Plan
from devices.alarms.homes.installed import Units
from devices.alarms.reporting.register import Register
from devices.causes import STORM
from sim.city.declared import Count, Declared
from sim.city.site import Site, Steps

# The system adds PEOPLE_FIGURES; the days of people are read here.
DECLARED = Declared(
    kinds=(PANEL_STATE,),
    measures=MEASURES,
    objectives=OBJECTIVES,
    figures=BURGLAR_FIGURES,
    census=(Count(HOMES, Arming),),
    hears=(STORM,),
)
A_DAY = timedelta(days=1)
ALL_ARE_UP = 12  # the hour by which nothing of the day before holds: who was part set is up, who came home late has been reset


class Burglar:
    """What happens in the homes of a site that are simulated."""

    def __init__(self, site: Site, units: Units, register: Register, parameters: BurglarParameters) -> None:
        """Start it."""
        self._site = site
        found = panels(site, units, parameters)
        self.armings = Armings(site, register, found)
        self._plan = Plan(site, found, self.armings, parameters)
        self._incidents = Incidents(site, found, register, self.armings, parameters)
        if len(found):
            site.process(self._days())

    def _days(self) -> Steps:
        """Draw each date at its midnight, before anybody is up; in the morning of a beginning also the one whose night still holds."""
        now = self._site.calendar.local(self._site.now_us)
        day = now.date()
        if now.hour < ALL_ARE_UP:
            self._begin(day - A_DAY)
        while True:
            self._begin(day)
            day += A_DAY
            yield self._site.env.timeout(self._site.calendar.instant_us(day) - self._site.now_us)

    def _begin(self, day: date) -> None:
        """Draw a date; what was sent before the warm-up is left out, for by its end a code or a keyholder has reset nearly all of it."""
        for activation in self._plan.draw(day).since(self._site.now_us):
            self._site.process(self._incidents.happens(activation))
