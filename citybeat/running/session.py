"""A session: one job played from its source to its sinks, with the books kept and closed whatever happens.

Owns the order of events of a run. Which broker and store are used, `citybeat.running.connections` has decided.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from brokers.ingest.intake import NO_ROOM, REFUSED_BY_STORE
from brokers.tape.sink import TapeSink
from citybeat.running.ended import Ended
from citybeat.running.interruption import Interruption
from citybeat.running.job import Job
from citybeat.running.ops import Deltas, OpsRows, OpsWriter
from citybeat.running.origin import shift_us
from citybeat.running.patience import Patience
from citybeat.running.progress import Phase, Progress
from citybeat.running.progress_reporter import ProgressReporter
from citybeat.running.stage_books import StageBooks
from citybeat.running.status_listener import StatusListener
from citybeat.running.stock import Stock
from sim.clock import Clock
from sim.errors import ServiceError, UsageError
from sim.events.batches import LiveStatus, Slice
from sim.events.digests import Digester
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.ops import LATENCIES
from sim.judge.pipeline import stages_judged
from sim.play.pace import Pace
from sim.play.pump import Pump
from sim.ports import Delivery, OpsRow, Sink, Store
from sim.units import LONG_AGO_US, SECOND_US

HEARTBEAT_S = 5.0  # how often a run says that it is alive
SETTLE_S = 30.0
DRAIN_TURN_S = 0.05
QUIET_S = 2.0  # two statuses of an ingest to which nothing comes any more
NEVER_STORED = (REFUSED_BY_STORE, NO_ROOM)


@dataclass(slots=True)
class Session:
    """Everything a run needs while it lives. `delivery`, `listener` and `ops` are absent in a dry run.

    `recovery` is the command that brings in what ingest leaves in its spool.
    """

    job: Job
    run: str
    clock: Clock
    pace: Pace
    origin: str
    tape: TapeSink
    delivery: Delivery | None
    listener: StatusListener | None
    store: Store | None
    qos: int | None
    drain_us: int
    watch: Callable[[Progress], None]
    interruption: Interruption
    recovery: str = ""
    check_span: Callable[[int, int], None] = field(default=lambda _start, _end: None)
    books: Books = field(default_factory=Books)
    meters: Meters = field(init=False)
    digester: Digester = field(default_factory=Digester)
    ops_rows: OpsRows = field(init=False)
    stock: Stock | None = field(init=False)
    stage_books: StageBooks = field(init=False)
    marks: list[dict[str, object]] = field(default_factory=list)
    _ops: OpsWriter | None = None
    _deltas: Deltas = field(default_factory=Deltas)
    _glances: tuple[LiveStatus, ...] = ()
    _marks: list[str] = field(default_factory=list)
    _reporter: ProgressReporter = field(init=False)
    _beat_s: float = 0.0
    _put: int = 0
    _begun: bool = False
    _reached_us: int = LONG_AGO_US

    def __post_init__(self) -> None:
        """Open meters and rows."""
        self.meters = self.job.meters
        self.stock = Stock(self.books, self.meters, self.delivery, self.listener) if self.delivery is not None else None
        self.stage_books = StageBooks([stage for stage in self.job.profile.stages if stage.name in stages_judged(self.job.objectives)])
        self._reporter = ProgressReporter(self.job, self.run, self.pace, self.delivery, self.listener, self.watch)
        self.ops_rows = OpsRows(self.run, self.job.start_us, elapsed_s=self.elapsed_s, clock=self._clock)
        for kind in self.job.kinds:
            self.books.of(kind.name, kind.qos if self.qos is None else self.qos)

    def _clock(self, city_us: int) -> str:
        return f"{self.job.calendar.local(city_us):%a %d %b %Y %H:%M}"

    @property
    def reached_us(self) -> int:
        """Return the city time that the run has come to; it stands still once nothing is put any more."""
        return max(self.job.start_us, min(self._reached_us, self.job.end_us))

    def elapsed_s(self) -> float:
        """Return wall seconds since the pace began, 0 before."""
        return (self.pace.wall() - self.pace.began_us) / SECOND_US if self.pace.began_us else 0.0

    def play(self) -> Ended:
        """Pump the job to its end, then settle the sinks and wait for the store. Ctrl-C and failures close the books too.

        Raises UsageError for what is refused before the first event, such as a span that the store would drop.
        """
        sinks: list[Sink] = [self.tape, *([self.delivery] if self.delivery else [])]
        pump = Pump(self.job.source, sinks, self.pace, self.job.steps, self._begin, hurry=self._hurry)
        ended = Ended()
        if self.store is not None:
            self._ops = OpsWriter(self.store)
        ended.attempt(lambda: self._pump(pump))
        if isinstance(ended.failure, UsageError) and not self._begun:
            if self._ops is not None:
                self._ops.close()
            raise ended.failure
        for piece in pump.interrupt():
            ended.attempt(partial(self.tape.cut, piece))
            ended.attempt(partial(self._account, piece))
        self._settle(ended)
        return ended

    def _hurry(self) -> bool:
        return self.interruption.pressing

    def _begin(self) -> None:
        """Fix wire time; called once, before anything is staged."""
        shift = shift_us(self.origin, self.pace)
        self.check_span(self.job.start_us + shift, self.job.end_us + shift)
        self.ops_rows.shift_us = shift
        if self.delivery is not None:
            self.delivery.shift_us = shift
        started = self.ops_rows.event(self.job.start_us, "start", f"{self.job.title}, seed {self.job.seed}")
        self._begun = True
        self._tell([self.ops_rows.begun(self.pace.wall(), self.job.title), started])

    def _pump(self, pump: Pump) -> None:
        ticks = pump.ticks()
        try:
            for tick in ticks:
                self._put += tick.put
                self._reached_us = tick.city_us
                for piece in tick.passed:
                    self._observe(piece)
                for piece in tick.finished:
                    self._account(piece)
                self._check_listener()
                self._show(Phase.RUNNING if self.pace.began_us else Phase.WARMING, tick.city_us, starved=tick.starved)
                if self.interruption.asked:
                    break
        finally:
            ticks.close()

    def _account(self, piece: Slice) -> None:
        """Book what has left for good."""
        self.digester.add(piece)
        self.books.plan(piece, self.qos)
        self.stage_books.plan(piece, self.qos)

    def _observe(self, piece: Slice) -> None:
        """Take over what was measured and counted in a slice whose time is over, and tell the boards."""
        stage = self.job.profile.stage(piece.span.start_us)
        if self.stock is not None:
            self.stock.stage = stage
        self.meters.observe(piece.samples, stage)
        self._glances = piece.live_statuses or self._glances
        self.marks += [{"at_us": mark.at_us, "what": mark.what, "text": mark.text} for mark in piece.marks]
        self._marks += [f"{self.job.calendar.clock(mark.at_us)} {mark.what}: {mark.text}" for mark in piece.marks]
        self._tell(self.ops_rows.census(piece))
        self._tell_pipeline(piece.span.end_us)

    def _tell_pipeline(self, city_us: int) -> None:
        if self.delivery is None:
            return
        self.take_stock()
        spooled = self.listener.spooled if self.listener else 0
        rows = self.ops_rows.books(city_us, self.books, self.tape.taken, spooled)
        for measure in LATENCIES:
            rows += self.ops_rows.latency(city_us, measure, self._deltas.since(measure, self.meters.select(measure)))
        self._tell(rows)

    def take_stock(self) -> None:
        """Copy what client and ingest counted into books and meters."""
        if self.stock is not None:
            self.stock.take()

    def _check_listener(self) -> None:
        self.clock.look()
        if self.listener is not None:
            self.listener.check()
        now_s = time.monotonic()
        if self._ops is not None and self.pace.began_us and now_s - self._beat_s > HEARTBEAT_S:
            self._beat_s = now_s
            self._tell([self.ops_rows.event(self.reached_us, "heartbeat", "the run is live")])

    def _tell(self, rows: Sequence[OpsRow]) -> None:
        if self._ops is not None:
            self._ops.add(rows)

    def _settle(self, ended: Ended) -> None:
        """Close the sinks and wait until the store holds what was sent, at most `drain_us`."""
        ended.attempt(lambda: self.tape.settle(SETTLE_S))
        if self.delivery is not None:
            delivery, patience_s = self.delivery, SETTLE_S if ended.failure is None else 0.0
            ended.attempt(lambda: delivery.settle(patience_s))
            ended.attempt(lambda: self._await_store(ended))
        ended.interrupted |= bool(self.interruption.asked)
        ended.attempt(lambda: self._tell_pipeline(self.reached_us))

    def _await_store(self, ended: Ended) -> None:
        if self.listener is None or ended.failure is not None:
            return
        deadline = time.monotonic() + self.drain_us / SECOND_US
        asked = self.interruption.asked
        patience = Patience(QUIET_S)
        while time.monotonic() < deadline and self.interruption.asked == asked:
            self.listener.check()
            self.take_stock()
            quiet = patience.over(self.books.total().received, time.monotonic())
            held = self._held() if quiet else {}
            if not self.books.awaited(NEVER_STORED, held) and (quiet or self._all_arrived()):
                return
            self._show(Phase.DRAINING, self.reached_us)
            time.sleep(DRAIN_TURN_S)

    def _held(self) -> Mapping[str, int]:
        """Return what the store itself says that it holds: an ingest that was killed cannot say it any more. Nothing while it is away."""
        try:
            return self.store.count(self.run, [kind.name for kind in self.job.kinds]) if self.store is not None else {}
        except ServiceError:
            return {}

    def _all_arrived(self) -> bool:
        """Return whether ingest received exactly what was handed over, and not as many events of a stranger's."""
        delivery, listener = self.delivery, self.listener
        if delivery is None or listener is None:
            return True
        return all(delivery.handed_over(kind.name) == listener.first_deliveries(kind.name) for kind in self.job.kinds)

    @property
    def unwritten(self) -> int:
        """Return how many rows about the run never reached the store; final after `finish`."""
        return self._ops.dropped if self._ops is not None else 0

    def finish(self, rows: Sequence[OpsRow]) -> None:
        """Write the last ops rows and stop writing."""
        if self._ops is not None:
            self._tell([*rows, self.ops_rows.event(self.reached_us, "end", "the run has ended")])
            self._ops.close()

    def _show(self, phase: Phase, city_us: int, *, starved: bool = False) -> None:
        self._reporter.show(phase, city_us, self._put, self.books.total().rejected.total(), self._glances, self._marks, starved=starved)
