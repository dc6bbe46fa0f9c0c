"""The words of the bus system's events, in those of GTFS-Realtime where it has them (reference, enumerations of the same names).

Owns each list and its order, which is the code in the columns. Which kind has which of them is `kinds.py`'s business.
"""

from enum import auto

from sim.events.kinds import Choice


class CurrentStatus(Choice):
    """Where a bus is on its way: GTFS-Realtime, VehicleStopStatus."""

    INCOMING_AT = auto()
    STOPPED_AT = auto()
    IN_TRANSIT_TO = auto()


class OccupancyStatus(Choice):
    """How full a bus is: GTFS-Realtime."""

    EMPTY = auto()
    MANY_SEATS_AVAILABLE = auto()
    FEW_SEATS_AVAILABLE = auto()
    STANDING_ROOM_ONLY = auto()
    CRUSHED_STANDING_ROOM_ONLY = auto()
    FULL = auto()
    NOT_ACCEPTING_PASSENGERS = auto()
    NO_DATA_AVAILABLE = auto()
    NOT_BOARDABLE = auto()


class CongestionLevel(Choice):
    """How a bus gets on: GTFS-Realtime."""

    UNKNOWN_CONGESTION_LEVEL = auto()
    RUNNING_SMOOTHLY = auto()
    STOP_AND_GO = auto()
    CONGESTION = auto()
    SEVERE_CONGESTION = auto()


class ScheduleRelationship(Choice):
    """What a trip is to the timetable: GTFS-Realtime."""

    SCHEDULED = auto()
    ADDED = auto()
    UNSCHEDULED = auto()
    CANCELED = auto()
    REPLACEMENT = auto()
    DUPLICATED = auto()
    DELETED = auto()


class FixType(Choice):
    """GNSS fix: single point, differential, real-time kinematic (the BeiDou augmentation network of the plan, N13)."""

    NONE = auto()
    SINGLE = auto()
    DIFFERENTIAL = auto()
    RTK = auto()


class StopAction(Choice):
    """What a bus does at a stop."""

    ARRIVE = auto()
    DOORS_OPEN = auto()
    DOORS_CLOSE = auto()
    DEPART = auto()
    SKIP = auto()


class DetectedBy(Choice):
    """The sensor that saw it."""

    GPS = auto()
    DOOR = auto()
    BEACON = auto()


class CountMethod(Choice):
    """Who counts riders: automatic passenger counters, or the card readers."""

    APC = auto()
    CARD = auto()


class HeadwayAlert(Choice):
    """What is wrong with a headway."""

    GAP = auto()
    BUNCHING = auto()


class Instruction(Choice):
    """What a dispatcher orders."""

    HOLD = auto()
    INSERT = auto()
    SHORT_TURN = auto()
    SKIP_STOPS = auto()
    SWAP = auto()


class Reason(Choice):
    """Why a dispatcher orders it."""

    BUNCHING = auto()
    GAP = auto()
    LATE_DEPARTURE = auto()
    BREAKDOWN = auto()


class Progress(Choice):
    """How far a trip is."""

    PLANNED = auto()
    DEPARTED = auto()
    COMPLETED = auto()
    BROKEN_DOWN = auto()


class VersionOf(Choice):
    """What comes into force."""

    TIMETABLE = auto()
    FARE = auto()


class Channel(Choice):
    """How the public is reached."""

    SIGN = auto()
    APP = auto()
    SMS = auto()
    RADIO = auto()


class SourceKind(Choice):
    """The kind that an item of information stems from."""

    SIGN_PREDICTION = auto()
    HEADWAY_ALERT = auto()
    TRIP_STATE = auto()
    NETWORK_VERSION = auto()


class VehicleState(Choice):
    """What a vehicle does, as the census counts it."""

    IN_SERVICE = auto()
    RUNNING_EMPTY = auto()
    LAYOVER = auto()
    DEPOT = auto()
    BROKEN_DOWN = auto()
