"""Whether devices work: offline when they have failed, stale when they have been cut off from the network for a while.

Owns failures, troubles of links and outages of a district's network. What a working device says is the system's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import auto

import numpy as np

from sim.arrays import Code, Flags, Int, Places
from sim.city.site import Site
from sim.events.batches import Span
from sim.events.kinds import Choice
from sim.toolkit.draws import Draws, Stretches, Window


class DeviceState(Choice):
    """Whether a device works and has been heard of lately."""

    ONLINE = auto()
    OFFLINE = auto()
    STALE = auto()


@dataclass(frozen=True, slots=True)
class Change:
    """Rows that change their state: columns of equal length; `since_us` when what troubles them began, `at_us` itself when nothing does."""

    row: Places
    at_us: Int
    state: Code
    since_us: Int


class Availability:
    """The state of every device at any instant: a function of its own streams, the outages and the instant.

    >>> states = Availability(site, Draws(site, "trouble", homes), homes, Window(DAY_US, 0.1, 6 * HOUR_US, 0.7))
    >>> states.enter(span)
    >>> states.states(np.arange(len(homes)), np.full(len(homes), span.start_us))
    array([0, 0, 0], dtype=int32)

    `failures` and `troubles` of links are windows of the streams "failure" and "link"; a device that was cut off by the network goes
    stale after `stale_after_us`. `enter` a slice before asking about instants in it, or up to `stale_after_us` before it.
    """

    __slots__ = ("_cuts", "_districts", "_draws", "_failed", "_failures", "_site", "_stale_after_us", "_troubles")

    def __init__(
        self,
        site: Site,
        draws: Draws,
        districts: Sequence[str],
        failures: Window,
        troubles: Window | None = None,
        stale_after_us: int = 0,
    ) -> None:
        """Keep the settings; `districts` of the rows of `draws`, in their order."""
        self._site = site
        self._draws = draws
        self._districts = np.array(districts)
        self._failures = failures
        self._troubles = troubles
        self._stale_after_us = stale_after_us
        self._failed: list[Stretches] = []
        self._cuts: list[Stretches] = []

    def enter(self, span: Span) -> None:
        """Work out what can trouble the devices in a slice."""
        start_us = span.start_us - self._stale_after_us
        self._failed = self._draws.around("failure", self._failures, span.start_us, span.end_us)
        cuts = self._draws.around("link", self._troubles, start_us, span.end_us) if self._troubles else []
        self._cuts = cuts + self._outages(span)

    def works(self, row: Places, at_us: Int) -> Flags:
        """Return which devices work and are reached at instants: shape of `row`."""
        return ~(_any(self._failed, row, at_us) | _any(self._cuts, row, at_us))

    def states(self, row: Places, at_us: Int) -> Code:
        """Return the DeviceState of devices at instants: shape of `row`."""
        stale = np.zeros(len(row), dtype=np.bool_)
        for cut in self._cuts:
            stale |= cut.holds(row, at_us) & (at_us >= cut.begin_us[row] + self._stale_after_us)
        state = np.where(stale, DeviceState.STALE, DeviceState.ONLINE)
        return np.where(_any(self._failed, row, at_us), DeviceState.OFFLINE, state).astype(np.int32)

    def changes(self, span: Span) -> Change:
        """Return the changes of a slice, by row and time; of the first slice none is at its very start."""
        instants = [each for failed in self._failed for each in (failed.begin_us, failed.end_us)]
        for cut in self._cuts:
            lasting = np.where(cut.end_us > cut.begin_us, self._stale_after_us, 0)
            instants += [cut.begin_us + lasting, cut.end_us]
        within = [(span.start_us <= each) & (each < span.end_us) for each in instants]
        row = np.concatenate([np.flatnonzero(here) for here in within])
        at_us = np.concatenate([each[here] for each, here in zip(instants, within, strict=True)])
        row, at_us = np.unique(np.stack([row, at_us], axis=1), axis=0).T if len(row) else (row, at_us)
        changed = self.states(row, at_us) != self.states(row, at_us - 1)
        return self.described(row[changed], at_us[changed])

    def described(self, row: Places, at_us: Int) -> Change:
        """Return the state of devices at instants, and since when they have been in trouble."""
        since_us = at_us.copy()
        for stretch in self._failed + self._cuts:
            since_us = np.where(stretch.holds(row, at_us), np.minimum(since_us, stretch.begin_us[row]), since_us)
        return Change(row, at_us, self.states(row, at_us), since_us)

    def _outages(self, span: Span) -> list[Stretches]:
        """Return the outages of the districts' networks around a slice, each as one stretch of all devices in the district."""
        found = []
        for district in np.unique(self._districts):
            for outage in self._site.outages(str(district)):
                if outage.start_us < span.end_us and outage.end_us >= span.start_us:
                    here = self._districts == district
                    begin_us = np.where(here, outage.start_us, span.start_us)
                    found.append(Stretches(begin_us, np.where(here, outage.end_us, begin_us)))
        return found


def _any(stretches: Sequence[Stretches], row: Places, at_us: Int) -> Flags:
    held = np.zeros(len(row), dtype=np.bool_)
    for each in stretches:
        held |= each.holds(row, at_us)
    return held
