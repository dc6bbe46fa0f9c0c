"""Meters: every measure of a run in memory that does not grow with its length.

Owns samples by measure, label and stage, and how they become one number. What is promised of it is `sim.judge.verdict`'s.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from sim.events.batches import Sample
from sim.histogram import LARGEST, Histogram
from sim.judge.measures import Statistic

# Samples are real numbers; histograms hold whole ones: a millionth of the measure's unit keeps three digits of anything.
MICRO = 1_000_000

QUANTILES = {Statistic.P50: 0.50, Statistic.P95: 0.95, Statistic.P99: 0.99}


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """What a histogram is about: the measure, one bounded label (a horizon, a kind, ...) and the stage it fell into."""

    measure: str
    where: str = ""
    stage: str = ""


@dataclass(slots=True)
class Meters:
    """All histograms of a run by label. Selecting without `where` or `stage` sums over all of them, when asked."""

    histograms: dict[Label, Histogram] = field(default_factory=dict)

    def record(self, measure: str, values: ArrayLike, *, where: str = "", stage: str = "") -> None:
        """Add samples in the measure's own unit, up to 4.5e9 either way. Raises ValueError for one that is not a finite number."""
        samples = np.asarray(values, dtype=np.float64)
        if not np.isfinite(samples).all():
            msg = f"measure {measure}: a sample is not a finite number; leave none where there is nothing to measure"
            raise ValueError(msg)
        micros = np.clip(np.rint(samples * MICRO), -LARGEST, LARGEST).astype(np.int64)
        self._of(Label(measure, where, stage)).record(micros)

    def observe(self, samples: Iterable[Sample], stage: str = "") -> None:
        """Add a finished slice's samples."""
        for sample in samples:
            self.record(sample.measure, sample.values, where=sample.where, stage=stage)

    def replace(self, measure: str, histogram: Histogram, *, where: str = "", stage: str = "") -> None:
        """Put a histogram of micro-units in place: for cumulative ones that arrive whole from another process."""
        self.histograms[Label(measure, where, stage)] = histogram

    def _of(self, label: Label) -> Histogram:
        if label not in self.histograms:
            self.histograms[label] = Histogram()
        return self.histograms[label]

    def select(self, measure: str, *, where: str = "", stage: str = "") -> Histogram:
        """Return the merged samples of a measure, of one label or one stage where named."""
        merged = Histogram()
        for label, histogram in self.histograms.items():
            if label.measure == measure and where in ("", label.where) and stage in ("", label.stage):
                merged.merge(histogram)
        return merged

    def labels(self, measure: str, *, stage: str = "") -> list[str]:
        """Return the labels under which a measure has samples, of one stage where named, sorted."""
        filled = (label for label, histogram in self.histograms.items() if histogram.count and label.measure == measure)
        return sorted({label.where for label in filled if stage in ("", label.stage)})

    def measures(self) -> list[str]:
        """Return the names of all measures with samples, sorted."""
        return sorted({label.measure for label, histogram in self.histograms.items() if histogram.count})

    def freeze(self) -> list[dict[str, object]]:
        """Return a JSON-ready snapshot, which can be judged again later."""
        return [
            {"measure": label.measure, "where": label.where, "stage": label.stage, **histogram.freeze()}
            for label, histogram in sorted(self.histograms.items(), key=lambda item: item[0])
        ]

    @classmethod
    def thaw(cls, frozen: Iterable[Mapping[str, object]]) -> "Meters":
        """Read a snapshot back. Raises KeyError, TypeError or ValueError when it is damaged."""
        meters = cls()
        for row in frozen:
            label = Label(str(row["measure"]), str(row["where"]), str(row["stage"]))
            meters.histograms[label] = Histogram.thaw(row)
        return meters


def value_of(histogram: Histogram, statistic: Statistic, limit: float | None = None) -> float:
    """Return one statistic of samples in micro-units, in the measure's own unit; NaN when it has none."""
    if statistic is Statistic.COUNT:
        return float(histogram.count)
    if not histogram.count:
        return math.nan
    if statistic in QUANTILES:
        return histogram.quantile(QUANTILES[statistic]) / MICRO
    others = {
        Statistic.SHARE_WITHIN: lambda: histogram.at_most(round((limit or 0.0) * MICRO)) / histogram.count,
        Statistic.CV: lambda: histogram.deviation() / histogram.mean() if histogram.mean() else math.nan,
        Statistic.SUM: lambda: histogram.total / MICRO,
        Statistic.MAX: lambda: histogram.greatest / MICRO,
    }
    return others.get(statistic, lambda: histogram.mean() / MICRO)()
