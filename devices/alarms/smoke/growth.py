"""Growth: how a fire grows from its true start until somebody ends it, and when a detector responds to it.

Owns the closed form. A fire smoulders perhaps, then its heat release is that of NFPA 204, growing with the square of time:

    kW = 1055 x (s since the flames / growth time)^2, at most what there is to burn
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from devices.alarms.smoke import figures
from devices.alarms.smoke.choices import DetectorType, Growth, Start
from sim.toolkit.draws import lognormal
from sim.units import MINUTE_US, SECOND_US

GROWN_KW, LARGEST_KW, SMALL_KW = float(figures.GROWN), float(figures.LARGEST), float(figures.SMALL_KW)
SPREAD = float(figures.SPREAD)


@dataclass(slots=True)
class Fire:
    """A fire from `began_us` on, city time, µs; it flames from `flames_us`, and grows no more from `held_us` on or at `most_kw`."""

    began_us: int
    growth: Growth
    smoulders_us: int = 0
    held_us: int | None = None
    most_kw: float = LARGEST_KW

    @property
    def start(self) -> Start:
        """Return how it begins."""
        return Start.SMOULDERING if self.smoulders_us else Start.FLAMING

    @property
    def flames_us(self) -> int:
        """Return when there are flames."""
        return self.began_us + self.smoulders_us

    def kw(self, at_us: int) -> float:
        """Return the heat release at an instant."""
        until_us = at_us if self.held_us is None else min(at_us, self.held_us)
        since_s = max(until_us - self.flames_us, 0) / SECOND_US
        return min(GROWN_KW * (since_s / figures.GROWTH_TIMES.numbers[self.growth]) ** 2, self.most_kw)

    def reaches_us(self, kw: float) -> int:
        """Return when it releases so much, if it is left to itself and finds enough to burn: the inverse of `kw`."""
        return self.flames_us + round(figures.GROWTH_TIMES.numbers[self.growth] * sqrt(kw / GROWN_KW) * SECOND_US)

    def noticed_us(self, detector_type: DetectorType) -> int:
        """Return when there is enough smoke for a detector of a type, at its place."""
        part = figures.NOTICED_SMOULDERING.numbers[detector_type]
        flames_us = self.reaches_us(figures.NOTICED_AT.numbers[detector_type])
        return min(self.began_us + round(part * self.smoulders_us), flames_us) if self.smoulders_us else flames_us

    def hold(self, at_us: int) -> None:
        """Let it grow no more from an instant on."""
        self.held_us = at_us if self.held_us is None else min(self.held_us, at_us)


def kindled(began_us: int, rng: np.random.Generator, *, night: bool) -> Fire:
    """Return a fire that begins at an instant, drawn."""
    growth = Growth(int(np.searchsorted(np.cumsum(figures.GROWTHS.numbers)[:-1], rng.random(), side="right")))
    smoulders = rng.random() < figures.SMOULDERING.numbers[night]
    lasting_us = round(lognormal(rng, float(figures.SMOULDERS) * MINUTE_US, SPREAD))
    small = rng.random() < float(figures.SMALL)
    return Fire(began_us, growth, lasting_us if smoulders else 0, most_kw=SMALL_KW if small else LARGEST_KW)
