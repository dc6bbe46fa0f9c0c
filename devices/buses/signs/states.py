"""Whether an electronic stop sign works: offline when it failed, stale when its link has been down for a while.

Owns failures, link troubles and outages of the district's network. What a working sign shows is `signs`' business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import SignState
from sim.arrays import Flags, Int, Places
from sim.city.site import Site
from sim.events.batches import Span
from sim.figures import Figure, Grade
from sim.parameters import DurationUs, Parameters, from_figure
from sim.toolkit.draws import Draws, Window
from sim.units import DAY_US, HOUR_US, MINUTE_US, SECOND_US

REFRESH = Figure(
    "refresh of a sign", value=30.0, unit="s", grade=Grade.A, source="GTFS Realtime Best Practices: at least every 30 s", low=10, high=60
)
FAILURES = Figure("failures of a sign", value=0.03, unit="per day", source="assumption: one in a month", low=0, high=0.5)
REPAIR = Figure("time to repair a sign, median", value=6.0, unit="h", source="assumption: within the working day", low=1, high=72)
LINK_TROUBLES = Figure("troubles of a sign's link", value=0.25, unit="per day", source="assumption: mobile network", low=0, high=5)
LINK_TROUBLE = Figure("length of a trouble of a sign's link, median", value=4.0, unit="min", low=1, high=60)
STALE = Figure(
    "age at which what a sign shows is stale",
    value=90.0,
    unit="s",
    grade=Grade.A,
    source="GTFS Realtime Best Practices: data no older than 90 s",
    low=60,
    high=300,
)
TROUBLE_SIGMA = Figure("spread of repairs and troubles of signs, sigma of the logarithm", value=0.7, unit="ratio", low=0.3, high=1.2)

STATE_FIGURES = (REFRESH, FAILURES, REPAIR, LINK_TROUBLES, LINK_TROUBLE, STALE, TROUBLE_SIGMA)
LINK_WINDOW_US = 6 * HOUR_US
REPAIR_REACH = 3  # no repair takes more than three days


class StateParameters(Parameters):
    """How often signs refresh and fail, and when what they show is stale."""

    refresh: DurationUs = from_figure(REFRESH, scale=SECOND_US, ge=SECOND_US)
    failures_per_day: float = from_figure(FAILURES, ge=0, le=1)
    repair: DurationUs = from_figure(REPAIR, scale=HOUR_US)
    link_troubles_per_day: float = from_figure(LINK_TROUBLES, ge=0, le=4)
    link_trouble: DurationUs = from_figure(LINK_TROUBLE, scale=MINUTE_US)
    stale_after: DurationUs = from_figure(STALE, scale=SECOND_US)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Stretches of one cause, one for each sign (empty for most): end exclusive, shape (signs,)."""

    begin_us: Int
    end_us: Int

    def holds(self, sign: Places, at_us: Int) -> Flags:
        """Return whether it holds for signs at instants."""
        return (self.begin_us[sign] <= at_us) & (at_us < self.end_us[sign])


@dataclass(frozen=True, slots=True)
class Change:
    """Signs that change their state: columns of equal length; `age_us` of what each shows."""

    sign: Places
    at_us: Int
    state: NDArray[np.int32]
    age_us: Int


