"""Words of gas alarms: how much gas a detector shows, and what its valve does.

Owns the words. Which event carries which is `kinds.py`'s business.
"""

from enum import auto

from sim.events.kinds import Choice


class GasLevel(Choice):
    """What a detector shows, against its two set points."""

    NORMAL = auto()
    LOW = auto()
    HIGH = auto()


class Valve(Choice):
    """What the shut-off valve of a detector does."""

    OPEN = auto()
    CLOSED = auto()
    FAILED = auto()  # told to close, and did not
