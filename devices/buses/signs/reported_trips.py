"""What the centre knows of each trip, from reports and positions that have come in, at any instant of a slice.

Owns the latest sighting by trip and the steps from stop to stop that can be learned from. It never sees legs or arrivals.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import StopAction
from devices.buses.journal import Report, Sightings
from sim.arrays import Flags, Int, Real, Records
from sim.events.batches import Span
from sim.figures import Figure
from sim.toolkit.table import Table
from sim.units import LONG_AGO_US

MOVING, STANDING = len(StopAction), len(StopAction) + 1  # what a position says

FORGET = Figure("silence after which a trip is over or lost", value=1, unit="h", low=0.5, high=4)
REPORTED_FIGURES = (FORGET,)
SPREAD = 1 << 42  # room for 50 days of µs below the number of a trip in one sort key


def _none() -> Int:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest that was known of some trips: rows of which nothing was have `known` False.

    `at_us` is when it was seen; `action` of a sensor, or MOVING or STANDING; `part` of the way to the next place that was driven by then.
    """

    known: Flags
    place: Int
    at_us: Int
    action: Int
    part: Real


@dataclass(frozen=True, slots=True)
class Came:
    """Which trips were reported to have come where, and when: columns of equal length."""

    trip: Int
    place: Int
    at_us: Int


@dataclass(frozen=True, slots=True)
class Steps:
    """From one place to another of the same trip as reported, `later` in the last slice: columns of equal length."""

    trip: Int
    place: Int
    later_place: Int
    at_us: Int
    later_us: Int
    dwell: Flags  # an arrival and the departure from the same place


