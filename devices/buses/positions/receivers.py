"""The satellite receivers of the buses (B1, N13): type of fix, position error, dilution of precision.

Owns how far a reported position lies from the true one. When a bus reports is `reporting`'s business.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.buses.choices import FixType
from devices.buses.positions.shapes import METRES_PER_DEGREE, MILLION
from sim.arrays import Real, Real32
from sim.events.batches import Span
from sim.figures import Figure, Grade
from sim.parameters import Parameters, Share, from_figure
from sim.toolkit.draws import Draws
from sim.units import MINUTE_US, SECOND_US

ERROR_SINGLE_M = Figure("GNSS error, single fix, 95 %", value=10.0, unit="m", source="assumption: planning value", low=5, high=30)
ERROR_DIFFERENTIAL_M = Figure(
    "GNSS error, differential fix, 95 %", value=3.0, unit="m", source="assumption: metre-class service", low=1, high=5
)
ERROR_RTK_M = Figure("GNSS error, augmented (RTK) fix, 95 %", value=1.0, unit="m", source="assumption: augmented service", low=0.1, high=1)
DIFFERENTIAL_SHARE = Figure("share of buses with a differential receiver", value=0.15, unit="share", low=0, high=1)
RTK_SHARE = Figure(
    "share of buses with an RTK receiver", value=0.05, unit="share", source="assumption: augmentation began in 2013", low=0, high=1
)
DEGRADED_SHARE = Figure(
    "share of time a receiver falls back to a worse fix", value=0.04, unit="share", source="assumption: high buildings", low=0, high=0.3
)
DEGRADED_FACTOR = Figure(
    "error of a degraded single fix", value=2.5, unit="times", source="assumption: within the 5 to 30 m range", low=1, high=3
)
SLOW_SHARE = Figure(
    "share of the error's variance that changes over minutes", value=0.95, unit="share", source="assumption: multipath; receivers filter"
)

HDOP_BY_FIX = Figure(
    "dilution of precision (HDOP) without a fix and with a single, a differential and an RTK fix",
    value=(20.0, 1.2, 1.0, 0.8),
    unit="",
    source="assumption: typical of open sky; spread and degraded fixes raise them",
)
RADIAL_95 = Figure(
    "95 % radius over sigma of one axis",
    value=2.257,
    unit="ratio",
    grade=Grade.C,
    source="simulated: two sinusoids of random phase, and white noise",
)
DEGRADED = Figure("how long a receiver keeps its fix", value=2, unit="min", low=0.5, high=10)
SWING = Figure(
    "period of the slow error, from and until",
    value=(4, 12),
    unit="min",
    source="assumption: multipath changes as a bus drives on",
)

RECEIVER_FIGURES = (
    ERROR_SINGLE_M,
    ERROR_DIFFERENTIAL_M,
    ERROR_RTK_M,
    DIFFERENTIAL_SHARE,
    RTK_SHARE,
    DEGRADED_SHARE,
    DEGRADED_FACTOR,
    SLOW_SHARE,
    HDOP_BY_FIX,
    RADIAL_95,
    DEGRADED,
    SWING,
)


class ReceiverParameters(Parameters):
    """How good the receivers are: errors are 95 % radii in metres."""

    error_single_m: float = from_figure(ERROR_SINGLE_M, ge=0)
    error_differential_m: float = from_figure(ERROR_DIFFERENTIAL_M, ge=0)
    error_rtk_m: float = from_figure(ERROR_RTK_M, ge=0)
    differential_share: Share = from_figure(DIFFERENTIAL_SHARE)
    rtk_share: Share = from_figure(RTK_SHARE)
    degraded_share: Share = from_figure(DEGRADED_SHARE)
    degraded_factor: float = from_figure(DEGRADED_FACTOR, ge=1)


@dataclass(frozen=True, slots=True)
class Errors:
    """The receivers in one slice, one row per vehicle asked for.

    `start`: error at the start of the slice; `rate`: its change per µs; `white`: standard deviation of the independent part; all
    in millionths of a degree north and east, shape (n, 2). `fix` a `FixType`; `hdop` to one decimal.
    """

    start: Real32
    rate: Real32
    white: Real32
    fix: NDArray[np.int32]
    hdop: Real

    def at(self, at_us: NDArray[np.int64], normal: Real32) -> Real32:
        """Return the errors of all vehicles, each at an instant after the start of the slice; `normal` are draws: shape (n, 2)."""
        found: Real32 = self.white * normal
        found += self.start
        drift = self.rate.view(np.complex64)[:, 0] * at_us.astype(np.float32)
        found += drift.view(np.float32).reshape(-1, 2)
        return found


class Receivers:
    """Every vehicle's receiver. The error is a slow swing (two sinusoids of random phase) plus white noise."""

    def __init__(self, draws: Draws, parameters: ReceiverParameters, latitude: float) -> None:
        """Keep the settings; `latitude` turns metres east into degrees."""
        self._draws = draws
        self._parameters = parameters
        self._millionths = np.array([1.0, 1 / np.cos(np.radians(latitude))]) * (MILLION / METRES_PER_DEGREE)
        radius = (np.inf, parameters.error_single_m, parameters.error_differential_m, parameters.error_rtk_m)
        self._sigma_m = np.array(radius) / float(RADIAL_95)
        self._kept = np.zeros((0, 9))

    def during(self, span: Span, devices: NDArray[np.int64]) -> Errors:
        """Return the errors of the devices in a slice, in which a fix gets worse or better little by little."""
        traits = self._traits()[devices]
        own = np.where(
            traits[:, 8] < self._parameters.rtk_share,
            FixType.RTK,
            np.where(traits[:, 8] < self._parameters.rtk_share + self._parameters.differential_share, FixType.DIFFERENTIAL, FixType.SINGLE),
        )
        (fix, worse, begin_m), (_, _, end_m) = (self._fixes(at_us, devices, own) for at_us in (span.start_us, span.end_us))
        begin, end = (
            self._swing(at_us, traits) * (slow_m[:, None] * self._millionths)
            for at_us, slow_m in ((span.start_us, begin_m), (span.end_us, end_m))
        )
        rate = (end - begin) / (span.end_us - span.start_us)
        noise = (self._sigma_m[own] * np.sqrt(1 - float(SLOW_SHARE)))[:, None] * self._millionths
        uniform = self._uniform(span.start_us, devices)
        hdop = np.round(np.array(HDOP_BY_FIX.numbers)[fix] * (0.75 + 0.5 * uniform[:, 1]) * worse, 1)
        start, slope, white = (np.ascontiguousarray(each, dtype=np.float32) for each in (begin, rate, noise))
        return Errors(start, slope, white, fix.astype(np.int32), hdop)

    def _fixes(self, at_us: int, devices: NDArray[np.int64], own: NDArray[np.int64]) -> tuple[NDArray[np.int64], Real, Real]:
        """Return the fix of each device at an instant, by which factor it is worse than its kind, and sigma of its slow error in metres.

        The white part is the receiver's own whatever the fix: what a worse fix adds comes from reflections, which change slowly.
        """
        degraded = self._uniform(at_us, devices)[:, 0] < self._parameters.degraded_share
        fix = np.maximum(own - degraded, FixType.SINGLE)
        worse = np.where(degraded & (own == FixType.SINGLE), self._parameters.degraded_factor, 1.0)
        white_m2 = self._sigma_m[own] ** 2 * (1 - float(SLOW_SHARE))
        return fix, worse, np.sqrt((self._sigma_m[fix] * worse) ** 2 - white_m2)

    def _uniform(self, at_us: int, devices: NDArray[np.int64]) -> Real:
        return self._draws.uniform("fix", at_us // DEGRADED.us, 2)[devices]

    def _traits(self) -> Real:
        """Return what never changes of each device: 4 periods, 4 phases, quality of the receiver; all uniform in [0, 1)."""
        fresh = self._draws.count()
        if len(self._kept) != fresh:
            self._kept = self._draws.uniform("receiver", 0, 9)
        return self._kept

    @staticmethod
    def _swing(at_us: int, traits: Real) -> Real:
        """Return the slow error of both axes with variance 1: shape (n, 2)."""
        shortest_us, longest_us = (minutes * MINUTE_US for minutes in SWING.numbers)
        period = shortest_us + (longest_us - shortest_us) * traits[:, :4]
        turn = np.sin(2 * np.pi * ((at_us / SECOND_US) / (period / SECOND_US) + traits[:, 4:8]))
        return turn[:, :2] + turn[:, 2:]
