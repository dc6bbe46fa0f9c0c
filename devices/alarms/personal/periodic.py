"""Test calls: every hub tests its way to the centre once a month, and a machine answers.

Owns when a hub does and what is left of it. A user who presses to hear whether somebody is there is `presses.py`'s business.
"""

from typing import NamedTuple

import numpy as np

from devices.alarms.choices import ContactId, Qualifier
from devices.alarms.personal.kinds import TEST_CALL
from devices.alarms.personal.measures import TESTED
from devices.alarms.personal.users import Users
from devices.alarms.supervision.cohort import Supervision
from sim.arrays import Int
from sim.city.site import Site
from sim.events.batches import Span
from sim.toolkit.draws import by_district
from sim.toolkit.table import Table
from sim.units import DAY_US, SECOND_US


class Due(NamedTuple):
    """A test call that is to be made, or waits for a path: when, by which user's hub, and when it was due, µs."""

    time_us: int
    row: int
    due_us: int


class TestCalls:
    """The test calls of the hubs of a site."""

    def __init__(self, site: Site, users: Users, supervision: Supervision, period_us: int) -> None:
        """Draw when each hub's turn comes."""
        self._site, self._users, self._supervision, self._period_us = site, users, supervision, period_us
        self._phase_us = np.zeros(len(users), dtype=np.int64)
        for rows, rng in by_district(site, users.district, "personal", "tests"):
            self._phase_us[rows] = (rng.random(len(rows)) * period_us).astype(np.int64)
        self._waiting = Table(Due)
        self._device = np.array([supervision.device(unit) for unit in users.hung.hub.tolist()], dtype=np.int32)
        if len(users):
            site.each_slice(self.work)

    def work(self, span: Span) -> None:
        """Make the calls of a slice; those without a path are made as soon as there is one."""
        due_us = span.start_us + (self._phase_us - span.start_us) % self._period_us
        rows = np.flatnonzero(due_us < span.end_us)
        self._waiting.extend(time_us=due_us[rows], row=rows, due_us=due_us[rows])
        now = self._waiting.take_before(span.end_us)
        if not len(now):
            return
        _, at_us = self._supervision.way(self._users.hung.hub[now["row"]], now["time_us"])
        held = at_us >= span.end_us
        later = now[held].copy()
        later["time_us"] = at_us[held]
        self._waiting.put(later)
        self._leave(now["row"][~held], at_us[~held], now["due_us"][~held])

    def _leave(self, rows: Int, at_us: Int, due_us: Int) -> None:
        self._site.sample(TESTED, (at_us - due_us <= DAY_US).astype(np.float64))
        columns = {
            "user_group": self._users.group[rows],
            "home": self._site.names("home").codes(self._users.ids[row] for row in rows.tolist()),
            "code": np.full(len(rows), ContactId.PERIODIC_TEST),
            "qualifier": np.full(len(rows), Qualifier.NEW),
            "late_s": (at_us - due_us) / SECOND_US,
        }
        self._site.rows(TEST_CALL, at_us, self._device[rows], columns)