@dataclass(slots=True)
class ReportedTrips:
    """Reports and positions as one table by trip and instant known; trips are numbered by whoever asks, ascending numbers."""

    trip: Int = field(default_factory=_none)
    known_us: Int = field(default_factory=_none)
    at_us: Int = field(default_factory=_none)
    place: Int = field(default_factory=_none)
    action: Int = field(default_factory=_none)
    part: Real = field(default_factory=lambda: np.zeros(0))
    start_us: int = LONG_AGO_US
    _read: int = 0
    _trips: Int = field(default_factory=_none)
    _key: Int = field(default_factory=_none)
    _best: Int = field(default_factory=_none)

    def unread(self, span: Span, reports: Table[Report]) -> Records:
        """Return the reports that came in by the end of a slice and were not taken in yet."""
        fresh = reports.since(self._read)
        return fresh[: np.searchsorted(fresh["known_us"], span.end_us)]

    def take(self, span: Span, reports: Table[Report], trip: Int, seen: Sightings | None = None) -> None:
        """Begin a slice: forget what is old, take in the new reports and positions.

        `trip` is that of the unread reports, renumbered; the trips of `seen` are renumbered too.
        """
        fresh = self.unread(span, reports)
        self._read = max(self._read, reports.first) + len(fresh)
        self.start_us = span.start_us
        kept, seen = self._kept(span), seen or Sightings.none()
        columns: list[Int] = [
            np.concatenate([mine[kept], new, also])
            for mine, new, also in (
                (self.trip, trip, seen.trip),
                (self.known_us, fresh["known_us"], seen.known_us),
                (self.at_us, fresh["detected_us"], seen.at_us),
                (self.place, fresh["stop"], seen.stop),
                (self.action, fresh["action"], np.where(np.isnan(seen.part), STANDING, MOVING)),
            )
        ]
        part = np.concatenate([self.part[kept], np.zeros(len(trip)), np.nan_to_num(seen.part)])
        order = np.lexsort((columns[1], columns[0]))
        self.trip, self.known_us, self.at_us, self.place, self.action = (column[order] for column in columns)
        self.part = part[order]
        self._rank()

    def latest(self, trip: Int, now_us: Int) -> Latest:
        """Return the latest sighting among those known by an instant, for each row."""
        if not len(self._key):
            nothing = np.zeros(len(trip), dtype=np.int64)
            return Latest(np.zeros(len(trip), dtype=np.bool_), nothing, nothing, nothing, np.zeros(len(trip)))
        number = np.minimum(np.searchsorted(self._trips, trip), len(self._trips) - 1)
        offset = np.clip(now_us - (self.start_us - SPREAD // 2), 0, SPREAD - 1)
        row = np.searchsorted(self._key, number * SPREAD + offset, side="right") - 1
        known = (row >= 0) & (self.trip[row] == trip)
        best = self._best[row]
        return Latest(known, self.place[best], self.at_us[best], self.action[best], self.part[best])

    def came(self) -> Came:
        """Return the arrivals that were reported in the slice taken last."""
        rows = np.flatnonzero((self.known_us >= self.start_us) & ((self.action == StopAction.ARRIVE) | (self.action == StopAction.SKIP)))
        return Came(self.trip[rows], self.place[rows], self.at_us[rows])

    def steps(self) -> Steps:
        """Return the steps whose later report came in the last slice taken."""
        arrived, left = self.action == StopAction.ARRIVE, self.action == StopAction.DEPART
        at_stop = np.flatnonzero(arrived | (self.action == StopAction.SKIP) | (left & (self.place == 0)))
        pairs, dwells = self._pairs(at_stop), self._pairs(np.flatnonzero(self.action < MOVING))
        same = (self.place[dwells[0]] == self.place[dwells[1]]) & arrived[dwells[0]] & left[dwells[1]]
        earlier, later = (np.concatenate([pair, dwell[same]]) for pair, dwell in zip(pairs, dwells, strict=True))
        dwell = np.arange(len(earlier)) >= len(pairs[0])
        return Steps(
            trip=self.trip[earlier],
            place=self.place[earlier],
            later_place=self.place[later],
            at_us=self.at_us[earlier],
            later_us=self.at_us[later],
            dwell=dwell,
        )

    def _pairs(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return neighbouring rows of the same trip, in order of sighting, of which the later one is new."""
        order = rows[np.lexsort((self.at_us[rows], self.trip[rows]))]
        earlier, later = order[:-1], order[1:]
        fresh = (self.trip[earlier] == self.trip[later]) & (np.maximum(self.known_us[earlier], self.known_us[later]) >= self.start_us)
        return earlier[fresh], later[fresh]

    def _kept(self, span: Span) -> NDArray[np.intp]:
        """Return the reports from each trip's last sighting at a stop on and its last position, of trips heard of lately."""
        if not len(self.trip):
            return np.zeros(0, dtype=np.intp)
        number = np.searchsorted(self._trips, self.trip)
        at_stop, position = (self.action != StopAction.DEPART) & (self.action < MOVING), self.action >= MOVING
        last, place = (np.full(len(self._trips), LONG_AGO_US) for _ in range(2))
        np.maximum.at(last, number[at_stop], self.at_us[at_stop])
        np.maximum.at(place, number[position], self.at_us[position])
        heard = np.full(len(self._trips), LONG_AGO_US)
        np.maximum.at(heard, number, self.known_us)
        newest = np.where(position, (self.at_us == place[number]) | (self.known_us >= span.start_us), self.at_us >= last[number])
        return np.flatnonzero(newest & (heard[number] > span.start_us - FORGET.us))

    def _rank(self) -> None:
        """Prepare lookups: a key by trip and instant known, and for each row the one sighted latest so far."""
        self._trips, number = np.unique(self.trip, return_inverse=True)
        base = self.start_us - SPREAD // 2
        self._key = number * SPREAD + (self.known_us - base)
        sighted = number * SPREAD + (self.at_us - base)
        so_far = np.maximum.accumulate(sighted)
        place = np.arange(len(sighted))
        self._best = np.maximum.accumulate(np.where(sighted == so_far, place, 0))
