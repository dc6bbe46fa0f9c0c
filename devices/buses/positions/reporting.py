"""When each bus reports its position: phases, slow reporters, missed reports and silent stretches.

Owns the gaps that a centre sees in the positions. What is reported is `positions`' business.
"""

import numpy as np
from numpy.typing import NDArray

from sim.events.batches import Span
from sim.figures import Figure
from sim.parameters import DurationUs, Parameters, Share, from_figure
from sim.toolkit.beats import first_beat_us
from sim.toolkit.draws import Draws, Window
from sim.units import HOUR_US, MINUTE_US, MS_US, SECOND_US

INTERVAL = Figure(
    "position interval", value=10.0, unit="s", source="assumption; Helsinki sends once a second (Digitransit, A)", low=1, high=30
)
SLOW_SHARE = Figure(
    "share of buses that report at twice the interval", value=0.05, unit="share", source="assumption: older terminals", low=0, high=0.3
)
MISSED = Figure(
    "share of position reports missed",
    value=0.02,
    unit="share",
    source="assumption: gives p99 of gaps of 2 to 3 intervals",
    low=0,
    high=0.1,
)
SILENCES = Figure(
    "silent stretches of a bus", value=0.5, unit="per hour", source="assumption; 2015 sample: p99 of gaps 214 s (C)", low=0, high=4
)
SILENCE = Figure("length of a silent stretch, median", value=40.0, unit="s", source="assumption: tunnels, restarts", low=10, high=300)
SILENCE_SIGMA = Figure(
    "spread of a silent stretch, sigma of its logarithm",
    value=0.8,
    unit="ratio",
    source="assumption: one in forty lasts over 3 min",
    low=0.3,
    high=1.2,
)

REPORTING_FIGURES = (INTERVAL, SLOW_SHARE, MISSED, SILENCES, SILENCE, SILENCE_SIGMA)

WINDOW_US = 10 * MINUTE_US  # at most one silence begins in each window, and none is longer
LEVELS = 1 << 16


class ReportingParameters(Parameters):
    """How often buses report, and how often they do not."""

    interval: DurationUs = from_figure(INTERVAL, scale=SECOND_US, ge=100 * MS_US)
    slow_share: Share = from_figure(SLOW_SHARE)
    missed: Share = from_figure(MISSED)
    silences_per_hour: float = from_figure(SILENCES, ge=0, le=6)
    silence: DurationUs = from_figure(SILENCE, scale=SECOND_US)


class Reporting:
    """The rhythm of every vehicle: reports fall on `phase + k * interval`, k counted from 1970."""

    def __init__(self, draws: Draws, parameters: ReportingParameters) -> None:
        """Keep the settings."""
        self._draws = draws
        self._parameters = parameters
        chance = parameters.silences_per_hour * WINDOW_US / HOUR_US
        self._silences = Window(WINDOW_US, chance, parameters.silence, float(SILENCE_SIGMA))
        self._kept = np.zeros((0, 2))

    def first_us(self, span: Span, devices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return when each device's rhythm first beats in the slice, µs after its start: shape (n,)."""
        return first_beat_us(span, self._parameters.interval, self._phase(devices))

    def heard(
        self,
        span: Span,
        devices: NDArray[np.int64],
        first_us: NDArray[np.int64],
        bits: NDArray[np.uint16],
    ) -> NDArray[np.bool_]:
        """Return which beats become reports: shape (beats, devices).

        `bits` holds 16 random bits for each beat, same shape.
        """
        interval = self._parameters.interval
        heard = bits >= round(self._parameters.missed * LEVELS)
        beat_us = np.arange(len(bits), dtype=np.int64) * interval
        late = np.flatnonzero(first_us + beat_us[-1] >= span.end_us - span.start_us)
        heard[-1, late] = False
        slow = np.flatnonzero(self._traits()[devices, 1] < self._parameters.slow_share)
        counted = (span.start_us + first_us[slow] - self._phase(devices[slow])) // interval
        heard[:, slow] &= (counted + np.arange(len(bits))[:, None]) % 2 == 0
        for silence in self._draws.around("silence", self._silences, span.start_us, span.end_us):
            begin, end = (each[devices] - span.start_us for each in silence)
            silent = np.flatnonzero((begin < span.end_us - span.start_us) & (end > 0))
            at = first_us[silent] + beat_us[:, None]
            heard[:, silent] &= (at < begin[silent]) | (at >= end[silent])
        return heard

    def beats(self, span: Span) -> int:
        """Return how many beats of one device a slice can hold at most."""
        return -(-(span.end_us - span.start_us) // self._parameters.interval)

    def _phase(self, devices: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(self._traits()[devices, 0] * self._parameters.interval, dtype=np.int64)

    def _traits(self) -> NDArray[np.float64]:
        """Return what never changes of each device: phase, slowness; uniform in [0, 1)."""
        if len(self._kept) != self._draws.count():
            self._kept = self._draws.uniform("reporting", 0, 2)
        return self._kept
