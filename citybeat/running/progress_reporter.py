"""The progress reporter: tells whoever looks at a run how it stands, a few times a second.

Owns the gathering of a moment. What a moment holds is `citybeat.running.progress`'s, how it looks `citybeat.screen.terminal`'s.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from citybeat.running.accounts.accounts import Accounts
from citybeat.running.observers import Observer
from citybeat.running.progress import Phase, Progress
from sim.events.batches import LiveStatus, Slice
from sim.play.pace import Pace
from sim.play.pump import Tick
from sim.units import SECOND_US

REPORT_S = 0.2


@dataclass(slots=True)
class ProgressReporter(Observer):
    """Looks at a run's accounts; `tell` takes each moment."""

    accounts: Accounts
    pace: Pace
    tell: Callable[[Progress], None]
    _live_statuses: tuple[LiveStatus, ...] = ()
    _started_s: float = field(default_factory=time.monotonic)
    _told_s: float = 0.0

    def passed(self, piece: Slice) -> None:
        """Keep what the systems showed last."""
        self._live_statuses = piece.live_statuses or self._live_statuses

    def tick(self, tick: Tick, phase: Phase) -> None:
        """Tell how the run stands, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s - self._told_s >= REPORT_S:
            self._told_s = now_s
            self.tell(self._moment(tick, phase, now_s))

    def _moment(self, tick: Tick, phase: Phase, now_s: float) -> Progress:
        job, books = self.accounts.job, self.accounts.books.total()
        delivery, listener = self.accounts.connections.delivery, self.accounts.connections.listener
        share = min(max((tick.city_us - job.start_us) / (job.end_us - job.start_us), 0.0), 1.0)
        return Progress(
            phase=phase,
            run=self.accounts.run,
            title=job.title,
            clock=job.calendar.clock(max(tick.city_us, job.start_us)),
            share=share,
            elapsed_s=now_s - self._started_s,
            left_s=None if phase is Phase.DRAINING else self._left_s(share),
            put=sum(self.accounts.put.values()),
            acked=delivery.acked if delivery else 0,
            stored=listener.stored if listener else 0,
            waiting=delivery.in_flight if delivery else 0,
            lag_s=delivery.lag.quantile(0.99) / SECOND_US if delivery and delivery.lag.count else None,
            spooled=listener.spooled if listener else 0,
            starved=tick.starved and not self.pace.unpaced,  # at `max` there is no pace to be slower than
            rejected=books.rejected.total(),
            live_statuses=self._live_statuses,
            marks=tuple(f"{job.calendar.clock(mark.at_us)} {mark.what}: {mark.text}" for mark in self.accounts.marks),
            trouble=(delivery.trouble if delivery else "") or (listener.trouble if listener else ""),
        )

    def _left_s(self, share: float) -> float | None:
        """Return the wall time left: as paced, or at `max` as fast as it went so far; None while nobody can know."""
        pace = self.pace
        if not pace.began_us:
            return None
        if pace.unpaced:
            return pace.elapsed_s() * (1 - share) / share if share else None
        return max((pace.expected_end_us() - pace.wall()) / SECOND_US, 0.0)
