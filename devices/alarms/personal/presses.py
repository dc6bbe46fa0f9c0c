"""Presses: users who wish something, press by accident, try whether somebody is there, or are unwell.

Owns what is pressed, and when after it began. Those who fall, or collapse, are `falls.py`'s business.
"""

import numpy as np

from devices.alarms.choices import AlarmCause
from devices.alarms.personal import figures
from devices.alarms.personal.calls import Button, Call, Calls
from devices.alarms.personal.falls import Falls
from devices.alarms.personal.users import NOTHING, Users
from sim.city.site import Site, Steps
from sim.units import MINUTE_US

REASONS = (AlarmCause.WISH, AlarmCause.ACCIDENT, AlarmCause.TEST)


class Presses:
    """Presses of those who are on their feet."""

    def __init__(self, site: Site, users: Users, calls: Calls, falls: Falls) -> None:
        """Press by these calls."""
        self._site, self._users, self._calls, self._falls = site, users, calls, falls

    def routine(self, row: int, at_us: int) -> Steps:
        """Press without an emergency."""
        rng = self._site.stream("personal", "press", self._users.ids[row], at_us)
        cause = REASONS[int(np.searchsorted(np.cumsum(figures.REASONS.numbers[:-1]), rng.random(), side="right"))]
        cord = cause is AlarmCause.ACCIDENT and rng.random() < float(figures.CORD_BY_MISTAKE)
        yield from self._calls.call(Call(row, self._button(row, at_us, cord=cord), cause, real=False, began_us=at_us), rng)

    def unwell(self, row: int, at_us: int) -> Steps:
        """Feel unwell: collapse, press, or telephone without the hub."""
        rng = self._site.stream("personal", "unwell", self._users.ids[row], at_us)
        if rng.random() < float(figures.COLLAPSED):
            yield from self._falls.lie(row, at_us, AlarmCause.UNWELL, rng)
        elif rng.random() < float(figures.UNWELL_PRESS):
            bathroom = bool(rng.random() < float(figures.BATHROOM))
            yield self._site.wait(rng.exponential(float(figures.PRESS_DELAY) * MINUTE_US))
            button = self._button(row, at_us, cord=bathroom)
            yield from self._calls.call(Call(row, button, AlarmCause.UNWELL, real=True, began_us=at_us), rng)

    def _button(self, row: int, at_us: int, *, cord: bool) -> Button:
        """Return what somebody presses who can walk: the cord beside them, the pendant on them, else the hub."""
        if cord and self._users.hung.cord[row] != NOTHING and self._calls.works(row, Button.CORD):
            return Button.CORD
        worn = self._users.wears(row, at_us, bathroom=cord)
        return Button.PENDANT if worn and self._calls.works(row, Button.PENDANT) else Button.HUB