class SignStates:
    """The state of every sign at any instant: a function of its own streams, the incidents and the instant."""

    def __init__(self, site: Site, draws: Draws, districts: list[str], parameters: StateParameters) -> None:
        """Keep the settings; `districts` of the signs in order."""
        self._site = site
        self._draws = draws
        self._districts = np.array(districts)
        self._parameters = parameters
        self._failure = Window(DAY_US, parameters.failures_per_day, parameters.repair, float(TROUBLE_SIGMA), REPAIR_REACH)
        chance = parameters.link_troubles_per_day * LINK_WINDOW_US / DAY_US
        self._link = Window(LINK_WINDOW_US, chance, parameters.link_trouble, float(TROUBLE_SIGMA))
        self._phase_us = (draws.uniform("phase", 0, 1)[:, 0] * parameters.refresh).astype(np.int64)
        self._kept: dict[tuple[str, int], Trouble] = {}
        self._failures: list[Trouble] = []
        self._links: list[Trouble] = []

    def enter(self, span: Span) -> None:
        """Work out what can trouble the signs in a slice."""
        reach_us = self._parameters.stale_after
        failures = [("failure", self._failure, number) for number in self._failure.numbers(span.start_us, span.end_us)]
        links = [("link", self._link, number) for number in self._link.numbers(span.start_us - reach_us, span.end_us)]
        kept = {
            (what, number): self._kept.get((what, number)) or self._drawn(what, window, number) for what, window, number in failures + links
        }
        self._kept = kept
        self._failures = [kept[what, number] for what, _, number in failures]
        self._links = [kept[what, number] for what, _, number in links] + self._outages(span)

    def first_us(self, span: Span) -> Int:
        """Return when each sign first refreshes in a slice, µs after its start."""
        return (self._phase_us - span.start_us) % self._parameters.refresh

    def shows(self, sign: Places, at_us: Int) -> Flags:
        """Return which signs work and are reached at instants."""
        return ~(_any(self._failures, sign, at_us) | _any(self._links, sign, at_us))

    def states(self, sign: Places, at_us: Int) -> NDArray[np.int32]:
        """Return the state of signs at instants."""
        stale = np.zeros(len(sign), dtype=np.bool_)
        for trouble in self._links:
            stale |= trouble.holds(sign, at_us) & (at_us >= trouble.begin_us[sign] + self._parameters.stale_after)
        state = np.where(stale, SignState.STALE, SignState.ONLINE)
        return np.where(_any(self._failures, sign, at_us), SignState.OFFLINE, state).astype(np.int32)

    def changes(self, span: Span) -> Change:
        """Return the changes in a slice, in no order; the run's first slice adds every sign's state at its first beat."""
        instants = [each for trouble in self._failures for each in (trouble.begin_us, trouble.end_us)]
        for trouble in self._links:
            lasting = np.where(trouble.end_us > trouble.begin_us, self._parameters.stale_after, 0)
            instants += [trouble.begin_us + lasting, trouble.end_us]
        sign = np.concatenate([np.flatnonzero((span.start_us <= each) & (each < span.end_us)) for each in instants])
        at_us = np.concatenate([each[(span.start_us <= each) & (each < span.end_us)] for each in instants])
        sign, at_us = np.unique(np.stack([sign, at_us], axis=1), axis=0).T if len(sign) else (sign, at_us)
        changed = self.states(sign, at_us) != self.states(sign, at_us - 1)
        sign, at_us = sign[changed], at_us[changed]
        if span.start_us <= self._site.start_us < span.end_us:
            sign = np.concatenate([np.arange(len(self._phase_us)), sign])
            at_us = np.concatenate([span.start_us + self.first_us(span), at_us])
        return self._described(sign, at_us)

    def _described(self, sign: Places, at_us: Int) -> Change:
        """Add the state and how old the display is: what was shown at the last beat before the trouble began."""
        begin_us = at_us.copy()
        for trouble in self._failures + self._links:
            begin_us = np.where(trouble.holds(sign, at_us), np.minimum(begin_us, trouble.begin_us[sign]), begin_us)
        troubled = begin_us < at_us
        beat_us = begin_us - (begin_us - self._phase_us[sign]) % self._parameters.refresh
        return Change(sign, at_us, self.states(sign, at_us), np.where(troubled, at_us - beat_us, 0))

    def _drawn(self, what: str, window: Window, number: int) -> Trouble:
        return Trouble(*self._draws.stretches(what, window, number))

    def _outages(self, span: Span) -> list[Trouble]:
        """Return the outages of the districts' networks around a slice, each as one trouble of all signs in the district."""
        found = []
        for district in np.unique(self._districts):
            for outage in self._site.outages(str(district)):
                if outage.start_us < span.end_us and outage.end_us >= span.start_us:
                    here = self._districts == district
                    begin_us = np.where(here, outage.start_us, span.start_us)
                    found.append(Trouble(begin_us, np.where(here, outage.end_us, begin_us)))
        return found


def _any(troubles: list[Trouble], sign: Places, at_us: Int) -> Flags:
    held = np.zeros(len(sign), dtype=np.bool_)
    for trouble in troubles:
        held |= trouble.holds(sign, at_us)
    return held
