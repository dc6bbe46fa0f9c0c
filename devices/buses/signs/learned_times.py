"""Running times between stops as the centre believes them: the timetable, corrected by what earlier trips took.

Owns the learning. It reads steps that sensors reported, and nothing else of what really happened.
"""

from dataclasses import dataclass

import numpy as np

from devices.buses.network.arrays import Network
from devices.buses.signs.reported_trips import Steps
from sim.arrays import Int, Real
from sim.figures import Figure
from sim.units import MINUTE_US, SECOND_US

MEMORY = Figure(
    "memory of a predictor for running times",
    value=45.0,
    unit="min",
    source="assumption: traffic changes within the hour",
    low=15,
    high=120,
)
TRUST_LINK = Figure("trips that outweigh what the whole line says of a link", value=3.0, unit="trips", low=1, high=10)
TRUST_LINE = Figure("steps that outweigh the timetable on a line", value=20.0, unit="steps", low=5, high=100)
USUAL_DWELL = Figure("dwell a predictor expects before it has seen any", value=15.0, unit="s", low=5, high=30)
LONGEST_DWELL = Figure("stay from which the centre learns nothing about dwells", value=5, unit="min", low=2, high=15)

LEARNING_FIGURES = (MEMORY, TRUST_LINK, TRUST_LINE, USUAL_DWELL, LONGEST_DWELL)

PLAUSIBLE = (1 / 3, 3.0)  # a step outside this ratio to the timetable is a sensor's mistake


@dataclass(frozen=True, slots=True)
class Profiles:
    """Expected µs from the departure to each stop, for some trips: trip i's stop k stands at `first[i] + k`."""

    first: Int
    last: Int
    after_us: Real


class LearnedTimes:
    """For every link of every pattern: how reported running times compare with the timetable, recent ones counting most."""

    def __init__(self, network: Network) -> None:
        """Believe the timetable."""
        self._stops = np.array([len(pattern) for pattern in network.patterns], dtype=np.int64)
        self._pattern = np.array([trip.pattern for trip in network.trips], dtype=np.int64)
        self._link = np.concatenate([[0], np.cumsum(self._stops)])
        self._trip = np.concatenate([[0], np.cumsum(self._stops[self._pattern])])
        self._reference_us = np.concatenate([trip.arrive_us for trip in network.trips])
        # Trips are timed from the departure at the first stop to arrivals at the others.
        self._reference_us[self._trip[:-1]] = [trip.depart_us[0] for trip in network.trips]
        self._seen = np.zeros(self._link[-1])
        self._ratio = np.zeros(self._link[-1])
        self._dwells = np.zeros(len(self._stops))
        self._dwell_us = np.zeros(len(self._stops))

    def learn(self, steps: Steps, trip: Int, lasting_us: int) -> None:
        """Let a stretch of time pass and take in its steps; `trip` indexes the network's trips, one for each step."""
        fade = np.exp(-lasting_us / (float(MEMORY) * MINUTE_US))
        self._seen, self._ratio, self._dwells, self._dwell_us = (
            kept * fade for kept in (self._seen, self._ratio, self._dwells, self._dwell_us)
        )
        pattern = self._pattern[trip]
        took_us = steps.later_us - steps.at_us
        moved = np.flatnonzero(~steps.dwell & (steps.later_place == steps.place + 1))
        at = self._trip[trip[moved]] + steps.place[moved]
        ratio = took_us[moved] / (self._reference_us[at + 1] - self._reference_us[at])
        usable = (ratio > PLAUSIBLE[0]) & (ratio < PLAUSIBLE[1])
        link = (self._link[pattern[moved]] + steps.place[moved])[usable]
        self._seen += np.bincount(link, minlength=len(self._seen))
        self._ratio += np.bincount(link, weights=ratio[usable], minlength=len(self._ratio))
        stood = steps.dwell & (steps.place > 0) & (took_us > 0) & (took_us < LONGEST_DWELL.us)
        self._dwells += np.bincount(pattern[stood], minlength=len(self._dwells))
        self._dwell_us += np.bincount(pattern[stood], weights=took_us[stood], minlength=len(self._dwells))

    def depart_us(self, trip: Int) -> Int:
        """Return the timetabled departure from the first stop, µs after the service day's start."""
        start: Int = self._reference_us[self._trip[trip]]
        return start

    def dwell_us(self, trip: Int) -> Real:
        """Return how long buses of the trip's pattern stand at a stop, as far as the centre knows."""
        trust = float(TRUST_LINK)
        known = (self._dwell_us + trust * float(USUAL_DWELL) * SECOND_US) / (self._dwells + trust)
        return known[self._pattern[trip]]

    def profiles(self, trip: Int) -> Profiles:
        """Return the expected course of trips."""
        counts = self._stops[self._pattern[trip]]
        ends = np.cumsum(counts)
        first = ends - counts
        inner = np.arange(ends[-1] if len(ends) else 0) - np.repeat(first, counts)
        reference = self._reference_us[np.repeat(self._trip[trip], counts) + inner]
        before = np.repeat(self._link[self._pattern[trip]], counts) + inner - 1
        step = np.diff(reference, prepend=0) * self._believed()[np.maximum(before, 0)]
        step[first] = 0
        total = np.cumsum(step)
        return Profiles(first, counts - 1, total - np.repeat(total[first], counts))

    def _believed(self) -> Real:
        """Return the ratio to the timetable for each link: its own trips, held towards its line's, held towards 1."""
        first = self._link[:-1]
        seen, ratio = np.add.reduceat(self._seen, first), np.add.reduceat(self._ratio, first)
        line = (ratio + float(TRUST_LINE)) / (seen + float(TRUST_LINE))
        trust = float(TRUST_LINK)
        return (self._ratio + trust * np.repeat(line, self._stops)) / (self._seen + trust)
