"""The accounts of a run: its books, its meters and its digests, whoever counts them.

Owns when what is taken over: modelled samples when a slice has passed, faults and digests when it has left for good, everybody's counts
when they are asked for. The arithmetic is `sim.judge.books`' and `sim.judge.meters`'; the end is `citybeat.running.accounts.closing`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from citybeat.running.accounts.stage_books import StageBooks
from citybeat.running.accounts.stage_cuts import StageCuts
from citybeat.running.connections import Connections
from citybeat.running.job import Job
from citybeat.running.observers import Observer
from citybeat.running.progress import Phase
from sim.clock import Clock
from sim.events.batches import Mark, Slice
from sim.events.digests import Digester
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.pipeline import ACK, SEND_LAG, STORED_FROM_DUE, STORED_FROM_SENT, stages_judged
from sim.play.pump import Tick
from sim.units import LONG_AGO_US


@dataclass(slots=True)
class Accounts(Observer):
    """What a run counts. `put` is what the tape has taken so far, by kind: that is planned, and nobody else counts it.

    `qos` (none: as declared) is that of every kind; `shift_us` turns city into wire time and is known when the run begins.
    """

    job: Job
    run: str
    clock: Clock
    put: Mapping[str, int]
    connections: Connections
    qos: int | None = None
    shift_us: int = 0
    begun: bool = False
    books: Books = field(default_factory=Books)
    digester: Digester = field(default_factory=Digester)
    stage_books: StageBooks = field(init=False)
    stage_cuts: StageCuts = field(init=False)
    marks: list[Mark] = field(default_factory=list)
    _reached_us: int = LONG_AGO_US

    def __post_init__(self) -> None:
        """Open the books of every kind."""
        judged = stages_judged(self.job.objectives)
        self.stage_books = StageBooks([stage for stage in self.job.profile.stages if stage.name in judged])
        self.stage_cuts = StageCuts(self.meters)
        for kind in self.job.kinds:
            self.books.of(kind.name, kind.qos if self.qos is None else self.qos)

    @property
    def meters(self) -> Meters:
        """Return the samples so far; a replay begins with those of the run it repeats."""
        return self.job.meters

    @property
    def reached_us(self) -> int:
        """Return the city time that the run has come to; it stands still once nothing is put any more."""
        return max(self.job.start_us, min(self._reached_us, self.job.end_us))

    def begin(self, shift_us: int) -> None:
        """Fix wire time."""
        self.shift_us, self.begun = shift_us, True
        if self.connections.delivery is not None:
            self.connections.delivery.shift_us = shift_us

    def tick(self, tick: Tick, _phase: Phase) -> None:
        """Note how far the run has come, and whether somebody has set the machine's clock."""
        self._reached_us = tick.city_us
        self.clock.look()

    def passed(self, piece: Slice) -> None:
        """Take over what was measured in a slice, and the counts by then: they are of its stage."""
        self.stage_cuts.stage = self.job.profile.stage(piece.span.start_us)
        self.meters.observe(piece.samples, self.stage_cuts.stage)
        self.marks += piece.marks
        self.count()

    def finished(self, piece: Slice) -> None:
        """Book what has left for good."""
        self.digester.add(piece)
        self.books.withhold(piece, self.qos)
        self.stage_books.plan(piece, self.qos)

    def count(self) -> None:
        """Take over what the tape, the delivery and the ingests have counted by now; all of it is cumulative."""
        for kind, books in self.books.kinds.items():
            books.planned = self.put.get(kind, 0)
        self._count_delivered()
        self._count_received()

    def content_arrived(self) -> bool:
        """Return whether ingest received exactly what was handed over, and not as many events of a stranger's."""
        delivery, listener = self.connections.delivery, self.connections.listener
        if delivery is None or listener is None:
            return True
        return all(delivery.handed_over(kind.name) == listener.first_deliveries(kind.name) for kind in self.job.kinds)

    def _count_delivered(self) -> None:
        delivery = self.connections.delivery
        if delivery is None:
            return
        delivery.observe()
        self.stage_cuts.replace(SEND_LAG, delivery.lag)
        self.stage_cuts.replace(ACK, delivery.acks)
        for kind, books in self.books.kinds.items():
            told = delivery.delivered(kind)
            books.sent, books.acked, books.refused, books.late = told.sent, told.acked, told.refused, told.late

    def _count_received(self) -> None:
        listener = self.connections.listener
        if listener is None:
            return
        listener.fill(self.books)
        for kind, (due, sent) in listener.latencies().items():
            self.stage_cuts.replace(STORED_FROM_DUE, due, where=kind)
            self.stage_cuts.replace(STORED_FROM_SENT, sent, where=kind)
        self.stage_cuts.reject(self.books.rejected())
