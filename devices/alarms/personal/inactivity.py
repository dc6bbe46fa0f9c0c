"""Inactivity: homes in which nothing stirs, and the case that the centre makes of it.

Owns the rows of `inactivity` and one case for each time that a home falls quiet, whatever rules it breaks: until it stirs again nobody
asks twice. Nothing is said of a journey that the centre was told of.
"""

import numpy as np

from devices.alarms.centre.cases import Conduct
from devices.alarms.centre.figures import AT_THE_PHONE
from devices.alarms.choices import AlarmCause, AlarmType, ContactId, Severity
from devices.alarms.personal.activity import Activity
from devices.alarms.personal.choices import FoundBy, Rule
from devices.alarms.personal.conduct import WAITS, ambulance
from devices.alarms.personal.kinds import INACTIVITY
from devices.alarms.personal.lying import Lying
from devices.alarms.personal.measures import INACTIVITY_FALSE
from devices.alarms.personal.rules import LONGEST, Rules
from devices.alarms.personal.users import Users
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from sim.arrays import Int, Places
from sim.city.site import Site, Steps
from sim.events.batches import Span
from sim.units import HOUR_US, MINUTE_US, NEVER_US

URGENCY = 2  # after whoever calls for help
AFTER_US, SPREAD_US = 2 * MINUTE_US, 30 * MINUTE_US  # devices report an hour soon after its end, each at an instant of its own


class Inactivity:
    """The rules over the fitted homes of a site."""

    def __init__(self, site: Site, users: Users, lying: Lying, supervision: Supervision, register: Register) -> None:
        """Look at every hour when it is over."""
        self._site, self._users, self._lying, self._supervision, self._register = site, users, lying, supervision, register
        self._activity = Activity(site, users, lying)
        self._rules = Rules(len(self._activity.rows))
        self._asked = np.zeros(len(self._activity.rows), dtype=np.bool_)
        self._next_hour = self._began(site.now_us // HOUR_US)
        if len(self._activity.rows):
            site.each_slice(self.work)

    def work(self, span: Span) -> None:
        """Leave what the hours that end in a slice broke."""
        while (self._next_hour + 1) * HOUR_US <= span.end_us:
            self._hour(self._next_hour)
            self._next_hour += 1

    def _began(self, hour: int) -> int:
        """Take the day before an hour as it was, told and asked about already; return the hour."""
        for each in range(hour - LONGEST, hour):
            self._rules.add(self._activity.hour(each))
        self._asked |= self._rules.broken.any(axis=0)
        return hour

    def _hour(self, number: int) -> None:
        broke = self._rules.add(self._activity.hour(number))
        end_us, rows = (number + 1) * HOUR_US, self._activity.rows
        told = ~self._users.announced(end_us)[rows]
        rule, home = np.nonzero(broke & told)
        at_us = end_us + self._delay_us(number)[home]
        self._leave(rule, home, at_us)
        asks = broke.any(axis=0) & told & ~self._asked
        self._asked = (self._asked | asks) & self._rules.broken.any(axis=0)
        for each in np.flatnonzero(asks).tolist():
            self._site.process(self._case(int(rows[each]), int((end_us + self._delay_us(number))[each])))

    def _delay_us(self, number: int) -> Int:
        """Return how long after the end of an hour each home's devices have reported it: shape (fitted,)."""
        delay_us, of = np.zeros(len(self._activity.rows), dtype=np.int64), self._users.district[self._activity.rows]
        for code in np.unique(of).tolist():
            here = np.flatnonzero(of == code)
            rng = self._site.stream("personal", "upload", number, district=self._site.districts[code])
            delay_us[here] = (AFTER_US + rng.random(len(here)) * SPREAD_US).astype(np.int64)
        return delay_us

    def _leave(self, rule: Places, home: Places, at_us: Int) -> None:
        """Leave the rows of rules that were broken."""
        rows = self._activity.rows[home]
        for each, row, quiet_h, instant_us in zip(
            rule.tolist(), rows.tolist(), self._rules.quiet_h(rule, home).tolist(), at_us.tolist(), strict=True
        ):
            homes = self._site.residents(self._site.districts[int(self._users.district[row])]).homes
            self._site.record(
                INACTIVITY,
                self._supervision.device(int(self._users.hung.hub[row])),
                at_us=instant_us,
                rule=Rule(each),
                community=int(homes.community_type[self._users.home[row]]),
                user_group=int(homes.user_group[self._users.home[row]]),
                home=self._users.ids[row],
                quiet_h=float(quiet_h),
                real=bool(self._lying.since_us[row] != NEVER_US),
            )

    def _case(self, row: int, at_us: int) -> Steps:
        """Have the centre call: nobody who lies answers, and a community worker looks."""
        yield self._site.wait(at_us - self._site.now_us)
        rng = self._site.stream("personal", "inactivity", self._users.ids[row], at_us)
        down = self._lying.who(row)
        cause, began_us = (AlarmCause.ABSENCE, at_us) if down is None else (down.cause, down.since_us)
        real = down is not None
        self._site.sample(INACTIVITY_FALSE, float(not real))
        alarm = self._register.raise_alarm(
            int(self._users.hung.hub[row]),
            AlarmType.PERSONAL,
            ContactId.FAIL_TO_REPORT_IN,
            real=real,
            cause=cause,
            began_us=began_us,
            severity=Severity.MINOR,
        )
        conduct = Conduct(speaks=False, answers=not real and bool(rng.random() < float(AT_THE_PHONE)), patience_us=WAITS)

        def found(_: object) -> float:
            if down is not None:
                self._lying.find(down, FoundBy.INACTIVITY)
            return 1.0

        needs = ambulance(cause, float(rng.random())) if real else None
        yield from self._register.report(alarm, conduct=conduct, needs=needs, urgency=URGENCY, on_arrival=found)
        self._register.restore(alarm)
