"""Arrivals: when something happens to the users of a district, and to whom of those who are at home.

Owns the drawing. So many come as users have on average, by the hour of the figure and on the same busy days as the homes that are not
simulated; those who are out, on a journey or lying are passed over, and those with a large factor meet it more often.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from devices.alarms.personal import figures
from devices.alarms.personal.lying import Lying
from devices.alarms.personal.users import YEAR_DAYS, Users
from sim.arrays import Int, Real
from sim.city.demand import Demand, HourProfile
from sim.city.site import Site, Steps
from sim.units import HOUR_US, NEVER_US

Act = Callable[[int, int], Steps]  # of a user's row, at an instant


class Arrivals:
    """What happens to the users of a site, hour by hour."""

    def __init__(self, site: Site, users: Users, lying: Lying) -> None:
        """Share one demand among all that happens."""
        self._site, self._users, self._lying = site, users, lying

    @cached_property
    def demand(self) -> Demand:
        """Return how presses are spread over days and hours: as those of the aggregate."""
        hours = figures.EMERGENCY_HOURS.numbers
        streams = self._site.streams("centre", "load")
        return Demand(self._site.calendar, HourProfile(hours, hours), streams, load_profile=self._site.city.profile)

    def start(self, what: str, per_year: float, weight: Real, act: Act) -> None:
        """Let something happen from now on, `per_year` to a user of weight 1: `act` is a process for each time."""
        for district in self._users.rows if per_year else ():
            self._site.process(self._happen(what, per_year, weight, district, act))

    def before(self, what: str, per_year: float, weight: Real, lasting_us: int) -> list[tuple[int, int]]:
        """Return instants and users of what happened in a stretch before now, in order of time."""
        now_us, found = self._site.now_us, []
        for district in self._users.rows if per_year else ():
            rng = self._site.stream("personal", what, "before", district=district)
            per_day = per_year * float(weight[self._users.rows[district]].sum()) / YEAR_DAYS
            for at_us in self.demand.arrivals(per_day, now_us - lasting_us, now_us, rng).tolist():
                row = self._whom(district, weight, at_us, rng)
                if row is not None:
                    found.append((at_us, row))
        return sorted(found)

    def _happen(self, what: str, per_year: float, weight: Real, district: str, act: Act) -> Steps:
        rng, from_us = self._site.stream("personal", what, district=district), self._site.now_us
        per_day = per_year * float(weight[self._users.rows[district]].sum()) / YEAR_DAYS
        while True:
            due_us: Int = self.demand.arrivals(per_day, from_us, from_us + HOUR_US, rng)
            for at_us in due_us.tolist():
                yield self._site.env.timeout(at_us - self._site.now_us)
                row = self._whom(district, weight, at_us, rng)
                if row is not None and self._lying.since_us[row] == NEVER_US:
                    self._site.process(act(row, at_us))
            from_us += HOUR_US
            yield self._site.env.timeout(from_us - self._site.now_us)

    def _whom(self, district: str, weight: Real, at_us: int, rng: np.random.Generator) -> int | None:
        """Return a user of those at home, by their weight; None where nobody is."""
        luck, rows = float(rng.random()), self._users.rows[district]
        upto = np.cumsum(weight[rows] * self._users.at_home(district, at_us))
        return int(rows[np.searchsorted(upto, luck * upto[-1], side="right")]) if upto[-1] > 0 else None
