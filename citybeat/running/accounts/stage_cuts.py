"""Cuts between stages: what the pipeline counts is cumulative and knows of no stage of the load profile.

Owns the cuts. Whose counts they are, `citybeat.running.accounts.accounts` knows.
"""

from dataclasses import dataclass, field

from sim.histogram import Histogram
from sim.judge.meters import Label, Meters
from sim.judge.pipeline import REJECTED


@dataclass(slots=True)
class Cut:
    """A cumulative histogram in its present stage: what the stage had before, what there was when it began, and what there is now."""

    stage: str
    before: Histogram | None
    base: Histogram | None
    latest: Histogram


@dataclass(slots=True)
class StageCuts:
    """Puts cumulative histograms into meters; `stage` is the one that lasts, and what is counted meanwhile is its own."""

    meters: Meters
    stage: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    _rejected: int = 0
    _cuts: dict[tuple[str, str], Cut] = field(default_factory=dict)

    def replace(self, measure: str, histogram: Histogram, *, where: str = "") -> None:
        """Take a cumulative histogram as it is now."""
        cut = self._cuts.get((measure, where))
        if cut is None:
            cut = Cut(self.stage, None, None, Histogram())
        elif cut.stage != self.stage:
            cut = Cut(self.stage, self.meters.histograms.get(Label(measure, where, self.stage)), cut.latest, cut.latest)
        elif cut.latest.count == histogram.count:
            return
        cut.latest = merged(histogram)  # its own: what is counted next may be another stage's
        self._cuts[measure, where] = cut
        own = cut.latest if cut.base is None else cut.latest.since(cut.base)
        self.meters.replace(measure, own if cut.before is None else merged(cut.before, own), where=where, stage=self.stage)

    def reject(self, total: int) -> None:
        """Take the number of events rejected so far."""
        self.rejected[self.stage] = self.rejected.get(self.stage, 0) + total - self._rejected
        self._rejected = total

    def rejected_meters(self) -> Meters:
        """Return the rejected events by stage as samples to be judged."""
        meters = Meters()
        for stage, count in self.rejected.items():
            meters.record(REJECTED, [float(max(count, 0))], stage=stage)
        return meters


def merged(*histograms: Histogram) -> Histogram:
    """Return the samples of all in one histogram of its own."""
    whole = Histogram()
    for each in histograms:
        whole.merge(each)
    return whole
