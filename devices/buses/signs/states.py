"""Whether an electronic stop sign works: offline when it failed, stale when its link has been down for a while.

Owns how often signs fail and refresh. What follows from failures and outages is the toolkit's, what a working sign shows `signs`' business.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Code, Int, Places
from sim.city.site import Site
from sim.events.batches import Span
from sim.figures import Figure, Grade
from sim.parameters import DurationUs, Parameters, from_figure
from sim.toolkit.availability import Availability
from sim.toolkit.beats import Rhythm, first_beat_us
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
class SignChange:
    """Signs that change their state: columns of equal length; `age_us` of what each shows."""

    sign: Places
    at_us: Int
    state: Code
    age_us: Int


class SignStates:
    """When every sign refreshes, and whether it works then: see `availability`."""

    def __init__(self, site: Site, draws: Draws, districts: list[str], parameters: StateParameters) -> None:
        """Keep the settings; `districts` of the signs in order."""
        sigma = float(TROUBLE_SIGMA)
        failures = Window(DAY_US, parameters.failures_per_day, parameters.repair, sigma, REPAIR_REACH)
        troubles = Window(LINK_WINDOW_US, parameters.link_troubles_per_day * LINK_WINDOW_US / DAY_US, parameters.link_trouble, sigma)
        self.availability = Availability(site, draws, districts, failures, troubles, parameters.stale_after)
        self._start_us = site.start_us
        self._refresh_us = parameters.refresh
        self._phase_us = Rhythm(draws, parameters.refresh).phase_us()

    def first_us(self, span: Span) -> Int:
        """Return when each sign first refreshes in a slice, µs after its start."""
        return first_beat_us(span, self._refresh_us, self._phase_us)

    def changes(self, span: Span) -> SignChange:
        """Return the changes in a slice, in no order; the run's first slice adds every sign's state at its first beat."""
        change = self.availability.changes(span)
        sign, at_us = change.row, change.at_us
        if span.start_us <= self._start_us < span.end_us:
            sign = np.concatenate([np.arange(len(self._phase_us)), sign])
            at_us = np.concatenate([span.start_us + self.first_us(span), at_us])
            change = self.availability.described(sign, at_us)
        # A sign in trouble shows what it got at its last beat before that began.
        beat_us = change.since_us - (change.since_us - self._phase_us[sign]) % self._refresh_us
        return SignChange(sign=sign, at_us=at_us, state=change.state, age_us=np.where(change.since_us < at_us, at_us - beat_us, 0))
