"""Who lies: since when, and how somebody found them.

Owns the truth of everybody who fell or collapsed and is not up, and what is measured of it. How they are found is the business of
`falls.py` and `inactivity.py`.
"""

from dataclasses import dataclass, field

import numpy as np
import simpy

from devices.alarms.centre.deadlines import Deadline
from devices.alarms.choices import AlarmCause
from devices.alarms.personal.choices import FoundBy
from devices.alarms.personal.measures import FOUND, FOUND_SOON, FOUND_US, LYING, SOON_US
from sim.city.site import Site
from sim.units import NEVER_US, SECOND_US


@dataclass(slots=True)
class Down:
    """Somebody lies, or lay: city time, µs; `done_us` is when somebody came, or when they got up."""

    row: int
    cause: AlarmCause
    since_us: int
    up: simpy.Event = field(repr=False)
    done_us: int | None = None

    @property
    def label(self) -> str:
        """Return the cause's word: the label of its samples."""
        return self.cause.word


class Lying:
    """All who lie. `since_us` has a row for each user, NEVER_US for those who are up."""

    def __init__(self, site: Site, users: int) -> None:
        """Begin with everybody up."""
        self._site = site
        self.since_us = np.full(users, NEVER_US)
        self._down: dict[int, Down] = {}
        self._deadlines = Deadline(site, FOUND_SOON, SOON_US), Deadline(site, FOUND, FOUND_US)

    def who(self, row: int) -> Down | None:
        """Return what is the matter with a user who lies."""
        return self._down.get(row)

    def fall(self, row: int, cause: AlarmCause, since_us: int) -> Down:
        """Enter that somebody lies, since now or an instant before the city began."""
        down = self._down[row] = Down(row, cause, since_us, self._site.env.event())
        self.since_us[row] = since_us
        for deadline in self._deadlines:
            deadline.add(down)
        return down

    def find(self, down: Down, by: FoundBy) -> None:
        """Enter that somebody is there, or that they are up again; nothing if that was so before."""
        if down.done_us is not None:
            return
        down.done_us = self._site.now_us
        self.since_us[down.row] = NEVER_US
        del self._down[down.row]
        self._site.sample(LYING, (down.done_us - down.since_us) / SECOND_US, by.word)
        down.up.succeed()
