"""Police policy: who has sent for the police in vain too often gets them no more.

Owns the count of false calls of each home. Whether an alarm is confirmed is what was raised, or what is found out on the phone.
"""

from collections import deque
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case
from devices.alarms.centre.choices import Refusal
from devices.alarms.centre.parameters import PolicyParameters
from sim.city.site import Site
from sim.units import DAY_US

YEAR_US = 365 * DAY_US
SHAPE_OF_CALLERS = float(figures.PAST_SHAPE) + 1  # whoever raises an alarm has, by Bayes' rule, the gamma of rates with one event more


class PolicePolicy:
    """False calls by home: those since the run began, and a past drawn for each home when it is first asked about."""

    def __init__(self, site: Site, parameters: PolicyParameters) -> None:
        """Begin with the past that the figures give."""
        self._site, self._parameters = site, parameters
        self._scale = float(figures.PAST_FALSE_CALLS) / float(figures.PAST_SHAPE) * parameters.within / YEAR_US
        self._false_us: dict[str, deque[int]] = {}

    def refusal(self, case: Case, rng: np.random.Generator, *, confirmed: bool, vouched: bool) -> Refusal | None:
        """Return why the police do not come to a case; when somebody at home vouches for it, they come: it is a call for help."""
        if vouched:
            return None
        if self._parameters.confirmed_only and not confirmed:
            return Refusal.UNCONFIRMED
        return Refusal.WITHDRAWN if self.is_withdrawn(case, rng) else None

    def is_withdrawn(self, case: Case, rng: np.random.Generator) -> bool:
        """Return whether the police no longer come; of a home that is not simulated the past is drawn anew."""
        past = len(self._recent(case.home)) if case.home else self._past_number(rng)
        return past >= self._parameters.false_calls

    def in_vain(self, case: Case) -> bool:
        """Count that the police came and found nothing; return whether that ends the response to this home."""
        if not case.home:
            return False
        self._recent(case.home).append(self._site.now_us)
        return len(self._recent(case.home)) == self._parameters.false_calls

    def _recent(self, home: str) -> deque[int]:
        """Return the false calls within the policy's time, the oldest first."""
        if home not in self._false_us:
            self._false_us[home] = self._past(home)
        recent, since_us = self._false_us[home], self._site.now_us - self._parameters.within
        while recent and recent[0] <= since_us:
            recent.popleft()
        return recent

    def _past(self, home: str) -> deque[int]:
        """Return the false calls of a home that now raises its first alarm: instants spread evenly, as they are given their number."""
        rng = self._site.stream("centre", "past", home)
        ago = rng.random(self._past_number(rng)) * self._parameters.within
        return deque(sorted((self._site.start_us - ago).astype(np.int64).tolist()))

    def _past_number(self, rng: np.random.Generator) -> int:
        chances = occupied(rng.gamma(SHAPE_OF_CALLERS, self._scale), self._parameters.false_calls)
        return min(int(np.searchsorted(np.cumsum(chances), rng.random())), self._parameters.false_calls)


def occupied(expected: float, limit: int) -> NDArray[np.float64]:
    """Return the chances of 0, 1, ... `limit` calls that count, of a home that would make so many if the police always came.

    A false call counts for a year, and none is made while `limit` of them do: the servers of Erlang's loss system, which has the same
    chances whatever the time of service; the last is Erlang's B.
    """
    weights = [calls * log(max(expected, 1e-300)) - lgamma(calls + 1) for calls in range(limit + 1)]
    chances: NDArray[np.float64] = np.exp(np.array(weights) - max(weights))
    chances /= chances.sum()
    return chances
