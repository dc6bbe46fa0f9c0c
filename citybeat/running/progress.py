"""Progress: what a running session tells whoever watches it.

Owns the values. How they look is `citybeat.screen.terminal`'s.
"""

from dataclasses import dataclass
from enum import StrEnum

from sim.events.batches import LiveStatus


class Phase(StrEnum):
    """Where a run is."""

    WARMING = "warming up"
    RUNNING = "running"
    DRAINING = "waiting for the store"


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a run: city clock, share of city time done, wall seconds, counts so far, and the live status of each system.

    `left_s` and `lag_s` (p99 of due to put) are None where there is no pace or nothing was sent; `marks` are what happened in
    the city so far; `trouble` says what ails broker or store just now.
    """

    phase: Phase
    run: str
    title: str
    clock: str
    share: float
    elapsed_s: float
    left_s: float | None
    put: int
    acked: int
    stored: int
    waiting: int
    lag_s: float | None
    spooled: int
    starved: bool
    rejected: int
    live_statuses: tuple[LiveStatus, ...]
    marks: tuple[str, ...]
    trouble: str = ""
