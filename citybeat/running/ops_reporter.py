"""The ops reporter: writes rows about a run into the store while it lives, and its promises at the end.

Owns when which rows are written. What they hold is `citybeat.running.ops`'.
"""

import time
from dataclasses import dataclass, field

from citybeat.running.ended import Ended
from citybeat.running.observers import Observer, Watched
from citybeat.running.ops import Deltas, OpsRows, OpsWriter
from citybeat.running.progress import Phase
from citybeat.running.status_listener import StatusListener
from sim.events.batches import Slice
from sim.judge.ops import LATENCIES
from sim.play.pace import Pace
from sim.play.pump import Tick
from sim.ports import Store

HEARTBEAT_S = 5.0  # how often a run says that it is alive


@dataclass(slots=True)
class OpsReporter(Observer):
    """Writes into `store`, in the background. A run that never began leaves no rows."""

    store: Store
    pace: Pace
    listener: StatusListener | None = None
    _run: Watched | None = None
    _rows: OpsRows = field(init=False)
    _writer: OpsWriter = field(init=False)
    _deltas: Deltas = field(default_factory=Deltas)
    _beat_s: float = 0.0

    def began(self, run: Watched) -> None:
        """Write that the run begins."""
        job = run.job
        self._rows = OpsRows(
            run.run, job.start_us, run.shift_us, self.pace.elapsed_s, lambda city_us: f"{job.calendar.local(city_us):%a %d %b %Y %H:%M}"
        )
        self._writer = OpsWriter(self.store)
        started = self._rows.event(job.start_us, "start", f"{job.title}, seed {job.seed}")
        self._writer.add([self._rows.begun(self.pace.wall(), job.title), started])
        self._run = run

    def passed(self, piece: Slice) -> None:
        """Write census, marks and measures of a slice, and how the pipeline stands at its end."""
        self._writer.add([*self._rows.census(piece), *self._rows.measured(piece)])
        self._write_pipeline(piece.span.end_us)

    def tick(self, _tick: Tick, _phase: Phase) -> None:
        """Say now and then that the run is alive."""
        now_s = time.monotonic()
        if self._run is not None and now_s - self._beat_s > HEARTBEAT_S:
            self._beat_s = now_s
            self._writer.add([self._rows.event(self._run.reached_us, "heartbeat", "the run is live")])

    def ended(self, how: Ended) -> None:
        """Write the final books, the promises and the end, and wait until all is written, at most a while."""
        if self._run is None:
            return
        self._write_pipeline(self._run.reached_us)
        self._writer.add(self._rows.objectives(self._run.reached_us, how.judged))
        self._writer.add([self._rows.event(self._run.reached_us, "end", "the run has ended")])
        self._writer.close()

    @property
    def unwritten(self) -> int:
        """Return how many rows never reached the store; final once the run has ended."""
        return self._writer.dropped if self._run is not None else 0

    def _write_pipeline(self, city_us: int) -> None:
        if self._run is None:
            return
        rows = self._rows.books(city_us, self._run.books, self.listener.spooled if self.listener else 0)
        for measure in LATENCIES:
            rows += self._rows.latency(city_us, measure, self._deltas.since(measure, self._run.meters.select(measure)))
        self._writer.add(rows)
