"""Periodic tests: every panel reports at an instant of its own that it still can (602), whether or not anything is the matter.

Owns the rhythm, in order of phase as that of heartbeats. Over which path a report goes is `cohort`'s business.
"""

import numpy as np

from devices.alarms.choices import ContactId, DeviceClass, Qualifier, TroubleCause
from devices.alarms.supervision.paths import Paths, drawn
from devices.alarms.supervision.signals import SIGNALS, signals
from sim.arrays import Records
from sim.events.batches import Span

TEST = 0x54455354


class PeriodicTests:
    """The test reports of all panels, one in each period; a period of 0 is none."""

    def __init__(self, paths: Paths, period_us: int) -> None:
        """Draw when each panel reports."""
        row = paths.first_of()
        row = row[paths.units.device_class[paths.unit[row]] == DeviceClass.PANEL]
        phase_us = (drawn(paths.key[row], TEST) * period_us).astype(np.int64)
        order = np.argsort(phase_us, kind="stable")
        self._unit, self._phase_us, self._period_us = paths.unit[row[order]], phase_us[order], period_us

    def during(self, span: Span) -> Records:
        """Return the reports that fall due in a slice: `Signal`."""
        if not self._period_us:
            return np.empty(0, dtype=SIGNALS)
        numbers = range(span.start_us // self._period_us, (span.end_us - 1) // self._period_us + 1)
        return np.concatenate([self._turn(number, span) for number in numbers])

    def _turn(self, number: int, span: Span) -> Records:
        begin_us = number * self._period_us
        first, last = np.searchsorted(self._phase_us, [span.start_us - begin_us, span.end_us - begin_us])
        at_us = begin_us + self._phase_us[first:last]
        return signals(at_us, self._unit[first:last], ContactId.PERIODIC_TEST, Qualifier.NEW, TroubleCause.TEST, at_us)
