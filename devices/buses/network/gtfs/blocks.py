"""The blocks of a GTFS feed's trips: as it declares them where one vehicle can run them, else chained.

Owns the names of blocks, and which are followed. Chaining and splitting themselves are `blocks`' business.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Pattern, Stop, Trip
from devices.buses.network.blocks import chain, empty_us, layover_us, split, terminals
from devices.buses.network.gtfs.feed import Feed
from sim.geometry import distance_m

MOST_TRIPS = 500  # of a block: one every three minutes all day
MOST_ENDS = 2_000  # stops at which trips of one line begin or end; more are no line, and every pair of them would be measured

Groups = dict[str, list[int]]


def block_names(feed: Feed, timetable: list[Trip], patterns: list[Pattern], stops: tuple[Stop, ...]) -> list[str]:
    """Return each trip's block: as declared and split where one vehicle cannot run its trips, or chained along its line."""
    names = [trip.block for trip in timetable]
    declared, undeclared = _by_block(feed, timetable, patterns)
    taken = set(names)
    _chain_lines(names, undeclared, timetable, patterns, stops, taken)
    overlapping, apart = _split_blocks(names, declared, timetable, patterns, stops, taken)
    if overlapping:
        feed.note("blocks have trips that overlap and were split among more vehicles", overlapping)
    if apart:
        feed.note("blocks have trips too far apart for the time between and were split among more vehicles", apart)
    if undeclared:
        feed.note("trips have no block: chained by line, terminal and layover", sum(map(len, undeclared.values())))
    return names


def _by_block(feed: Feed, timetable: list[Trip], patterns: list[Pattern]) -> tuple[Groups, Groups]:
    """Return the trips of each declared block, and by route those of none; a block of too many trips is none."""
    sizes = Counter(trip.block for trip in timetable)
    endless = {block for block, count in sizes.items() if block and count > MOST_TRIPS}
    if endless:
        feed.note(f"blocks have more than {MOST_TRIPS:,} trips a day, no vehicle's work, and were not followed", len(endless))
    declared: Groups = {}
    undeclared: Groups = {}
    for place, trip in enumerate(timetable):
        follows = trip.block and trip.block not in endless
        groups, name = (declared, trip.block) if follows else (undeclared, patterns[trip.pattern].route)
        groups.setdefault(name, []).append(place)
    return declared, undeclared


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no block of the feed has."""
    return name if name not in taken else _free(name + "~", taken)


def _split_blocks(
    names: list[str],
    declared: dict[str, list[int]],
    timetable: list[Trip],
    patterns: list[Pattern],
    stops: tuple[Stop, ...],
    taken: set[str],
) -> tuple[int, int]:
    """Rename the trips of declared blocks that one vehicle cannot run; return how many had trips that overlap or are too far apart."""
    overlapping = apart = 0
    for block, places in declared.items():
        trips = [timetable[place] for place in places]
        departs, arrives = first_us(trips), np.array([trip.arrive_us[-1] for trip in trips])
        at = [(stops[patterns[trip.pattern].stops[0]], stops[patterns[trip.pattern].stops[-1]]) for trip in trips]
        (start_latitude, end_latitude), (start_longitude, end_longitude) = (
            np.array([(getattr(start, axis), getattr(end, axis)) for start, end in at]).T for axis in ("latitude", "longitude")
        )
        apart_m = distance_m(end_latitude[:, None], end_longitude[:, None], start_latitude, start_longitude)
        vehicles = split(departs, arrives, apart_m)
        if vehicles.any():
            overlaps = bool(split(departs, arrives).any())
            overlapping, apart = overlapping + overlaps, apart + (not overlaps)
        for place, vehicle in zip(places, vehicles.tolist(), strict=True):
            names[place] = _free(f"{block}~{vehicle + 1}", taken) if vehicle else block
    return overlapping, apart


def _chain_lines(
    names: list[str],
    by_route: dict[str, list[int]],
    timetable: list[Trip],
    patterns: list[Pattern],
    stops: tuple[Stop, ...],
    taken: set[str],
) -> None:
    """Name the blocks of trips that have none: vehicles stay on their line and turn where they are, or run empty to its next start."""
    latitude, longitude = np.array([stop.latitude for stop in stops]), np.array([stop.longitude for stop in stops])
    for route, places in by_route.items():
        trips = [timetable[place] for place in places]
        ends = np.array([(patterns[trip.pattern].stops[0], patterns[trip.pattern].stops[-1]) for trip in trips])
        used, terminal = np.unique(ends, return_inverse=True)
        places_of = latitude[used], longitude[used]
        near = terminals(*places_of) if len(used) <= MOST_ENDS else np.arange(len(used))
        turning = near[terminal].reshape(ends.shape)
        depart, arrive = first_us(trips), np.array([trip.arrive_us[-1] for trip in trips])
        free = arrive + layover_us(arrive - depart)
        blocks = chain(turning[:, 0], turning[:, 1], depart, free, empty_us(*places_of) if len(used) <= MOST_ENDS else None)
        for place, block in zip(places, blocks.tolist(), strict=True):
            names[place] = _free(f"{route}-block-{block + 1:02d}", taken)


def first_us(trips: list[Trip]) -> NDArray[np.int64]:
    """Return when each trip leaves its first stop, µs after midnight: shape (trips,)."""
    return np.array([trip.depart_us[0] for trip in trips], dtype=np.int64)
