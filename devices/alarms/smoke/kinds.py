"""What a detector says beside its alarms: events that the centre recognises and opens no case for.

Owns the kind of event. An alarm is the shared kind `alarm`; a dirty chamber and the end of life are supervision's `device_state`.
"""

from devices.alarms.choices import Severity
from devices.alarms.fields import ALARM_CAUSE, BEGAN, CODE, COMMUNITY, HOME, QUALIFIER, ZONE
from devices.alarms.smoke.choices import DetectorStep, DetectorType, Distance
from sim.events.kinds import Kind, choice

DETECTOR_EVENT = Kind(
    "detector_event",
    doc="a smoke detector sounds before it reports an alarm (118), is silenced by somebody at home in time, or is tested (601, 602)",
    plan_ids=("A2",),
    qos=1,
    fields=(
        choice("detector_step", DetectorStep, tag=True),
        choice("detector_type", DetectorType, tag=True, doc="what it senses smoke by"),
        choice("kitchen_distance", Distance, doc="to the stove, ft"),
        choice("severity", Severity, tag=True, doc="perceived severity, X.733"),
        COMMUNITY,
        HOME,
        ZONE,
        CODE,
        QUALIFIER,
        ALARM_CAUSE,
        BEGAN,
    ),
)
