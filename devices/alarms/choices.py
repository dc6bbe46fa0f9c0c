"""Words of home alarms: the codes of Contact ID, the classes of supervision, and what stands in a home.

Owns the enumerations. A code is the word on the wire, its member the plain word; who says which is the business of each family.
"""

from enum import auto

from sim.events.kinds import Choice


class DeviceClass(Choice):
    """What stands in a home."""

    PANEL = auto()
    SMOKE_DETECTOR = auto()
    GAS_DETECTOR = auto()
    CALL_HUB = auto()
    PENDANT = auto()
    PULL_CORD = auto()


class AlarmType(Choice):
    """What an alarm is about."""

    BURGLAR = auto()
    SMOKE = auto()
    GAS = auto()
    PERSONAL = auto()  # a press, a fall, a pull cord


class AlarmState(Choice):
    """How far an alarm has come; it latches until it is restored."""

    RAISED = auto()
    CONFIRMED = auto()  # by a second, independent activation
    CANCELLED = auto()  # by the user
    RESTORED = auto()


class Severity(Choice):
    """How bad an alarm is, in the words of X.733 (perceived severity)."""

    WARNING = auto()  # something is coming: a pre-alarm, a low level of gas
    MINOR = auto()
    MAJOR = auto()  # an alarm as it is raised
    CRITICAL = auto()  # confirmed, high, or under duress


class AlarmCause(Choice):
    """Why an alarm was raised: truth, which nobody at the centre knows."""

    BURGLARY = auto()
    ENTRY_ERROR = auto()  # the code too late, or none
    EXIT_ERROR = auto()  # a door not closed in time
    SENSOR_FAULT = auto()
    TAMPERING = auto()
    DURESS = auto()
    FIRE = auto()
    COOKING = auto()
    STEAM = auto()
    DUST = auto()
    TEST = auto()
    GAS_LEAK = auto()
    VAPOUR = auto()  # alcohol, solvents, sprays
    FALL = auto()
    UNWELL = auto()
    ACCIDENT = auto()  # pressed by mistake
    WISH = auto()  # a request that is no emergency
    WEATHER = auto()  # wind, lightning, water
    PET = auto()
    ABSENCE = auto()  # nobody is at home, or nobody stirs


class SupervisionClass(Choice):
    """In which time the loss of a path must be reported, from the longest."""

    H25 = "25h"
    MIN30 = "30min"
    MIN3 = "3min"
    S90 = "90s"


class Path(Choice):
    """Which of a device's ways to the receiver: the main one, or the alternative of a device with two."""

    PRIMARY = auto()
    BACKUP = auto()


class Availability(Choice):
    """What the receiver holds of a device, from best to worst."""

    ONLINE = auto()
    LOW_BATTERY = auto()
    END_OF_LIFE = auto()
    TROUBLE = auto()
    OFFLINE = auto()


class Qualifier(Choice):
    """Whether an event is new (an opening), over (a closing), or still there."""

    NEW = "1"
    RESTORE = "3"
    PRESENT = "6"


class ContactId(Choice):
    """Event codes of Contact ID (SIA DC-05-1999.09), as public receivers list them."""

    MEDICAL = "100"
    PERSONAL_EMERGENCY = "101"
    FAIL_TO_REPORT_IN = "102"
    FIRE = "110"
    SMOKE = "111"
    NEAR_ALARM = "118"
    DURESS = "121"
    BURGLARY = "130"
    PERIMETER = "131"
    INTERIOR = "132"
    ENTRY_EXIT = "134"
    TAMPER = "137"
    INTRUSION_VERIFIER = "139"
    SENSOR_TAMPER = "144"
    GAS_DETECTED = "151"
    AC_LOSS = "301"
    LOW_SYSTEM_BATTERY = "302"
    RADIO_JAM = "344"
    COMMUNICATION_TROUBLE = "350"
    FAILURE_TO_COMMUNICATE = "354"  # what a panel that is back says of the time before; the receiver's own findings are 350 and 356
    LOSS_OF_POLLING = "356"
    EXIT_ERROR = "374"
    SENSOR_TROUBLE = "380"
    LOSS_OF_SUPERVISION = "381"
    RADIO_SENSOR_TAMPER = "383"
    RADIO_LOW_BATTERY = "384"
    MAINTENANCE = "393"
    OPEN_CLOSE = "401"
    CANCEL = "406"
    ARMED_STAY = "441"
    PERIODIC_TEST = "602"
    MANUAL_TEST = "601"
    AUTOMATIC_OPEN_CLOSE = "403"
    BYPASS = "570"
    SWINGER_BYPASS = "575"


class TroubleCause(Choice):
    """Why a device falls silent or complains: truth, which no receiver knows."""

    LINE = auto()  # its own line or gateway
    NETWORK = auto()  # an outage of the district's network
    MAINS = auto()
    BATTERY = auto()
    JAMMING = auto()
    LOST_BEAT = auto()  # nothing at all: a heartbeat and its repeats were lost
    SENSOR = auto()  # dirty, worn out, or broken
    TEST = auto()  # nothing at all: a report that is due
