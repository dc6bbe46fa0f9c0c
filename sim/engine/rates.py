"""Rates: a stage that asks for events a second finds the system that can say how many a load of 1 gives.

Owns the choice of the system and its answer. What multiplier follows from it is `sim.city.profile`'s.
"""

import math
from collections.abc import Sequence

from sim.blame import blamed, refuse
from sim.city.profile import Expected
from sim.city.site import Site
from sim.errors import UsageError
from sim.events.row_checks import NUMBER
from sim.system import System


def expected_of(systems: Sequence[tuple[System, Site]]) -> Expected:
    """Return the question how many events a system, or with an empty name the one that offers it, expects in a stretch at load 1.

    It raises UsageError when no system offers an answer, or several and none was named.
    """

    def expected(name: str, start_us: int, end_us: int) -> float:
        offers = {}
        for system, site in systems:
            with blamed((system, None)):
                count = system.expected_events(site, start_us, end_us)
                if count is not None:
                    offers[system.name] = _number(system, count)
        if name in offers:
            return offers[name]
        if name or len(offers) != 1:
            raise UsageError(_unanswered(name, list(offers)))
        return next(iter(offers.values()))

    return expected


def _number(system: System, count: object) -> float:
    """Return a system's answer. Raises UsageError for what is no number of events."""
    if not isinstance(count, NUMBER) or not 0 <= count < math.inf:
        raise refuse(system, f"expected_events returned {count!r:.80}: it is a number of events, or None where it offers no rate")
    return float(count)


def _unanswered(name: str, offering: list[str]) -> str:
    if name:
        can = f"give a multiplier, or ask {' or '.join(offering)}" if offering else "give a multiplier"
        return f"system {name!r} does not say how many events follow the load (`expected_events`), so it has no rate: {can}"
    if offering:
        return f"a stage asks for a rate, and {', '.join(offering)} offer one: say which, as in system={offering[0]!r}"
    return "a stage asks for a rate, and no system says how many of its events follow the load (`expected_events`): give a multiplier"
