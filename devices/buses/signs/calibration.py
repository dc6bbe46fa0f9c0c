"""How wide the centre's own predictions have missed lately: the half-width of their 80 % interval, by horizon.

Owns predictions that wait for a report of their bus, and what was learned from those it came to. It looks at reports alone.
"""

from dataclasses import dataclass, field
from math import erf

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Int, Real
from sim.figures import Figure
from sim.units import LONG_AGO_US, MINUTE_US, SECOND_US

SPREAD_S = Figure(
    "half-width of the 80 % interval of a prediction at once, before any was checked",
    value=13.0,
    unit="s",
    source="assumption: default city",
    low=5,
    high=60,
)
SPREAD_SHARE = Figure(
    "growth of that half-width with the horizon", value=0.13, unit="share", source="assumption: default city", low=0.05, high=0.3
)
PRIOR = Figure("predictions that outweigh that first belief, by horizon", value=40.0, unit="predictions", low=10, high=1000)
MEMORY_MIN = Figure("memory of a centre for its misses", value=40.0, unit="min", low=15, high=240)
COVERED = Figure(
    "part of past misses within the interval",
    value=0.815,
    unit="share",
    source="assumption: so that of those to come, which differ, 80 % are",
    low=0.8,
    high=0.9,
)
NEVER_COMES = Figure("how long after the predicted arrival the centre waits for a report", value=10, unit="min", low=5, high=60)

CALIBRATION_FIGURES = (SPREAD_S, SPREAD_SHARE, PRIOR, MEMORY_MIN, COVERED, NEVER_COMES)

HORIZON_S = np.array([0, 1, 2, 3, 5, 7, 10, 14, 20, 30]) * 60  # misses are kept for horizons from each of these to the next
MIDDLE_S = np.append((HORIZON_S[:-1] + HORIZON_S[1:]) / 2, HORIZON_S[-1] + 450)
EDGES_S = np.concatenate([[0.0], np.geomspace(1, 3600, 80)])  # of the classes of misses
NORMAL_80 = 1.2816  # half-width over sigma
PLACES = 1 << 12  # more than stops on a pattern: one number for a trip and a place


def uncertainty_s(horizon_s: NDArray[np.number]) -> Real:
    """Return the half-width before any prediction was checked: a share of the horizon on top of what is never known."""
    half_width_s: Real = float(SPREAD_S) + float(SPREAD_SHARE) * np.maximum(horizon_s, 0).astype(np.float64)
    return half_width_s


def _believed() -> Real:
    """Return the misses that are believed at first, as counts: half of a normal distribution at each horizon."""
    sigma = uncertainty_s(MIDDLE_S)[:, None] / NORMAL_80
    below = np.vectorize(erf)(EDGES_S[None, 1:] / sigma / np.sqrt(2))
    counts: Real = np.diff(below, axis=1, prepend=0.0) * float(PRIOR)
    return counts


@dataclass(slots=True)
class Calibration:
    """Misses by horizon and class, old ones fading; `_call`, `_predicted_us`, `_horizon` of predictions still to be checked."""

    _misses: Real = field(default_factory=lambda: np.zeros((len(HORIZON_S), len(EDGES_S) - 1)))
    _prior: Real = field(default_factory=_believed)
    _widths_s: Real = field(default_factory=lambda: uncertainty_s(MIDDLE_S))
    _until_us: int = LONG_AGO_US
    _call: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _predicted_us: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _horizon: Int = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, call: Int, predicted_us: Int, horizon_s: Int) -> None:
        """Keep predictions until their bus is reported."""
        self._call = np.concatenate([self._call, call])
        self._predicted_us = np.concatenate([self._predicted_us, predicted_us])
        self._horizon = np.concatenate([self._horizon, np.searchsorted(HORIZON_S, horizon_s, side="right") - 1])

    def learn(self, call: Int, at_us: Int, until_us: int, lasting_us: int) -> None:
        """Let a stretch of time pass that ends at `until_us`, and check predictions of calls by their reports, which say when.

        Giving the same stretch again changes nothing.
        """
        if until_us <= self._until_us:
            return
        self._until_us = until_us
        self._misses *= np.exp(-lasting_us / (float(MEMORY_MIN) * MINUTE_US))
        waiting = self._predicted_us > until_us - NEVER_COMES.us
        if len(call):
            order = np.argsort(call, kind="stable")
            call, at_us = call[order], at_us[order]
            place = np.minimum(np.searchsorted(call, self._call), len(call) - 1)
            came = call[place] == self._call
            miss_s = np.abs(at_us[place[came]] - self._predicted_us[came]) / SECOND_US
            classes = np.clip(np.searchsorted(EDGES_S, miss_s, side="right") - 1, 0, self._misses.shape[1] - 1)
            np.add.at(self._misses, (self._horizon[came], classes), 1.0)
            waiting &= ~came
        self._call, self._predicted_us, self._horizon = self._call[waiting], self._predicted_us[waiting], self._horizon[waiting]
        self._widths_s = self._widths()

    def half_width_s(self, horizon_s: Int) -> Int:
        """Return the half-width of the 80 % interval of predictions by their horizon, as learned last: shape (n,)."""
        found: Int = np.rint(np.interp(horizon_s, MIDDLE_S, self._widths_s)).astype(np.int64)
        return found

    def _widths(self) -> Real:
        """Return the 80 % quantile of the misses at each horizon, s."""
        below = np.cumsum(self._misses + self._prior, axis=1)
        return np.array([np.interp(float(COVERED) * mine[-1], mine, EDGES_S[1:]) for mine in below])

    def __len__(self) -> int:
        """Return how many predictions wait for a report."""
        return len(self._call)
