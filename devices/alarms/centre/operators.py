"""Operators: a team by skill whose strength follows the rota.

Owns who is at work. What an operator says is `handling.py`'s business.
"""

from heapq import heappop, heappush

from devices.alarms.centre.cases import Case
from devices.alarms.centre.parameters import CentreParameters
from devices.alarms.centre.rota import Rota, Strength
from devices.alarms.choices import AlarmType
from sim.city.site import Site, Steps
from sim.toolkit.teams import Answer, Team
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US

ALARM, CARE = "alarm", "care"  # skills: all operators handle signals, those trained for it persons in need as well


def skill_for(case: Case) -> str:
    """Return what an operator must be trained for."""
    return CARE if case.alarm_type is AlarmType.PERSONAL else ALARM


class Operators:
    """The operators of one centre."""

    def __init__(self, site: Site, parameters: CentreParameters) -> None:
        """Open with those who are on duty now; the rota goes on by itself."""
        self._site = site
        self._rota = Rota(parameters)
        self.team = Team(site.env, [{ALARM}, {ALARM, CARE}])
        self._free_positions: list[int] = []
        self._positions = 0
        self.strength = Strength((0, 0), 0)
        self._come_and_go()
        site.process(self._keep_the_rota())

    def sit_down(self) -> int:
        """Return the lowest free position of the room, which is taken until `stand_up`."""
        if self._free_positions:
            return heappop(self._free_positions)
        self._positions += 1
        return self._positions

    def stand_up(self, answer: Answer, position: int) -> None:
        """End a call: the position is free, and so is the operator."""
        heappush(self._free_positions, position)
        self.team.leave(answer.group)

    def to_spare(self, skill: str, kept: int) -> bool:
        """Return whether an operator with a skill is free, nobody waits, and more than `kept` are free altogether."""
        return not self.team.waiting and self.team.idle > kept and self.team.idle_for(skill) > 0

    def _keep_the_rota(self) -> Steps:
        changes_us = self._rota.changes_us()
        while changes_us:
            clock_us = self._clock_us()
            following = next((each for each in changes_us if each > clock_us), changes_us[0] + DAY_US)
            yield self._site.wait(following - clock_us)
            self._come_and_go()

    def _come_and_go(self) -> None:
        self.strength = self._rota.strength(self._clock_us())
        self.team.staff(self.strength.at_work)

    def _clock_us(self) -> int:
        local = self._site.calendar.local(self._site.now_us)
        return local.hour * HOUR_US + local.minute * MINUTE_US + local.second * SECOND_US + local.microsecond
