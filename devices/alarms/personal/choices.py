"""The words of emergency calls: rules of inactivity, who finds somebody who lies, how a pendant is worn.

Owns the words. Which event carries which is `kinds.py`'s business.
"""

from enum import auto

from sim.events.kinds import Choice


class Rule(Choice):
    """What is not seen for so long that somebody asks."""

    WATER = auto()
    DOOR = auto()
    MOTION = auto()


class FoundBy(Choice):
    """How somebody who lies is found, or gets up."""

    PRESS = auto()
    DETECTOR = auto()
    INACTIVITY = auto()
    VISITOR = auto()  # family, neighbours, a keyholder
    HOUSEMATE = auto()
    NOBODY = auto()  # gets up alone


class Habit(Choice):
    """How a user wears the pendant."""

    NEVER = auto()
    BY_DAY = auto()  # off in bed and in the bathroom
    ALWAYS = auto()


class UserState(Choice):
    """How a user is: truth, which nobody at the centre knows."""

    WELL = auto()
    LYING = auto()
    TRAVELLING = auto()
