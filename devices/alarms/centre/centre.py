"""The alarm centre: one door for whoever raises cases, one room of operators for the whole city.

Owns the joining of operators, ledger, responders and policy, and the census. The parts' business stands in their modules.

    closed = yield from centre.case(Case("a-17", AlarmType.SMOKE, "Xuhui", real=True, home="home-4711"))
"""

from collections.abc import Generator, Sequence
from typing import Any

import simpy

from devices.alarms.centre.aggregate import Aggregate
from devices.alarms.centre.casebook import Casebook
from devices.alarms.centre.cases import Case, Closed
from devices.alarms.centre.choices import OperatorState, Service
from devices.alarms.centre.figures import CARE_FROM_TO, CENTRE_FIGURES
from devices.alarms.centre.gaps import gaps
from devices.alarms.centre.handling import Handling
from devices.alarms.centre.kinds import CALL, CASE, RESPONSE
from devices.alarms.centre.ledger import Ledger
from devices.alarms.centre.loads import Load
from devices.alarms.centre.measures import MEASURES, OBJECTIVES
from devices.alarms.centre.operators import CARE, Operators
from devices.alarms.centre.pace import Pace
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.centre.policy import PolicePolicy
from devices.alarms.centre.responders import Responders
from devices.alarms.choices import AlarmType
from sim.city.declared import Count, Declared
from sim.city.people_figures import HOMES
from sim.city.site import Site, Steps
from sim.events.batches import Span
from sim.notes import Note
from sim.units import HOUR_US, SECOND_US

CALLS, OPERATORS, RESPONDERS = "call", "operator", "responder"  # things of the census
SEAT = "Huangpu"  # where the centre stands, if that district is in the run
CARE_HOURS = range(*map(round, CARE_FROM_TO.numbers))
CARE_TICK_US = 30 * SECOND_US
WARM_UP_US = 2 * HOUR_US  # the longest way of a responder there

# The system adds PEOPLE_FIGURES and DEMAND_FIGURES, which the aggregate reads too.
DECLARED = Declared(
    kinds=(CALL, RESPONSE, CASE),
    measures=MEASURES,
    objectives=OBJECTIVES,
    figures=CENTRE_FIGURES,
    census=(
        Count(CALLS, "waiting", "answered"),
        Count(OPERATORS, OperatorState),
        Count(RESPONDERS, Service),
    ),
)


class Centre:
    """The alarm centre of a city. It is whole at any scale: homes that are not simulated call as an aggregated stream."""

    def __init__(self, site: Site, parameters: CentreParameters, loads: Sequence[Load] = ()) -> None:
        """Open the centre; the calls of the homes that are not simulated (`loads`) begin to come at once."""
        self._site, self._parameters = site, parameters
        self.seat = SEAT if SEAT in site.district_names else site.district_names[0]
        device = site.roster.add("alarm-centre", self.seat, on_wire=True)
        self.ledger = Ledger(site, device)
        self.operators = Operators(site, parameters)
        burglar_homes = sum(each.homes for each in loads if each.alarm_type is AlarmType.BURGLAR)
        pace = Pace(site, float(HOMES) * burglar_homes)
        self.responders = Responders(site, device, parameters, PolicePolicy(site, parameters.policy), pace)
        self._handling = Handling(site, parameters, self.operators, self.responders, self.ledger, Casebook(site, device))
        self.aggregate = Aggregate(site, loads)
        self.aggregate.start(self._take)
        site.process(self._care())
        site.each_slice(self._count)

    def notes(self) -> tuple[Note, ...]:
        """Return what the centre lacks, and who therefore waits in vain."""
        return gaps(self._parameters)

    def case(self, case: Case) -> Generator[simpy.Event, Any, Closed]:
        """Raise a case and return, with what became of it, when it is closed; never if nobody ever answers.

        Use with `yield from` in a process, or `site.process(centre.case(...))` to go on meanwhile. Raises UsageError for a district
        that no service serves.
        """
        return self._handling.case(case)

    def out(self, service: Service) -> int:
        """Return how many units of a service are out in the districts of the run."""
        return sum(self.responders.out(service, district) for district in self._site.district_names)

    def _take(self, case: Case) -> Steps:
        yield from self.case(case)

    def _care(self) -> Steps:
        """Call people while operators are to spare; what a day leaves undone is not made up for."""
        due, number, care = 0.0, 0, self._parameters.care
        a_tick = care.per_day * CARE_TICK_US / (len(CARE_HOURS) * HOUR_US)
        while True:
            yield self._site.wait(CARE_TICK_US)
            due = due + a_tick if self._site.calendar.local(self._site.now_us).hour in CARE_HOURS else 0.0
            while due >= 1 and self.operators.to_spare(CARE, care.spare):
                due, number = due - 1, number + 1
                self._site.process(self._handling.care_call(number))
                yield self._site.wait(1)  # it is answered at once, so that the next sees one operator less

    def _count(self, span: Span) -> None:  # noqa: ARG002 - of each slice
        team = self.operators.team
        self._site.count(CALLS, "waiting", self.seat, self.ledger.waiting)
        self._site.count(CALLS, "answered", self.seat, sum(team.busy))
        self._site.count(OPERATORS, OperatorState.IDLE, self.seat, team.idle)
        self._site.count(OPERATORS, OperatorState.BUSY, self.seat, sum(team.busy))
        self._site.count(OPERATORS, OperatorState.ON_BREAK, self.seat, self.operators.strength.on_break)
        for district in self._site.district_names:
            for service in Service:
                self._site.count(RESPONDERS, service, district, self.responders.out(service, district))
