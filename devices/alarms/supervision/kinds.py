"""What supervision says: heartbeats and what is found of devices, in the words of Contact ID and EN 50136.

Owns names, types, units, resolutions, tags and QoS. Truth labels ride in the tape and stay off the wire.
"""

from devices.alarms.choices import Availability, Path, SupervisionClass, TroubleCause
from devices.alarms.fields import CODE, DEVICE_CLASS, QUALIFIER
from sim.city.networks import AccessNetwork
from sim.events.kinds import Field, Kind, choice, flag, instant, integer, real, text

SUPERVISION_CLASS: Field = choice("supervision_class", SupervisionClass, tag=True, doc="time in which the loss of a path is reported")

HEARTBEAT = Kind(
    "heartbeat",
    doc="a device says on one of its paths that it is there",
    plan_ids=("A5",),
    qos=0,
    fields=(
        DEVICE_CLASS,
        choice("link", AccessNetwork, tag=True, doc="the access network of the path"),
        SUPERVISION_CLASS,
        choice("path", Path),
        integer("battery_percent", "%"),
        integer("rssi_dbm", "dBm", doc="received signal strength; none on a fixed line"),
        integer("attempts", doc="tries until it was acknowledged"),
        flag("reconnect", doc="sent because a path is back, not because its time had come"),
    ),
)

DEVICE_STATE = Kind(
    "device_state",
    doc="a device is lost, back, in trouble, or tests its way: what the receiver finds it says itself, the rest the device reports",
    plan_ids=("A5",),
    qos=1,
    fields=(
        DEVICE_CLASS,
        choice("availability", Availability, tag=True, doc="of the whole device, from here on"),
        SUPERVISION_CLASS,
        text("about", doc="the device it is about: one that is lost cannot say so itself"),
        CODE,
        QUALIFIER,
        choice("path", Path),
        real("silent_s", "s", 1, doc="since the last heartbeat on the path; none for what the device reports itself"),
        choice("cause", TroubleCause, truth=True),
        flag("real", truth=True, doc="whether something was wrong with the device, its path or its power"),
        instant("began_us", truth=True, doc="when it truly began"),
        real("detected_after_s", "s", 1, truth=True, doc="from the true beginning"),
    ),
)

KINDS = (HEARTBEAT, DEVICE_STATE)
