"""The timetable as processes read it: courses of patterns, places where a line's buses stop, planned headways.

Owns plain lists made once from a Network, because the processes touch single numbers. It draws nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Network
from sim.units import HOUR_US, MINUTE_US

LEAST_HEADWAY_US = MINUTE_US  # two trips timetabled at the same minute are one departure with two buses
LONE_HEADWAY_US = HOUR_US  # a line with a single trip has no headway; this only scales its irregularity and alerts


@dataclass(frozen=True, slots=True)
class Course:
    """A pattern as driven: `line` indexes Network.lines, `last` is the place of its final stop.

    `slots` numbers what its stops share with other courses: one slot for each line, direction, stop and how often the course
    has called there before, so loops keep their two calls apart.
    """

    pattern: int
    line: int
    direction: int
    last: int
    slots: list[int]
    distance_m: list[float]
    stops: list[int]


@dataclass(frozen=True, slots=True)
class Timetable:
    """Everything the processes ask of the network.

    `headway_us`: planned time since the trip before, by line and direction, at the first stop: shape (trips,).
    `pattern_of`: pattern of each trip: shape (trips,). `slot_count` slots are numbered from 0,
    `direction_of` by slot. `arrive_us`, `depart_us`: all trips' times one after the other, those of trip t from `first_of[t]` on.
    """

    network: Network
    courses: tuple[Course, ...]
    slot_count: int
    direction_of: list[int]
    pattern_of: NDArray[np.int64]
    headway_us: NDArray[np.int64]
    headway_list: list[int]
    depart_list: list[int]
    first_of: NDArray[np.int64]
    arrive_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]

    @classmethod
    def of(cls, network: Network) -> "Timetable":
        """Return the timetable of a network."""
        courses, slot_count = _courses(network)
        pattern_of = np.array([trip.pattern for trip in network.trips], dtype=np.int64)
        first_us = np.array([trip.depart_us[0] for trip in network.trips], dtype=np.int64)
        headway_us = _headways(courses, pattern_of, first_us)
        direction_of = [0] * slot_count
        for course in courses:
            for slot in course.slots:
                direction_of[slot] = course.direction
        arrive_us = np.concatenate([trip.arrive_us for trip in network.trips])
        same = all(trip.depart_us is trip.arrive_us for trip in network.trips)
        return cls(
            network,
            courses,
            slot_count,
            direction_of,
            pattern_of,
            headway_us,
            headway_us.tolist(),
            first_us.tolist(),
            np.cumsum([0, *(len(trip.arrive_us) for trip in network.trips)])[:-1].astype(np.int64),
            arrive_us,
            arrive_us if same else np.concatenate([trip.depart_us for trip in network.trips]),
        )


def _courses(network: Network) -> tuple[tuple[Course, ...], int]:
    line_numbers = {line.route: number for number, line in enumerate(network.lines)}
    slots: dict[tuple[int, int, int, int], int] = {}
    courses = []
    for number, pattern in enumerate(network.patterns):
        line = line_numbers[pattern.route]
        stops = pattern.stops.tolist()
        calls: dict[int, int] = {}
        mine = []
        for stop in stops:
            call = calls[stop] = calls.get(stop, -1) + 1
            mine.append(slots.setdefault((line, pattern.direction, stop, call), len(slots)))
        courses.append(Course(number, line, pattern.direction, len(stops) - 1, mine, pattern.distance_m.tolist(), stops))
    return tuple(courses), len(slots)


def _headways(courses: tuple[Course, ...], pattern_of: NDArray[np.int64], depart_us: NDArray[np.int64]) -> NDArray[np.int64]:
    group_of = np.array([2 * course.line + course.direction for course in courses], dtype=np.int64)
    group = group_of[pattern_of]
    order = np.lexsort((depart_us, group))
    grouped, sorted_us = group[order], depart_us[order]
    first = np.r_[True, grouped[1:] != grouped[:-1]]
    gaps = np.diff(sorted_us, prepend=sorted_us[:1])
    after = np.r_[gaps[1:], LONE_HEADWAY_US]
    lone = first & np.r_[first[1:], True]
    gaps = np.where(first, after, gaps)  # the day's first departure has no predecessor: take its successor's gap
    gaps[lone] = LONE_HEADWAY_US
    headway_us = np.empty_like(gaps)
    headway_us[order] = np.maximum(gaps, LEAST_HEADWAY_US)
    return headway_us
