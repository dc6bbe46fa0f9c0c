"""The metro's network: where its stations stand, what serves them, and the best way from each to each.

Owns coordinates, running times, and ways with their changes. When trains leave is `devices.metro.timetable`'s business.
"""

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np

from devices.metro.figures import DETOUR, HEADWAY_PEAK, SHORTEST_RUN, SPEED, TRANSFER, WALK
from devices.metro.lines import HUBS, LINES, RING, Hub
from sim.arrays import Int, Real
from sim.geometry import distance_m

LEGS = 5  # most rides of one trip; the network has a way with fewer between any two stations
NOWHERE = -1
CHANGE_S = float(TRANSFER) + 60 * float(HEADWAY_PEAK) / 2
GATES_S = sum(WALK.numbers) + 60 * float(HEADWAY_PEAK) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its stations in order, running time (s) and track (m) from the first to each: shape (k,).

    A ring comes back after `ring_s` and `ring_m`.
    """

    name: str
    stations: Int
    offset_s: Real
    track_m: Real
    ring_s: float = 0.0
    ring_m: float = 0.0


@dataclass(slots=True)
class Network:
    """Stations as columns of shape (n,), and tables from station to station of shape (n, n).

    A direction is twice the number of its line, and 1 for the way back. `direction`, `ride_s` and `ride_m` are those of the best direct
    ride (NOWHERE, inf), `trip_s` the time of the best trip with its walks and waits at the peak, `trip_m` its track. `calls` are the
    stations of that trip where one gets in, changes and gets out: shape (n, n, LEGS + 1), filled up with NOWHERE. `offset_s` is a train's
    time from the end of its line to a station: shape (directions, n).
    """

    names: tuple[str, ...]
    district: tuple[str, ...]
    latitude: Real
    longitude: Real
    lines: tuple[Line, ...]
    lines_at: Int = field(init=False)
    offset_s: Real = field(init=False)
    direction: Int = field(init=False)
    ride_s: Real = field(init=False)
    ride_m: Real = field(init=False)
    trip_s: Real = field(init=False)
    trip_m: Real = field(init=False)
    calls: Int = field(init=False)

    def __post_init__(self) -> None:
        """Work out rides, then trips."""
        count = len(self.names)
        self.lines_at = np.bincount(np.concatenate([line.stations for line in self.lines]), minlength=count)
        self.offset_s = np.full((2 * len(self.lines), count), np.nan)
        self.direction = np.full((count, count), NOWHERE, dtype=np.int64)
        self.ride_s, self.ride_m = (np.full((count, count), np.inf) for _ in range(2))
        for number, line in enumerate(self.lines):
            self._rides(number, line)
        self._trips()

    def _rides(self, number: int, line: Line) -> None:
        """Enter the rides of a line in both directions where they are the shortest so far."""
        length_s = line.ring_s or float(line.offset_s[-1])
        for back, offset_s in enumerate((line.offset_s, length_s - line.offset_s)):
            along_s = offset_s[None, :] - offset_s[:, None]
            ride_s = np.where(along_s > 0, along_s, along_s % line.ring_s if line.ring_s else np.inf)
            ride_m = np.abs(line.track_m[None, :] - line.track_m[:, None])
            ride_m = np.where(along_s > 0, ride_m, line.ring_m - ride_m)  # round a ring past its first station
            np.fill_diagonal(ride_s, np.inf)
            here = np.ix_(line.stations, line.stations)
            better = ride_s < self.ride_s[here]
            self.direction[here] = np.where(better, 2 * number + back, self.direction[here])
            self.ride_m[here] = np.where(better, ride_m, self.ride_m[here])
            self.ride_s[here] = np.minimum(ride_s, self.ride_s[here])
            self.offset_s[2 * number + back, line.stations] = offset_s

    def _trips(self) -> None:
        """Find the shortest trips by adding one ride at a time where lines meet, until nothing gets shorter (Bellman, Ford)."""
        last = np.full(self.ride_s.shape, NOWHERE, dtype=np.int64)
        trip_s = self.ride_s.copy()
        meets, found = np.flatnonzero(self.lines_at > 1), True
        while found:
            found = False
            for via in meets.tolist():
                with_change = trip_s[:, via, None] + CHANGE_S + self.ride_s[via]
                better = with_change < trip_s - 1e-6  # one µs, so that rounding ends
                last[better] = via
                trip_s = np.where(better, with_change, trip_s)
                found |= bool(better.any())
        np.fill_diagonal(trip_s, np.inf)
        self.trip_s = trip_s + GATES_S
        self.calls = _calls(last)
        here, there = self.calls[..., :-1], self.calls[..., 1:]
        self.trip_m = np.where(there != NOWHERE, self.ride_m[here, there], 0.0).sum(axis=-1)


def _calls(last: Int) -> Int:
    """Return the calls of all trips from the last change before each destination."""
    count = len(last)
    start, end = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    backwards, here = [end], end
    for _ in range(LEGS):
        here = np.where((here == start) | (here == NOWHERE), NOWHERE, np.where(last[start, here] == NOWHERE, start, last[start, here]))
        backwards.append(here)
    reached = np.stack(backwards, axis=-1)
    length = (reached != NOWHERE).sum(axis=-1)
    place = length[..., None] - 1 - np.arange(LEGS + 1)
    return np.where(place >= 0, np.take_along_axis(reached, np.maximum(place, 0), axis=-1), NOWHERE)


@cache
def network() -> Network:
    """Return the network of the plan, the same in every city: its stations by number, named ones first."""
    hubs = dict(HUBS)
    orders = {name: _stations(name, plan.split(), hubs) for name, plan in LINES.items()}
    names = list(hubs)
    latitude, longitude = (np.array([getattr(hub, axis) for hub in hubs.values()]) for axis in ("latitude", "longitude"))
    lines = [_line(name, np.array([names.index(each) for each in order]), latitude, longitude) for name, order in orders.items()]
    return Network(tuple(names), tuple(hub.district for hub in hubs.values()), latitude, longitude, tuple(lines))


def _stations(line: str, plan: list[str], hubs: dict[str, Hub]) -> list[str]:
    """Return the stations of a line in order, and add those between named ones, half of them in the district of either."""
    order = [plan[0]]
    for (one, other), between in zip(pairwise(plan[::2]), map(int, plan[1::2]), strict=True):
        for number in range(1, between + 1):
            share = number / (between + 1)
            here, there = hubs[one], hubs[other]
            latitude = here.latitude + share * (there.latitude - here.latitude)
            longitude = here.longitude + share * (there.longitude - here.longitude)
            order.append(f"L{line}-{len(order) + 1:02d}")
            hubs[order[-1]] = Hub((here if share <= 1 / 2 else there).district, round(latitude, 6), round(longitude, 6))
        order.append(other)
    return order


def _line(name: str, stations: Int, latitude: Real, longitude: Real) -> Line:
    north, east = latitude[stations], longitude[stations]
    step_m = distance_m(north[:-1], east[:-1], north[1:], east[1:]) * float(DETOUR)
    run_s = np.maximum(np.rint(step_m / (float(SPEED) / 3.6)), float(SHORTEST_RUN))
    offset_s, track_m = (np.concatenate([[0.0], np.cumsum(steps)]) for steps in (run_s, step_m))
    if name != RING:
        return Line(name, stations, offset_s, track_m)
    return Line(name, stations[:-1], offset_s[:-1], track_m[:-1], float(offset_s[-1]), float(track_m[-1]))
