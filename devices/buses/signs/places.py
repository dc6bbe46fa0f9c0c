"""Which stops have an electronic sign, and which calls of which patterns each sign announces.

Owns the choice of stops and the tables by pattern. What is shown is `signs`' business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.network.arrays import Network
from devices.buses.signs.calibration import PLACES
from sim.arrays import Int
from sim.city.site import Site
from sim.toolkit.draws import Draws


@dataclass(frozen=True, slots=True)
class SignCalls:
    """Calls of trips at stops with a sign: columns of equal length.

    `trip` is the place in the trips asked for, `sign` the sign, `place` the call's in the pattern, `line` numbers what a sign
    shows together: one line in one direction at one sign.
    """

    trip: NDArray[np.intp]
    sign: NDArray[np.intp]
    place: Int
    line: Int


class SignPlaces:
    """The signs of a network; a sign is its place in `stops`, which indexes the network's stops.

    A sign announces buses that are still to come and go on: neither the first nor the last stop of a pattern.
    """

    def __init__(self, site: Site, network: Network, share: float) -> None:
        """Choose a share of the stops at which buses call between their terminals."""
        inner = [pattern.stops[1:-1] for pattern in network.patterns]
        counts = np.array([len(stops) for stops in inner], dtype=np.int64)
        pattern = np.repeat(np.arange(len(inner)), counts)
        first = np.cumsum(counts) - counts
        place = np.arange(len(pattern)) - np.repeat(first, counts) + 1
        stop = np.concatenate([*inner, np.zeros(0, dtype=np.int32)]).astype(np.int64)
        uniform = Draws(site, "signs", [each.district for each in network.stops]).uniform("stop", 0, 1)[:, 0]
        chosen = uniform < share
        served = np.zeros(len(network.stops), dtype=np.bool_)
        served[stop] = True
        self.stops = np.flatnonzero(chosen & served)
        here = np.flatnonzero(chosen[stop])
        sign_of = np.full(len(network.stops), -1, dtype=np.int64)
        sign_of[self.stops] = np.arange(len(self.stops))
        self._sign, self._place = sign_of[stop[here]], place[here]
        self._call = pattern[here] * PLACES + place[here]  # rising, as patterns and places do
        self._count = np.bincount(pattern[here], minlength=len(inner))
        self._first = np.cumsum(self._count) - self._count
        lines = {(each.route, each.direction): number for number, each in enumerate(network.patterns)}
        line = np.array([lines[each.route, each.direction] for each in network.patterns], dtype=np.int64)
        self._line = self._sign * len(inner) + line[pattern[here]]

    def announcing(self, pattern: Int, place: Int) -> NDArray[np.intp]:
        """Return the sign that announces each call of a pattern, -1 for none: shape (n,)."""
        if not len(self._call):
            return np.full(len(pattern), -1)
        call = pattern * PLACES + place
        at = np.minimum(np.searchsorted(self._call, call), len(self._call) - 1)
        return np.where(self._call[at] == call, self._sign[at], -1)

    def calls(self, pattern: Int) -> SignCalls:
        """Return all calls at signs of trips with these patterns."""
        counts = self._count[pattern]
        trip = np.repeat(np.arange(len(pattern)), counts)
        at = np.arange(len(trip)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(self._first[pattern], counts)
        return SignCalls(trip, self._sign[at], self._place[at], self._line[at])
