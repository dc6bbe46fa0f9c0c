"""Observers: whoever watches a run says here what it can hear of it, and when.

Owns the contract between a session and what watches it. The order of events is `citybeat.running.session`'s.
"""

# ruff: noqa: ARG002 - an observer may hear of nothing
from typing import Protocol

from citybeat.running.ended import Ended
from citybeat.running.job import Job
from citybeat.running.progress import Phase
from sim.events.batches import Slice
from sim.judge.books import Books
from sim.judge.meters import Meters
from sim.play.pump import Tick


class Watched(Protocol):
    """A run as its observers may look at it, any time: what is counted and measured so far; `shift_us` turns city into wire time."""

    job: Job
    run: str
    books: Books
    shift_us: int

    @property
    def meters(self) -> Meters:
        """Return the samples so far."""
        ...

    @property
    def reached_us(self) -> int:
        """Return the city time that the run has come to."""
        ...


class Observer(Protocol):
    """Watches a run. Each call does nothing unless an observer says otherwise.

    What one raises ends the run with its reason, after all others have heard. All but `began` come from the thread that plays the run,
    between two turns of the pump: whoever takes long delays events.
    """

    def began(self, run: Watched) -> None:
        """Hear that the first slice is ready and wire time is fixed; comes from the engine's thread, before anything is staged."""
        return

    def passed(self, piece: Slice) -> None:
        """Hear of a slice whose time is over; an outage may still hold events of it back."""
        return

    def finished(self, piece: Slice) -> None:
        """Hear of a slice of which every event has left, or of what was put of it when the run was interrupted; in order."""
        return

    def tick(self, tick: Tick, phase: Phase) -> None:
        """Hear of a turn of the pump, before what has passed and finished in it, or of one of the wait for the store."""
        return

    def ended(self, how: Ended) -> None:
        """Hear that the books are closed and judged; the last call, and the only one for a run that never began."""
        return
