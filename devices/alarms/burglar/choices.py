"""The words of burglar alarms: how far a partition is armed, and what its zones are.

Owns the words. What they lead to is the business of the modules beside.
"""

from enum import auto

from sim.events.kinds import Choice


class Arming(Choice):
    """How far a partition is armed, in the words of EN 50131-1: set, part set and unset."""

    DISARMED = auto()
    EXIT_DELAY = auto()
    ARMED_AWAY = auto()
    ARMED_STAY = auto()  # part set for the night: the perimeter only
    ENTRY_DELAY = auto()


class ZoneType(Choice):
    """What a zone does when it is tripped."""

    ENTRY = auto()  # the door by which people come: starts the entry delay
    PERIMETER = auto()  # contacts of windows and other doors: an alarm at once, by night too
    INTERIOR = auto()  # motion detectors that follow the entry route: none of their business by night
    TAMPER = auto()  # 24 h: an alarm at once, armed or not
    DURESS = auto()  # no detector but a code: opens as usual and calls in silence
