"""The timetable of the metro, and a line that stands still: when a rider gets in, and when the train is there.

Owns departures and what an incident does to them. Which way a rider takes is `devices.metro.network`'s business.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from devices.metro.figures import FIRST_TRAIN, HEADWAY_OFF, HEADWAY_PEAK, LAST_TRAIN, PEAK_HOURS, RECOVERY
from devices.metro.network import Network
from sim.arrays import Int, Real

DAY_S = 1_000_000.0  # sets directions apart in one sorted list; longer than any day of service


class Stretch(NamedTuple):
    """A stretch of city time, µs, end exclusive."""

    start_us: int
    end_us: int


def without_overlaps(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return stretches in order, with those that meet or overlap as one."""
    joined: list[Stretch] = []
    for each in sorted(stretches):
        if joined and each.start_us <= joined[-1].end_us:
            joined[-1] = Stretch(joined[-1].start_us, max(joined[-1].end_us, each.end_us))
        else:
            joined.append(each)
    return tuple(joined)


@dataclass(frozen=True, slots=True)
class Standstill:
    """A stretch in which no train of a line moves: s after midnight of the service day, end exclusive."""

    line: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Timetable:
    """Departures of one kind of day from the ends of all lines, as one sorted list: direction times DAY_S plus s after midnight."""

    network: Network
    departures: Real
    last_s: float

    @classmethod
    def of(cls, network: Network, *, free_day: bool) -> "Timetable":
        """Return the timetable of a workday, or of a free day, which has no peak."""
        depart_s = departures(free_day=free_day)
        directions = np.arange(len(network.offset_s))
        return cls(network, (directions[:, None] * DAY_S + depart_s).ravel(), float(depart_s[-1]))

    def ride(self, origin: Int, target: Int, from_s: Real, standstills: Sequence[Standstill] = ()) -> tuple[Real, Real]:
        """Return when riders on a platform from `from_s` on get in and get out, s after midnight: shape (k,) each.

        After the last train one more comes at once, so that everybody gets home.
        """
        direction, ride_s = self.network.direction[origin, target], self.network.ride_s[origin, target]
        offset_s = self.network.offset_s[direction, origin]
        planned_s = before(direction // 2, from_s, standstills)
        wanted_s = np.clip(planned_s - offset_s, -DAY_S / 4, self.last_s)
        depart_s = self.departures[np.searchsorted(self.departures, direction * DAY_S + wanted_s)] - direction * DAY_S
        board_s = np.maximum(depart_s + offset_s, planned_s)
        return after(direction // 2, board_s, standstills), after(direction // 2, board_s + ride_s, standstills)


def departures(*, free_day: bool) -> Real:
    """Return when trains leave the end of a line, s after midnight: shape (k,)."""
    peak_s, off_s = 60 * float(HEADWAY_PEAK), 60 * float(HEADWAY_OFF)
    found, at_s = [], 3600 * float(FIRST_TRAIN)
    while at_s <= 3600 * float(LAST_TRAIN):
        found.append(at_s)
        at_s += peak_s if not free_day and at_s // 3600 in PEAK_HOURS.numbers else off_s
    return np.array(found)


def after(line: Int, planned_s: Real, standstills: Sequence[Standstill]) -> Real:
    """Return when what is planned happens: a line stops where it is, and afterwards its trains keep their order.

    `standstills` come in order, without overlaps. Trains follow each other closer by RECOVERY until the plan is caught up with.
    """
    at_s = planned_s
    for each in standstills:
        late_s = each.end_s + (at_s - each.start_s) / float(RECOVERY)
        at_s = np.where((line == each.line) & (at_s >= each.start_s), np.maximum(at_s, late_s), at_s)
    return at_s


def before(line: Int, at_s: Real, standstills: Sequence[Standstill]) -> Real:
    """Return for what time that was planned which happens at an instant, or next after it: the inverse of `after`."""
    planned_s = at_s
    for each in reversed(standstills):
        late_s = each.start_s + np.maximum(planned_s - each.end_s, 0) * float(RECOVERY)
        planned_s = np.where((line == each.line) & (planned_s >= each.start_s), np.minimum(planned_s, late_s), planned_s)
    return planned_s
