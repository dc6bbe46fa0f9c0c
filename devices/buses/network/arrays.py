"""The bus network as arrays: stops, lines, patterns and timetabled trips of one service day.

Owns the shape that the GTFS reader and the synthetic network both fill and everything else reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.notes import Note


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop: GTFS stop_id, name, WGS-84 degrees, district.

    Longitudes of a network on both sides of 180 degrees count on past it, also those of shapes: neighbours are near in numbers.
    """

    stop_id: str
    name: str
    latitude: float
    longitude: float
    district: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line in one direction with its sequence of stops.

    `stops` indexes Network.stops: shape (n,); `distance_m` from the first stop, strictly increasing: shape (n,);
    `shape_m`, `shape_latitude`, `shape_longitude`: the polyline the bus follows, by the same distance: shape (k,), k ≥ 2.
    """

    route: str
    direction: int
    stops: NDArray[np.int32]
    distance_m: NDArray[np.float64]
    shape_m: NDArray[np.float64]
    shape_latitude: NDArray[np.float64]
    shape_longitude: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of stops."""
        return len(self.stops)


@dataclass(frozen=True, slots=True)
class Trip:
    """A timetabled trip: which pattern, and when it should arrive and depart at each stop.

    `arrive_us`, `depart_us`: µs after local midnight (noon minus 12 h) of the service day, may pass 24 h; non-decreasing,
    arrivals strictly increasing from stop to stop: shape (stops of the pattern,). `block` names the vehicle's day of work.
    """

    trip_id: str
    pattern: int
    arrive_us: NDArray[np.int64]
    depart_us: NDArray[np.int64]
    block: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: GTFS route_id, the name people say, the district of most of its stops, flat fare in cents."""

    route: str
    name: str
    district: str
    fare_cents: int


@dataclass(frozen=True, slots=True)
class Network:
    """Everything timetabled on one service day.

    `blocks` maps a block to its trips (indexes into `trips`) in order of departure; consecutive trips do not overlap.
    `zone` is the IANA time zone, `version` a text that changes with the content, `source` where it came from; `notes` say
    what was repaired or left out in reading it.
    """

    zone: str
    day: date
    stops: tuple[Stop, ...]
    lines: tuple[Line, ...]
    patterns: tuple[Pattern, ...]
    trips: tuple[Trip, ...]
    blocks: dict[str, tuple[int, ...]]
    version: str
    source: str
    notes: tuple[Note, ...] = ()

    def line(self, route: str) -> Line:
        """Return a line by route id. Raises KeyError for an unknown one."""
        for line in self.lines:
            if line.route == route:
                return line
        raise KeyError(route)


def content_version(day: date, stops: Iterable[Stop], lines: Iterable[Line], patterns: Iterable[Pattern], trips: Iterable[Trip]) -> str:
    """Return a short text that changes when a stop, a line, a fare, a way or a time changes: `20150302-1f0c9a3e`."""
    digest = blake2b(digest_size=4)
    for stop in stops:
        digest.update(f"{stop.stop_id}\x1f{stop.name}\x1f{stop.latitude!r}\x1f{stop.longitude!r}\x1e".encode())
    for line in lines:
        digest.update(f"{line.route}\x1f{line.name}\x1f{line.fare_cents}\x1e".encode())
    for pattern in patterns:
        digest.update(f"{pattern.route}\x1f{pattern.direction}\x1e".encode())
        digest.update(pattern.stops.astype("<i4", copy=False).tobytes() + pattern.distance_m.astype("<f8", copy=False).tobytes())
    for trip in trips:
        digest.update(f"{trip.trip_id}\x1f{trip.pattern}\x1f{trip.block}\x1e".encode())
        digest.update(trip.arrive_us.astype("<i8", copy=False).tobytes())
        if trip.depart_us is not trip.arrive_us:
            digest.update(trip.depart_us.astype("<i8", copy=False).tobytes())
    return f"{day:%Y%m%d}-{digest.hexdigest()}"
