"""The progress reporter: tells whoever looks at a run how it stands, a few times a second.

Owns the gathering of a moment. What a moment holds is `citybeat.running.progress`'s, how it looks `citybeat.screen.terminal`'s.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from citybeat.running.job import Job
from citybeat.running.progress import Phase, Progress
from citybeat.running.status_listener import StatusListener
from sim.events.batches import LiveStatus
from sim.play.pace import Pace
from sim.ports import Delivery
from sim.units import SECOND_US

WATCH_S = 0.2


@dataclass(slots=True)
class ProgressReporter:
    """Looks at the parts of a session; `delivery` and `listener` are absent in a dry run. `tell` takes each moment."""

    job: Job
    run: str
    pace: Pace
    delivery: Delivery | None
    listener: StatusListener | None
    tell: Callable[[Progress], None]
    _started_s: float = field(default_factory=time.monotonic)
    _told_s: float = 0.0

    def show(
        self,
        phase: Phase,
        city_us: int,
        put: int,
        rejected: int,
        live_statuses: tuple[LiveStatus, ...],
        marks: Sequence[str],
        *,
        starved: bool = False,
    ) -> None:
        """Tell how the run stands, unless that was done a moment ago."""
        now_s = time.monotonic()
        if now_s - self._told_s < WATCH_S:
            return
        self._told_s = now_s
        job, delivery, listener = self.job, self.delivery, self.listener
        share = min(max((city_us - job.start_us) / (job.end_us - job.start_us), 0.0), 1.0)
        self.tell(
            Progress(
                phase=phase,
                run=self.run,
                title=job.title,
                clock=job.calendar.clock(max(city_us, job.start_us)),
                share=share,
                elapsed_s=now_s - self._started_s,
                left_s=None if phase is Phase.DRAINING else self._left_s(share),
                put=put,
                acked=delivery.acked if delivery else 0,
                stored=listener.stored if listener else 0,
                waiting=delivery.in_flight if delivery else 0,
                lag_s=delivery.lag.quantile(0.99) / SECOND_US if delivery and delivery.lag.count else None,
                spooled=listener.spooled if listener else 0,
                starved=starved,
                rejected=rejected,
                live_statuses=live_statuses,
                marks=tuple(marks),
                trouble=self._trouble(),
            )
        )

    def _left_s(self, share: float) -> float | None:
        """Return the wall time left: as paced, or at `max` as fast as it went so far; None while nobody can know."""
        pace = self.pace
        if not pace.began_us:
            return None
        if pace.unpaced:
            return (pace.wall() - pace.began_us) / SECOND_US * (1 - share) / share if share else None
        return max((pace.expected_end_us() - pace.wall()) / SECOND_US, 0.0)

    def _trouble(self) -> str:
        ailing = self.delivery.trouble if self.delivery is not None else ""
        return ailing or (self.listener.trouble if self.listener is not None else "")
