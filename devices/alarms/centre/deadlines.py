"""Deadlines: whether what was promised within a time has happened, judged when the time is over.

Owns the waiting for it. So whoever waits for ever counts against the promise, and nobody is counted twice.
"""

from collections import deque
from typing import Protocol

from sim.city.site import Site
from sim.events.batches import Span
from sim.judge.measures import Measure


class Promised(Protocol):
    """Something that begins and, with luck, is done: city time, µs."""

    @property
    def since_us(self) -> int:
        """Return when it began."""

    @property
    def done_us(self) -> int | None:
        """Return when it was done; None: not yet, or never."""

    @property
    def label(self) -> str:
        """Return the label of its sample."""


class Deadline:
    """Leaves one sample of a measure for each thing, 1 when it was done within the limit. Things are added in order of their beginning."""

    def __init__(self, site: Site, measure: Measure, limit_us: int) -> None:
        """Wait for things from now on."""
        self._site, self._measure, self._limit_us = site, measure, limit_us
        self._open: deque[Promised] = deque()
        site.each_slice(self._judge)

    def add(self, promised: Promised) -> None:
        """Take one more thing."""
        self._open.append(promised)

    def _judge(self, span: Span) -> None:
        while self._open and self._open[0].since_us + self._limit_us < span.end_us:
            each = self._open.popleft()
            kept = each.done_us is not None and each.done_us - each.since_us <= self._limit_us
            self._site.sample(self._measure, float(kept), each.label)
