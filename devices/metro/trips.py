"""Trips: the way of riders from the gate where they enter to the one where they leave, ride by ride, as columns.

Owns walks, changes and rides. The queue at either gate is `devices.metro.gates`' business, the plan of trains `devices.metro.timetable`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from devices.metro.figures import TRANSFER, TRANSFER_SPREAD, WALK
from devices.metro.network import LEGS, NOWHERE, Network
from devices.metro.timetable import Standstill, Timetable
from sim.arrays import Int, Places, Real

IN, OUT, CHANGE = 0, 3, 6  # which of a rider's own draws say how fast they walk
_LEAST, _MOST = WALK.numbers


@dataclass(frozen=True, slots=True)
class Ride:
    """Rides that are the same one of their trips: which rider, from and to which station, on which platform from when; all times in s."""

    rider: Places
    origin: Int
    target: Int
    from_s: Real
    board_s: Real
    alight_s: Real


@dataclass(frozen=True, slots=True)
class Trips:
    """Trips of riders: their rides, the directions of the first and the last, and when each reaches the gate to leave, s: shape (n,)."""

    rides: tuple[Ride, ...]
    first: Int
    last: Int
    leave_s: Real


def travel(
    network: Network, timetable: Timetable, calls: Int, draws: Real, passed_s: Real, standstills: Sequence[Standstill] = ()
) -> Trips:
    """Return the trips of riders who pass the gate at `passed_s`, s after midnight of the service day; `calls` has shape (n, LEGS + 1)."""
    from_s = passed_s + walk_s(draws[:, IN])
    leave_s, last = passed_s.copy(), np.full(len(calls), NOWHERE, dtype=np.int64)
    rides = []
    for leg in range(LEGS):
        rider = np.flatnonzero(calls[:, leg + 1] != NOWHERE)
        if not len(rider):
            break
        origin, target = calls[rider, leg], calls[rider, leg + 1]
        board_s, alight_s = timetable.ride(origin, target, from_s[rider], standstills)
        rides.append(Ride(rider, origin, target, from_s[rider], board_s, alight_s))
        last[rider], leave_s[rider] = network.direction[origin, target], alight_s + walk_s(draws[rider, OUT])
        from_s[rider] = alight_s + change_s(draws[rider, CHANGE], leg)
    return Trips(tuple(rides), network.direction[calls[:, 0], calls[:, 1]], last, leave_s)


def walk_s(draw: Real) -> Real:
    """Return the way between gate and platform, s."""
    way: Real = _LEAST + draw * (_MOST - _LEAST)
    return way


def change_s(draw: Real, leg: int) -> Real:
    """Return the way from platform to platform after a ride, s; another one after each."""
    spread = 2 * ((draw * 7.0**leg) % 1.0) - 1
    way: Real = float(TRANSFER) * (1 + float(TRANSFER_SPREAD) * spread)
    return way
