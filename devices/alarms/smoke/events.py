"""Events: what detectors say beside their alarms, one or many at a time.

Owns the rows of `detector_event`, and whether a detector can be heard at all.
"""

import numpy as np

from devices.alarms.choices import AlarmCause, ContactId, Qualifier, Severity, TroubleCause
from devices.alarms.reporting.register import Register
from devices.alarms.smoke.choices import DetectorStep, Hearing
from devices.alarms.smoke.detectors import Detectors
from devices.alarms.smoke.kinds import DETECTOR_EVENT
from devices.alarms.supervision.cohort import Supervision
from sim.arrays import Flags, Int, Places
from sim.city.site import Site

FIRST, SECOND = 1, 2  # zones: a home's detectors


class Events:
    """What the detectors of a site say."""

    def __init__(self, site: Site, detectors: Detectors, supervision: Supervision, register: Register) -> None:
        """Lay out what the rows of each detector say."""
        self._site, self._detectors, self._register, self._supervision = site, detectors, register, supervision
        self._device = supervision.devices(detectors.unit)
        self._community = np.zeros(len(detectors), dtype=np.int32)
        for code in np.unique(detectors.district).tolist():
            rows = np.flatnonzero(detectors.district == code)
            homes = site.residents(site.districts[code]).homes
            self._community[rows] = homes.community_type[detectors.home[rows]]

    def leave(
        self,
        at_us: Int,
        rows: Places,
        step: DetectorStep,
        code: ContactId,
        qualifier: Qualifier = Qualifier.NEW,
        *,
        cause: AlarmCause,
        began_us: Int,
    ) -> None:
        """Leave an event of each of some detectors."""
        names, units = self._site.names("home"), self._detectors.unit[rows].tolist()
        columns = {
            "detector_step": np.full(len(rows), step),
            "detector_type": self._detectors.detector_type[rows],
            "kitchen_distance": self._detectors.distance[rows],
            "severity": np.full(len(rows), Severity.WARNING),
            "community": self._community[rows],
            "home": np.array([names.code(self._register.home(unit)) for unit in units], dtype=np.int32),
            "zone": np.full(len(rows), FIRST),
            "code": np.full(len(rows), code),
            "qualifier": np.full(len(rows), qualifier),
            "alarm_cause": np.full(len(rows), cause),
            "began_us": began_us,
        }
        self._site.rows(DETECTOR_EVENT, at_us, self._device[rows], columns)

    def heard(self, rows: Places, at_us: Int) -> Flags:
        """Return which detectors have power and a path at instants of the slice that closes: what the others say is not kept for later."""
        _, way_us = self._supervision.way(self._detectors.unit[rows], at_us)
        heard: Flags = way_us == at_us
        return heard

    def hearing(self, unit: int) -> Hearing:
        """Return whether a detector can be heard now."""
        reach = self._supervision.reach(unit)
        if reach.cause is TroubleCause.BATTERY:
            return Hearing.EMPTY
        return Hearing.OFFLINE if reach.at_us > self._site.now_us else Hearing.WORKING

    def pre_alarm(self, row: int, cause: AlarmCause, began_us: int) -> None:
        """Leave that one detector sounds now and begins to verify; without a path it only sounds."""
        if self.hearing(int(self._detectors.unit[row])) is not Hearing.WORKING:
            return
        now_us = np.array([self._site.now_us])
        rows, step = np.array([row]), DetectorStep.PRE_ALARM
        self.leave(now_us, rows, step, ContactId.NEAR_ALARM, cause=cause, began_us=np.array([began_us]))
