"""Books of single stages: what of the events of a stage was planned, and what of them the store holds in the end.

Owns the count by event time. Only stages of which a promise speaks are counted: the store has to look up the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.city.profile import Stage
from sim.events.batches import Slice
from sim.events.kinds import Kind
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.judge.pipeline import LOST_QOS0, LOST_QOS1
from sim.ports import Store


@dataclass(slots=True)
class StageBooks:
    """One set of books for each of these stages; a name that comes twice has one set."""

    stages: Sequence[Stage]
    books: dict[str, Books] = field(default_factory=dict)

    def plan(self, piece: Slice, qos: int | None) -> None:
        """Count what a slice has of each stage."""
        for stage in self.stages:
            if stage.start_us < piece.span.end_us and piece.span.start_us < stage.end_us:
                self.books.setdefault(stage.name, Books()).plan(piece, qos, (stage.start_us, stage.end_us))

    def count(self, store: Store, run: str, kinds: Sequence[Kind], shift_us: int) -> None:
        """Let the store count what it holds of each stage; its rows are in wire time. Raises ServiceError when it is away."""
        for stage in self.stages:
            books = self.books.setdefault(stage.name, Books())
            for kind in (each for each in kinds if each.name in books.kinds):
                rows = store.held(run, kind, stage.start_us + shift_us, stage.end_us + shift_us)
                books.of(kind.name).stored += rows.select("district", "t").unique().height

    def meters(self) -> Meters:
        """Return the losses by stage as samples to be judged."""
        meters = Meters()
        for name, books in self.books.items():
            meters.record(LOST_QOS0, [float(books.lost_at(0))], stage=name)
            meters.record(LOST_QOS1, [float(books.lost_at(1))], stage=name)
        return meters
