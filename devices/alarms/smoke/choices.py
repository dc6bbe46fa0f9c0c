"""Words of smoke alarms: what a detector senses by, what it says of itself, how fires grow, and whether it could be heard.

Owns the enumerations of the family; words that all alarms share are in `devices.alarms.choices`.
"""

from enum import auto

from sim.events.kinds import Choice


class DetectorType(Choice):
    """What a detector senses smoke by."""

    PHOTOELECTRIC = auto()
    IONISATION = auto()
    DUAL = auto()


class Distance(Choice):
    """How far a detector hangs from the stove, as the CPSC measured, ft."""

    FT_5 = "5"
    FT_10 = "10"
    FT_20 = "20"


class DetectorStep(Choice):
    """What a detector does without the centre opening a case."""

    PRE_ALARM = auto()  # it sounds, and verifies before it reports an alarm
    HUSHED = auto()  # by somebody at home, within that time
    TESTED = auto()


class Growth(Choice):
    """How fast a fire grows, in the classes of NFPA 204."""

    SLOW = auto()
    MEDIUM = auto()
    FAST = auto()


class Start(Choice):
    """How a fire begins."""

    FLAMING = auto()
    SMOULDERING = auto()


class Hearing(Choice):
    """Whether a detector can be heard when it burns."""

    WORKING = auto()
    OFFLINE = auto()  # it sounds, but has no path
    EMPTY = auto()  # its battery is
