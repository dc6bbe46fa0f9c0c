"""Calls: the way of one press, or one detected fall, from the hub to the centre and until it is closed.

Owns which device reports it and as what. Who calls, and why, is the business of `presses.py` and `falls.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import auto

import numpy as np

from devices.alarms.centre.choices import Service
from devices.alarms.choices import AlarmCause, AlarmType, ContactId, TroubleCause
from devices.alarms.personal.conduct import ambulance, caller
from devices.alarms.personal.measures import AMBULANCE
from devices.alarms.personal.users import NOTHING, Users
from devices.alarms.reporting.register import Register
from devices.alarms.supervision.cohort import Supervision
from sim.city.site import Site, Steps
from sim.events.kinds import Choice

Arrival = Callable[[Service], float]


class Button(Choice):
    """What is pressed; its place is the zone at the hub."""

    HUB = auto()
    PENDANT = auto()
    CORD = auto()


@dataclass(frozen=True, slots=True)
class Call:
    """One call for help of a user, `began_us` when what it is about began; without an emergency `real` is false."""

    row: int
    button: Button
    cause: AlarmCause
    real: bool
    began_us: int
    detected: bool = False  # by the pendant, and not pressed


class Calls:
    """How the users of a site call."""

    def __init__(self, site: Site, users: Users, supervision: Supervision, register: Register) -> None:
        """Call by the hubs of these users."""
        self._site, self._users, self._supervision, self._register = site, users, supervision, register
        self.presses = 0

    def works(self, row: int, button: Button) -> bool:
        """Return whether a button is there and has power: what has an empty battery says nothing to the hub."""
        unit = self._unit(row, button)
        return unit != NOTHING and self._supervision.reach(unit).cause is not TroubleCause.BATTERY

    def call(self, call: Call, rng: np.random.Generator, on_arrival: Arrival | None = None) -> Steps:
        """Raise it now, and restore it when the centre has closed it. A hub without a path keeps it until there is one."""
        alarm = self._register.raise_alarm(
            self._unit(call.row, call.button),
            AlarmType.PERSONAL,
            ContactId.MEDICAL if call.detected else ContactId.PERSONAL_EMERGENCY,
            real=call.real,
            cause=call.cause,
            began_us=call.began_us,
            zone=int(call.button),
        )
        needs = ambulance(call.cause, float(rng.random())) if call.real else None
        if not call.detected:
            self.presses += 1
            self._site.sample(AMBULANCE, float(needs is not None))
        yield from self._register.report(alarm, conduct=caller(rng), needs=needs, on_arrival=on_arrival)
        self._register.restore(alarm)

    def _unit(self, row: int, button: Button) -> int:
        hung = self._users.hung
        return int({Button.HUB: hung.hub, Button.PENDANT: hung.pendant, Button.CORD: hung.cord}[button][row])
