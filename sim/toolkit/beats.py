"""Beats: when devices report, each at an interval and a phase of its own, whatever slices time is cut into.

Owns the rhythm, beats that are missed and stretches of silence. What is reported is the system's business.
"""

from typing import NamedTuple

import numpy as np

from sim.arrays import Flags, Int, Places
from sim.errors import UsageError
from sim.events.batches import Span
from sim.events.row_checks import NUMBER, WHOLE
from sim.toolkit.draws import Draws, Window


class Beats(NamedTuple):
    """Beats in order of time and, at one instant, of row; columns of equal length."""

    row: Places
    at_us: Int


def first_beat_us(span: Span, interval_us: int | Int, phase_us: Int) -> Int:
    """Return when each row first beats from the start of a slice on, µs after that, which may be past its end: shape of `phase_us`."""
    return np.asarray((phase_us - span.start_us) % interval_us, dtype=np.int64)


def beats(span: Span, interval_us: int | Int, phase_us: Int) -> Beats:
    """Return every instant `phase_us + k * interval_us` (k counted from 1970) in a slice, for each row.

    >>> beats(Span(0, 0, 100), 45, np.array([0, 30]))
    Beats(row=array([0, 1, 0, 1, 0]), at_us=array([ 0, 30, 45, 75, 90]))

    `interval_us` is one for all rows, or one for each.
    """
    first_us, length_us = first_beat_us(span, interval_us, phase_us), span.end_us - span.start_us
    counts = np.maximum(-((first_us - length_us) // interval_us), 0)
    row = np.repeat(np.arange(len(counts)), counts)
    number = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    at_us = span.start_us + first_us[row] + number * np.broadcast_to(interval_us, counts.shape)[row]
    order = np.lexsort((row, at_us))
    return Beats(row[order], at_us[order])


class Rhythm:
    """The reports of devices: at an interval, with a phase drawn for each, some of them missed, none in stretches of silence.

    >>> rhythm = Rhythm(Draws(site, "reports", ["Jingan"] * 3), interval_us=15 * MINUTE_US, missed=0.02)
    >>> row, at_us = rhythm.during(span)
    >>> len(row) <= 3
    True
    """

    __slots__ = ("_draws", "_interval_us", "_missed", "_silence")

    def __init__(self, draws: Draws, interval_us: int, missed: float = 0.0, silence: Window | None = None) -> None:
        """Beat for every row of `draws`, whose purpose names the streams; `missed` is a share of the beats.

        Raises UsageError for an interval that is no whole number of µs above 0, and for what is no share.
        """
        if not isinstance(interval_us, WHOLE) or interval_us <= 0:
            msg = f"reports come every so many whole µs, not {interval_us!r}: give interval_us, such as 20 * SECOND_US"
            raise UsageError(msg)
        if not isinstance(missed, NUMBER) or not 0 <= missed <= 1:
            msg = f"the share of reports that are missed lies in 0 to 1: {missed!r} cannot be"
            raise UsageError(msg)
        self._draws = draws
        self._interval_us = interval_us
        self._missed = missed
        self._silence = silence

    def phase_us(self) -> Int:
        """Return every row's phase, in [0, interval): shape (rows,)."""
        return (self._draws.uniform("phase", 0, 1)[:, 0] * self._interval_us).astype(np.int64)

    def during(self, span: Span) -> Beats:
        """Return the beats of a slice that become reports."""
        row, at_us = beats(span, self._interval_us, self.phase_us())
        heard = ~self._lost(span, row, at_us) & ~silent(self._draws, self._silence, span, row, at_us)
        return Beats(row[heard], at_us[heard])

    def _lost(self, span: Span, row: Places, at_us: Int) -> Flags:
        """Return which beats are missed by chance; a beat is drawn by its place among those of its row."""
        if not self._missed:
            return np.zeros(len(row), dtype=np.bool_)
        most = -(-(span.end_us - span.start_us) // self._interval_us)
        words = self._draws.words("missed", span.index, most)[row, (at_us - span.start_us) // self._interval_us]
        drawn: Flags = words < np.uint64(min(self._missed * 2.0**64, 2.0**64 - 2048))
        return drawn


def silent(draws: Draws, silence: Window | None, span: Span, row: Places, at_us: Int) -> Flags:
    """Return which rows say nothing at instants of a slice, because a stretch of silence holds: shape of `row`."""
    found = np.zeros(len(row), dtype=np.bool_)
    for stretch in draws.around("silence", silence, span.start_us, span.end_us) if silence else ():
        found |= stretch.holds(row, at_us)
    return found
