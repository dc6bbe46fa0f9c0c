"""Stock-taking: what client and ingest have counted goes into books and meters, each stage of the load profile by itself.

Owns the cuts between stages: counts of the pipeline are cumulative and know of none.
"""

from dataclasses import dataclass, field

from citybeat.running.status_listener import StatusListener
from sim.histogram import Histogram
from sim.judge.books import Books
from sim.judge.meters import Label, Meters
from sim.judge.pipeline import ACK, REJECTED, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT
from sim.ports import Delivery


@dataclass(slots=True)
class Cut:
    """A cumulative histogram in its present stage: what the stage had before, what there was when it began, and what there is now."""

    stage: str
    before: Histogram | None
    base: Histogram | None
    latest: Histogram


@dataclass(slots=True)
class Stock:
    """Takes over counts and latencies; `stage` is the one that lasts, and what is counted meanwhile is its own."""

    books: Books
    meters: Meters
    delivery: Delivery
    listener: StatusListener | None
    stage: str = ""
    rejected: dict[str, int] = field(default_factory=dict)
    _rejected: int = 0
    _cuts: dict[tuple[str, str], Cut] = field(default_factory=dict)

    def take(self) -> None:
        """Copy what is counted by now."""
        delivery, listener = self.delivery, self.listener
        delivery.observe()
        self._measure(SEND_LAG, delivery.lag)
        self._measure(ACK, delivery.acks)
        for kind, books in self.books.kinds.items():
            told = delivery.delivered(kind)
            books.sent, books.acked, books.refused, books.late = told.sent, told.acked, told.refused, told.late
        if listener is None:
            return
        listener.fill(self.books)
        for kind, (due, sent) in listener.latencies().items():
            self._measure(STORED_FROM_DUE, due, where=kind)
            self._measure(STORED_FROM_SENT, sent, where=kind)
        total = self.books.rejected()
        self.rejected[self.stage] = self.rejected.get(self.stage, 0) + total - self._rejected
        self._rejected = total

    def _measure(self, measure: str, histogram: Histogram, *, where: str = "") -> None:
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
