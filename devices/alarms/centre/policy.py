"""Police policy: who has sent for the police in vain too often gets them no more.

Owns the count of false calls of each home. Whether an alarm is confirmed is what was raised, or what is found out on the phone.
"""

from collections import deque
from math import exp, lgamma, log

import numpy as np

from devices.alarms.centre import figures
from devices.alarms.centre.cases import Case
from devices.alarms.centre.parameters import PolicyParameters
from sim.city.site import Site
from sim.units import DAY_US

YEAR_US = 365 * DAY_US
SHAPE = float(figures.PAST_SHAPE)


class PolicePolicy:
    """False calls by home: those since the run began, and a past drawn for each home when it is first asked about."""

    def __init__(self, site: Site, parameters: PolicyParameters) -> None:
        """Begin with the past that the figures give."""
        self._site, self._parameters = site, parameters
        self._past_mean = float(figures.PAST_FALSE_CALLS) * parameters.within / YEAR_US
        self.withdrawn_share = 1.0 - sum(_negative_binomial(self._past_mean, number) for number in range(parameters.false_calls))
        self._false_us: dict[str, deque[int]] = {}

    def is_withdrawn(self, case: Case, rng: np.random.Generator) -> bool:
        """Return whether the police no longer come; a home that is not simulated itself is in the mean of all."""
        if not case.home:
            return bool(rng.random() < self.withdrawn_share)
        return len(self._recent(case.home)) >= self._parameters.false_calls

    def comes(self, case: Case, rng: np.random.Generator, *, confirmed: bool, vouched: bool) -> bool:
        """Return whether the police come to a case: always when somebody at home vouches for it, which is a call for help and no alarm."""
        counts = confirmed or not self._parameters.confirmed_only
        return vouched or (counts and not self.is_withdrawn(case, rng))

    def in_vain(self, case: Case) -> None:
        """Count that the police came and found nothing."""
        if case.home:
            self._recent(case.home).append(self._site.now_us)

    def _recent(self, home: str) -> deque[int]:
        """Return the false calls within the policy's time, the oldest first."""
        if home not in self._false_us:
            self._false_us[home] = self._past(home)
        recent, since_us = self._false_us[home], self._site.now_us - self._parameters.within
        while recent and recent[0] <= since_us:
            recent.popleft()
        return recent

    def _past(self, home: str) -> deque[int]:
        rng = self._site.stream("centre", "past", home)
        count = rng.negative_binomial(SHAPE, SHAPE / (SHAPE + self._past_mean)) if self._past_mean else 0
        ago = rng.random(count) * self._parameters.within
        return deque(sorted((self._site.start_us - ago).astype(np.int64).tolist()))


def _negative_binomial(mean: float, number: int) -> float:
    """Return the probability of so many in a gamma mixture of Poissons."""
    if not mean:
        return float(number == 0)
    chance = SHAPE / (SHAPE + mean)
    return exp(lgamma(SHAPE + number) - lgamma(SHAPE) - lgamma(number + 1) + SHAPE * log(chance) + number * log(1 - chance))
