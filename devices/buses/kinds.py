"""The kinds of event of the bus system (B1-B6, N13), in the words of GTFS and GTFS-Realtime.

Owns names, types, units, resolutions, tags and QoS. Truth labels ride in the tape and stay off the wire.
"""

from devices.buses.choices import (
    Channel,
    CongestionLevel,
    CountMethod,
    CurrentStatus,
    DetectedBy,
    FixType,
    HeadwayAlert,
    Instruction,
    OccupancyStatus,
    Progress,
    Reason,
    ScheduleRelationship,
    SourceKind,
    StopAction,
    VersionOf,
)
from sim.events.kinds import Field, Kind, choice, flag, instant, integer, real, text
from sim.toolkit.availability import DeviceState

SYSTEM = "buses"

ROUTE: Field = text("route", tag=True, doc="GTFS route_id")
DIRECTION: Field = choice("direction_id", "0", "1", tag=True, doc="GTFS direction_id")
TRIP: Field = text("trip", doc="GTFS trip_id")
START_DATE: Field = text("start_date", doc="service day of the trip, YYYYMMDD")
STOP: Field = text("stop", doc="GTFS stop_id")
STOP_SEQUENCE: Field = integer("stop_sequence", doc="place of the stop in the trip, from 0")


VEHICLE_POSITION = Kind(
    "vehicle_position",
    doc="where a bus reports itself to be; without a trip on an empty run, with the route that it serves next",
    plan_ids=("B1", "N13"),
    qos=0,
    device_tag=True,
    fields=(
        ROUTE,
        DIRECTION,
        TRIP,
        START_DATE,
        real("latitude", "deg", 6),
        real("longitude", "deg", 6),
        real("bearing_deg", "deg", 0),
        real("speed_m_s", "m/s", 1),
        integer("odometer_m", "m", doc="metres since the vehicle's first trip of the run"),
        integer("current_stop_sequence"),
        choice("current_status", CurrentStatus),
        choice("occupancy_status", OccupancyStatus),
        choice("congestion_level", CongestionLevel),
        choice("fix_type", FixType),
        real("hdop", "", 1, doc="horizontal dilution of precision"),
        real("true_latitude", "deg", 6, truth=True),
        real("true_longitude", "deg", 6, truth=True),
    ),
)

STOP_EVENT = Kind(
    "stop_event",
    doc="what the arrival sensors say of a bus at a stop",
    plan_ids=("B1",),
    qos=1,
    fields=(
        ROUTE,
        DIRECTION,
        choice("stop_action", StopAction, tag=True),
        choice("detected_by", DetectedBy, tag=True),
        TRIP,
        START_DATE,
        STOP,
        STOP_SEQUENCE,
        instant("scheduled_us"),
        integer("delay_s", "s", doc="detected minus scheduled; positive is late"),
        real("dwell_s", "s", 1, doc="doors open to doors close; on depart only"),
        real("headway_s", "s", 1, doc="since the last detected departure of the line here; on depart only"),
        instant("true_us", truth=True, doc="when it really happened"),
        flag("false_hit", truth=True, doc="no bus was there"),
    ),
)

PASSENGER_COUNT = Kind(
    "passenger_count",
    doc="what the door counters say after a stop",
    plan_ids=("B4",),
    qos=1,
    fields=(
        ROUTE,
        DIRECTION,
        choice("method", CountMethod, tag=True),
        TRIP,
        START_DATE,
        STOP,
        integer("boarded", "persons"),
        integer("alighted", "persons"),
        integer("left_behind", "persons"),
        integer("on_board", "persons"),
        integer("capacity", "persons"),
        choice("occupancy_status", OccupancyStatus),
        integer("true_boarded", "persons", truth=True),
        integer("true_alighted", "persons", truth=True),
        integer("true_on_board", "persons", truth=True),
    ),
)

SIGN_PREDICTION = Kind(
    "sign_prediction",
    doc="what an electronic stop sign shows: the next arrivals of a line",
    plan_ids=("B2",),
    qos=0,
    fields=(
        ROUTE,
        DIRECTION,
        STOP,
        TRIP,
        START_DATE,
        integer("horizon_s", "s", doc="predicted arrival minus now"),
        instant("predicted_us"),
        integer("uncertainty_s", "s", doc="half-width of the 80 % interval"),
        STOP_SEQUENCE,
    ),
)

SIGN_ARRIVAL = Kind(
    "sign_arrival",
    doc="the truth about `sign_prediction`: a bus comes to a stop with a sign (same trip, start_date and stop_sequence)",
    plan_ids=("B2",),
    qos=0,
    label=True,
    fields=(
        TRIP,
        START_DATE,
        STOP,
        STOP_SEQUENCE,
        instant("true_arrival_us", truth=True, doc="when the bus really came, or passed by"),
    ),
)

SIGN_STATE = Kind(
    "sign_state",
    doc="an electronic stop sign goes online, offline or stale",
    plan_ids=("B2",),
    qos=1,
    device_tag=True,
    fields=(
        choice("state", DeviceState, tag=True),
        STOP,
        integer("last_update_s", "s", doc="age of what it shows"),
    ),
)

HEADWAY_ALERT = Kind(
    "headway_alert",
    doc="the centre sees a gap or a bunch",
    plan_ids=("B3",),
    qos=1,
    fields=(
        ROUTE,
        DIRECTION,
        choice("alert", HeadwayAlert, tag=True),
        TRIP,
        STOP,
        real("headway_s", "s", 1),
        real("scheduled_headway_s", "s", 1),
    ),
)

DISPATCH = Kind(
    "dispatch",
    doc="a dispatcher's instruction to a driver",
    plan_ids=("B3",),
    qos=1,
    fields=(
        ROUTE,
        choice("instruction", Instruction, tag=True),
        TRIP,
        STOP,
        real("hold_s", "s", 1),
        choice("reason", Reason),
        real("waited_s", "s", 1, doc="from the alert to the instruction, in the dispatcher's queue"),
    ),
)

TRIP_STATE = Kind(
    "trip_state",
    doc="a trip is planned, departs, completes or breaks down",
    plan_ids=("B3",),
    qos=1,
    fields=(
        ROUTE,
        choice("schedule_relationship", ScheduleRelationship, tag=True),
        choice("progress", Progress, tag=True),
        TRIP,
        START_DATE,
        text("vehicle"),
        text("block"),
        instant("scheduled_us"),
        integer("delay_s", "s"),
    ),
)

NETWORK_VERSION = Kind(
    "network_version",
    doc="a timetable or a fare table comes into force",
    plan_ids=("B5",),
    qos=1,
    retain=True,
    fields=(
        choice("version_of", VersionOf, tag=True),
        text("version"),
        instant("valid_from_us"),
    ),
)

PUBLICATION = Kind(
    "publication",
    doc="an item of information reaches a channel of the public",
    plan_ids=("B6",),
    qos=0,
    fields=(
        choice("channel", Channel, tag=True),
        choice("source_kind", SourceKind),
        real("latency_s", "s", 2, doc="from the centre's knowledge to the channel"),
        integer("audience", "persons", doc="persons the item can reach there"),
    ),
)

KINDS: tuple[Kind, ...] = (
    VEHICLE_POSITION,
    STOP_EVENT,
    PASSENGER_COUNT,
    SIGN_PREDICTION,
    SIGN_ARRIVAL,
    SIGN_STATE,
    HEADWAY_ALERT,
    DISPATCH,
    TRIP_STATE,
    NETWORK_VERSION,
    PUBLICATION,
)
