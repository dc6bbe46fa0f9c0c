"""Progress as lines of a log, where nothing can be drawn: in CI, in a file, on a pipe.

Owns when a line is due, its wall time and its level.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from citybeat.running.progress import Phase, Progress
from sim.judge.promises import value_text
from sim.units import SECOND_US, duration_text

EVERY_S = 5.0
WARNED_S = 1.0  # the least time between lines that trouble makes due


class Level(StrEnum):
    """How much a line matters."""

    INFO = "INFO"
    WARNING = "WARNING"


@dataclass(slots=True)
class LogLines:
    """Writes a line every so often, at each new phase, and at once when there is trouble; `verbose` ones tell what happens in the city."""

    write: Callable[[str], None]
    every_s: float = EVERY_S
    verbose: bool = False
    wall: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = time.monotonic
    _written_s: float = float("-inf")
    _phase: Phase | None = None
    _trouble: str = ""
    _marks: int = 0

    def show(self, progress: Progress) -> None:
        """Write what is due."""
        if self.verbose:
            for mark in progress.marks[self._marks :]:
                self._line(Level.INFO, mark)
            self._marks = len(progress.marks)
        if self._due(progress):
            self._written_s, self._phase, self._trouble = self.monotonic(), progress.phase, progress.trouble
            self._line(level_of(progress), plain_text(progress, verbose=self.verbose))

    def _due(self, progress: Progress) -> bool:
        since_s = self.monotonic() - self._written_s
        worse = bool(progress.trouble) and progress.trouble != self._trouble and since_s >= WARNED_S
        return since_s >= self.every_s or progress.phase is not self._phase or worse

    def _line(self, level: Level, text: str) -> None:
        self.write(f"{self.wall():%Y-%m-%dT%H:%M:%SZ} {level.value} {text}")


def level_of(progress: Progress) -> Level:
    """Return whether somebody should look."""
    return Level.WARNING if progress.trouble or progress.starved or progress.spooled else Level.INFO


def rate_of(progress: Progress) -> float:
    """Return events put per wall second so far."""
    return progress.put / progress.elapsed_s if progress.elapsed_s > 0 else 0.0


def plain_text(progress: Progress, *, verbose: bool = False) -> str:
    """Return a moment in one line, city time first."""
    left = "" if progress.left_s is None else f", {left_text(progress.left_s)}"
    lag = "" if progress.lag_s is None else f", lag p99 {value_text(progress.lag_s, 's')}"
    spooled = f", {progress.spooled:,} spooled while the store is away" if progress.spooled else ""
    more = f", {progress.acked:,} acknowledged, {progress.rejected:,} rejected" if verbose else ""
    trouble = f" | {progress.trouble}" if progress.trouble else ""
    late = " | the simulation is slower than the pace" if progress.starved else ""
    headline = "".join(f" | {live_status.headline}" for live_status in progress.live_statuses)
    return (
        f"{progress.clock} {progress.phase.value}: {progress.put:,} sent ({rate_of(progress):,.0f}/s), {progress.stored:,} stored, "
        f"{progress.waiting:,} waiting{more}{spooled}{lag}{left}{headline}{late}{trouble}"
    )


def left_text(left_s: float) -> str:
    """Return the wall time left in whole seconds."""
    return f"{duration_text(round(left_s) * SECOND_US)} left" if left_s >= 1 else "about done"
