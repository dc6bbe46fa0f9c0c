"""Fares: tables by distance without a gap, and the metro's.

Owns what a journey costs at full fare. What is taken off it is the business of `transit`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from devices.cards.purse import figures
from sim.arrays import Int, Real
from sim.errors import UsageError


class Band(NamedTuple):
    """Journeys longer than `over_km` and up to `to_km` cost `fare_cents`; the first band has those of no length too."""

    over_km: float
    to_km: float
    fare_cents: int


class FareTable:
    """Fares by distance."""

    def __init__(self, name: str, bands: Sequence[Band]) -> None:
        """Take bands in order. Raises UsageError, with all problems, where they leave a gap, overlap, are empty or pay the rider."""
        wrong = list(_problems(bands))
        if wrong:
            msg = f"fare table {name!r}: {'; '.join(wrong)}"
            raise UsageError(msg)
        self.name = name
        self.longest_km = bands[-1].to_km
        self._to_km: Real = np.array([band.to_km for band in bands])
        self._fares: Int = np.array([band.fare_cents for band in bands], dtype=np.int64)

    def fare_cents(self, distance_km: Real) -> Int:
        """Return what journeys cost. Raises ValueError for one below 0 or beyond the last band."""
        wrong = ~((distance_km >= 0) & (distance_km <= self.longest_km))
        if wrong.any():
            msg = f"fare table {self.name!r} has no fare for {float(distance_km[wrong][0])} km: it goes from 0 to {self.longest_km} km"
            raise ValueError(msg)
        return self._fares[np.searchsorted(self._to_km, distance_km)]


def metro_fares() -> FareTable:
    """Return the metro's table: the least fare for the first kilometres, a yuan more for each further step."""
    step, longest = float(figures.METRO_STEP), float(figures.METRO_LONGEST)
    ends = [0.0, *np.arange(float(figures.METRO_FIRST), longest, step).tolist(), longest]
    least = int(float(figures.METRO_FIRST_FARE))
    return FareTable("metro", [Band(over, to, least + 100 * number) for number, (over, to) in enumerate(pairwise(ends))])


def _problems(bands: Sequence[Band]) -> list[str]:
    if not bands:
        return ["it has no bands"]
    wrong = [f"it begins at {bands[0].over_km:g} km instead of 0"] if bands[0].over_km else []
    for before, after in pairwise(bands):
        if after.over_km != before.to_km:
            what = "a gap" if after.over_km > before.to_km else "an overlap"
            wrong.append(f"{what} between {before.to_km:g} and {after.over_km:g} km")
    wrong += [f"the band over {band.over_km:g} km ends at {band.to_km:g} km" for band in bands if not band.to_km > band.over_km]
    wrong += [f"the band over {band.over_km:g} km costs {band.fare_cents} cents" for band in bands if band.fare_cents < 0]
    return wrong
