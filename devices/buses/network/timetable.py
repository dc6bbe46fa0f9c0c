"""The timetable as processes read it: patterns of patterns, places where a line's buses stop, planned headways.

Owns plain lists made once from a Network, because the processes touch single numbers. It draws nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Network
from devices.buses.network.motion import least_us
from devices.buses.network.pattern_stops import PatternStops
from devices.buses.network.plan import Plan
from sim.arrays import Int
from sim.figures import Figure
from sim.units import MINUTE_US

LEAST_HEADWAY_US = MINUTE_US  # two trips timetabled at the same minute are one departure with two buses
NO_SLOT = np.iinfo(np.int64).min
LONE_HEADWAY = Figure(
    "headway of a line with a single trip",
    value=1,
    unit="h",
    source="assumption: it has none; this only scales its irregularity and alerts",
    low=0.5,
    high=2,
)
TIMETABLE_FIGURES = (LONE_HEADWAY,)
LONE_HEADWAY_US = LONE_HEADWAY.us


@dataclass(frozen=True, slots=True)
class Timetable:
    """Everything the processes ask of the network.

    `pattern_of`: pattern of each trip: shape (trips,). `slot_count` slots are numbered from 0, `direction_of` by slot. `arrive_us`,
    `depart_us`: all trips' times one after the other, those of trip t from `first_of[t]` on: shape (rows,); `plan` what drivers make of
    them. `before`: for each of these
    rows, that of the trip timetabled to leave before it from the same slot; for the day's first there, ~ of the row of the one after it
    or, for a lone one and for a trip's last stop, of its own. `headway_by_row_us` is what lies between the two.
    """

    network: Network
    patterns: tuple[PatternStops, ...]
    slot_count: int
    direction_of: list[int]
    pattern_of: NDArray[np.int64]
    depart_list: list[int]
    first_of: NDArray[np.int64]
    arrive_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]
    plan: Plan
    before: NDArray[np.int32]
    headway_by_row_us: Int

    @classmethod
    def of(cls, network: Network) -> "Timetable":
        """Return the timetable of a network."""
        patterns, slot_count = _patterns(network)
        pattern_of = np.array([trip.pattern for trip in network.trips], dtype=np.int64)
        first_us = np.array([trip.depart_us[0] for trip in network.trips], dtype=np.int64)
        direction_of = [0] * slot_count
        for pattern in patterns:
            for slot in pattern.slots:
                direction_of[slot] = pattern.direction
        arrive_us = np.concatenate([trip.arrive_us for trip in network.trips])
        same = all(trip.depart_us is trip.arrive_us for trip in network.trips)
        depart_us = arrive_us if same else np.concatenate([trip.depart_us for trip in network.trips])
        first_of = np.cumsum([0, *(len(trip.arrive_us) for trip in network.trips)])[:-1].astype(np.int64)
        plan = Plan.of(network, patterns, first_of, depart_us)
        before = _before(patterns, pattern_of, first_of, plan.depart_us)
        return cls(
            network=network,
            patterns=patterns,
            slot_count=slot_count,
            direction_of=direction_of,
            pattern_of=pattern_of,
            depart_list=first_us.tolist(),
            first_of=first_of,
            arrive_us=arrive_us,
            depart_us=depart_us,
            plan=plan,
            before=before,
            headway_by_row_us=_headways_us(plan.depart_us, before),
        )

    def pattern_stops_of(self, trip: int) -> PatternStops:
        """Return the stops of a trip's pattern."""
        return self.patterns[self.network.trips[trip].pattern]

    def departure_us(self, trip: int, place: int = 0) -> int:
        """Return when a trip is timetabled to leave a place, µs of the service day."""
        return int(self.network.trips[trip].depart_us[place])

    def arrival_us(self, trip: int, place: int = -1) -> int:
        """Return when a trip is timetabled to come to a place, its last for -1, µs of the service day."""
        return int(self.network.trips[trip].arrive_us[place])

    def headways_us(self, trip: int) -> Int:
        """Return the planned headway of a trip at each of its places, µs, at least LEAST_HEADWAY_US: shape (stops,)."""
        first = self.first_of[trip]
        return self.headway_by_row_us[first : first + len(self.network.trips[trip].arrive_us)]

    def headway_us(self, trip: int) -> int:
        """Return the planned headway of a trip at its first stop, µs."""
        return int(self.headway_by_row_us[self.first_of[trip]])

    def trip_of(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the trip that each row of the times belongs to: shape of `rows`."""
        return np.searchsorted(self.first_of, rows, side="right") - 1


def _patterns(network: Network) -> tuple[tuple[PatternStops, ...], int]:
    line_numbers = {line.route: number for number, line in enumerate(network.lines)}
    slots: dict[tuple[int, int, int, int], int] = {}
    patterns = []
    for number, pattern in enumerate(network.patterns):
        line = line_numbers[pattern.route]
        stops = pattern.stops.tolist()
        calls: dict[int, int] = {}
        mine = []
        for stop in stops:
            call = calls[stop] = calls.get(stop, -1) + 1
            mine.append(slots.setdefault((line, pattern.direction, stop, call), len(slots)))
        least = least_us(np.diff(pattern.distance_m))
        patterns.append(
            PatternStops(
                number=number,
                line=line,
                direction=pattern.direction,
                last=len(stops) - 1,
                slots=mine,
                distance_m=pattern.distance_m.tolist(),
                stops=stops,
                least_us=least,
            )
        )
    return tuple(patterns), len(slots)


def _before(
    patterns: tuple[PatternStops, ...], pattern_of: NDArray[np.int64], first_of: NDArray[np.int64], depart_us: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return the row of the trip before at each row's slot, line by line, so that little is sorted at a time."""
    line_of = np.array([pattern.line for pattern in patterns], dtype=np.int64)[pattern_of]
    by_line = np.argsort(line_of, kind="stable")
    found = np.empty(len(depart_us), dtype=np.int32)
    for trips in np.split(by_line, np.flatnonzero(np.diff(line_of[by_line])) + 1):
        slots = [patterns[pattern].slots for pattern in pattern_of[trips].tolist()]
        rows = np.concatenate([first + np.arange(len(each)) for first, each in zip(first_of[trips].tolist(), slots, strict=True)])
        slot = np.concatenate(slots)
        ends = np.cumsum([len(each) for each in slots]) - 1
        slot[ends] = -1 - ends  # nobody leaves from a last stop: a slot of its own
        order = np.lexsort((depart_us[rows], slot))
        rows, fresh = rows[order], np.diff(slot[order], prepend=NO_SLOT) != 0
        after = np.where(np.append(fresh[1:], True), rows, np.roll(rows, -1))
        found[rows] = np.where(fresh, ~after, np.roll(rows, 1))
    return found


def _headways_us(depart_us: Int, before: NDArray[np.int32]) -> Int:
    """Return the planned headway of each row, µs: shape (rows,)."""
    beside = np.where(before < 0, ~before, before)
    headway_us: Int = np.maximum(np.abs(depart_us - depart_us[beside]), LEAST_HEADWAY_US)
    headway_us[beside == np.arange(len(beside))] = LONE_HEADWAY_US
    return headway_us
