"""Log-linear histograms: three significant digits in fixed memory, mergeable across processes.

Owns the buckets and moments of one set of samples. Which measures there are is `sim.judge.meters`' business.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

# 2,048 linear buckets, then 1,024 for each doubling: a bucket is at most 1/1,024 of its value wide.
LINEAR_BITS = 11
LINEAR = 1 << LINEAR_BITS
HALF = LINEAR >> 1
LARGEST = 1 << 52  # integers up to here are exact in a float64
LAST = (LARGEST.bit_length() - LINEAR_BITS) * HALF + HALF  # the bucket of LARGEST

RANK_SLACK = 1e-6  # 0.07 * 100 is a little more than 7 in floats, and still the seventh sample


def bucket(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the signed bucket of each whole number; larger magnitudes than 2**52 share the last one."""
    magnitude = np.abs(np.clip(values, -LARGEST, LARGEST))
    shift = np.maximum(np.frexp(magnitude.astype(np.float64))[1] - LINEAR_BITS, 0).astype(np.int64)
    found: NDArray[np.int64] = shift * HALF + (magnitude >> shift)
    np.negative(found, out=found, where=values < 0)
    return found


def upper_edge(index: int) -> int:
    """Return the largest whole number that falls into a bucket."""
    magnitude = abs(index)
    shift = max(magnitude // HALF - 1, 0)
    low = (magnitude - shift * HALF) << shift
    high = low + (1 << shift) - 1
    return high if index >= 0 else -low


@dataclass(slots=True)
class Histogram:
    """Counts of whole numbers by bucket plus count, sum, sum of squares, least and greatest.

    `counts[i]` belongs to bucket `first + i`; the sums are float64, everything else is exact.
    """

    count: int = 0
    total: float = 0.0
    squares: float = 0.0
    least: int = 0
    greatest: int = 0
    first: int = 0
    counts: NDArray[np.int64] | None = None

    def record(self, values: ArrayLike) -> None:
        """Add whole numbers: one, or shape (n,), int64."""
        array = np.ravel(np.asarray(values, dtype=np.int64))
        if not array.size:
            return
        exact = array.astype(np.float64)
        low, high = int(array.min()), int(array.max())
        self.least = min(self.least, low) if self.count else low
        self.greatest = max(self.greatest, high) if self.count else high
        self.count += array.size
        self.total += float(exact.sum())
        self.squares += float(exact @ exact)
        indexes = bucket(array)
        start = int(indexes.min())
        self._add(start, np.bincount(indexes - start))

    def _add(self, start: int, counts: NDArray[np.int64]) -> None:
        if self.counts is None:
            self.first, self.counts = start, counts.astype(np.int64)
            return
        first = min(self.first, start)
        last = max(self.first + len(self.counts), start + len(counts))
        if first != self.first or last != self.first + len(self.counts):
            grown = np.zeros(last - first, dtype=np.int64)
            grown[self.first - first : self.first - first + len(self.counts)] = self.counts
            self.first, self.counts = first, grown
        self.counts[start - first : start - first + len(counts)] += counts

    def merge(self, other: Self) -> None:
        """Add another histogram's samples."""
        if other.counts is None or not other.count:
            return
        self.least = min(self.least, other.least) if self.count else other.least
        self.greatest = max(self.greatest, other.greatest) if self.count else other.greatest
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self._add(other.first, other.counts)

    def since(self, earlier: Self) -> Self:
        """Return the samples added after an earlier state of the same histogram; extremes are those of the buckets."""
        fresh = type(self)()
        if self.counts is None or self.count == earlier.count:
            return fresh
        counts = self.counts.copy()
        if earlier.counts is not None:
            start = earlier.first - self.first
            counts[start : start + len(earlier.counts)] -= earlier.counts
        filled = np.flatnonzero(counts)
        fresh.count, fresh.total, fresh.squares = self.count - earlier.count, self.total - earlier.total, self.squares - earlier.squares
        fresh.least = max(upper_edge(self.first + int(filled[0])), self.least)
        fresh.greatest = min(upper_edge(self.first + int(filled[-1])), self.greatest)
        fresh.first, fresh.counts = self.first, counts
        return fresh

    def mean(self) -> float:
        """Return the exact mean, NaN when empty."""
        return self.total / self.count if self.count else math.nan

    def deviation(self) -> float:
        """Return the sample standard deviation, NaN below two samples."""
        if self.count < 2:  # noqa: PLR2004 - a deviation needs two
            return math.nan
        return math.sqrt(max(self.squares - self.total**2 / self.count, 0.0) / (self.count - 1))

    def quantile(self, share: float) -> float:
        """Return the smallest bucket edge below which at least `share` of the samples lie, NaN when empty."""
        if self.counts is None or not self.count:
            return math.nan
        rank = max(math.ceil(share * self.count - RANK_SLACK), 1)
        place = int(np.searchsorted(np.cumsum(self.counts), rank))
        return float(min(max(upper_edge(self.first + place), self.least), self.greatest))

    def at_most(self, limit: int) -> int:
        """Return how many samples are at or below a limit; those of the limit's own bucket all count (0.1 % at most)."""
        if self.counts is None:
            return 0
        last = int(bucket(np.array([limit]))[0]) - self.first
        return int(self.counts[: max(last + 1, 0)].sum())

    def freeze(self) -> dict[str, object]:
        """Return a JSON-ready snapshot with the filled buckets only."""
        filled = [] if self.counts is None else np.flatnonzero(self.counts).tolist()
        return {
            "count": self.count,
            "total": self.total,
            "squares": self.squares,
            "least": self.least,
            "greatest": self.greatest,
            "buckets": [[self.first + place, int(self.counts[place])] for place in filled] if self.counts is not None else [],
        }

    @classmethod
    def thaw(cls, frozen: Mapping[str, object]) -> Self:
        """Read a snapshot back. Raises KeyError, TypeError or ValueError when it is damaged."""
        histogram = cls(
            int(frozen["count"]),  # type: ignore[call-overload]
            float(frozen["total"]),  # type: ignore[arg-type]
            float(frozen["squares"]),  # type: ignore[arg-type]
            int(frozen["least"]),  # type: ignore[call-overload]
            int(frozen["greatest"]),  # type: ignore[call-overload]
        )
        buckets = np.array(frozen["buckets"], dtype=np.int64).reshape(-1, 2)
        places, counts = buckets[:, 0], buckets[:, 1]
        apart = places.max(initial=0) > LAST or places.min(initial=0) < -LAST or len(np.unique(places)) < len(places)
        if apart or counts.min(initial=0) < 0 or counts.max(initial=0) > histogram.count or sum(counts.tolist()) != histogram.count:
            msg = f"not a histogram: {histogram.count} samples, {len(buckets)} buckets that do not hold them"
            raise ValueError(msg)
        if len(buckets):
            histogram.first = int(buckets[:, 0].min())
            histogram.counts = np.zeros(int(buckets[:, 0].max()) - histogram.first + 1, dtype=np.int64)
            histogram.counts[buckets[:, 0] - histogram.first] = buckets[:, 1]
        return histogram
