"""What a home says of its alarms, whatever they are about.

Owns the kind of event. What else panels, valves and hubs say is the business of each family.
"""

from devices.alarms.choices import AlarmState, Severity
from devices.alarms.fields import (
    ALARM_CAUSE,
    ALARM_ID,
    ALARM_TYPE,
    BEGAN,
    CODE,
    COMMUNITY,
    HOME,
    LATITUDE,
    LONGITUDE,
    PARTITION,
    QUALIFIER,
    REAL,
    USER_GROUP,
    ZONE,
)
from sim.events.kinds import Kind, choice

ALARM = Kind(
    "alarm",
    doc="an alarm of a home is raised, confirmed by a second activation, cancelled by the user, or restored",
    plan_ids=("A1", "A2", "A3", "A4"),
    qos=1,
    fields=(
        ALARM_TYPE,
        choice("severity", Severity, tag=True, doc="perceived severity, X.733"),
        choice("alarm_state", AlarmState, tag=True),
        COMMUNITY,
        USER_GROUP,
        HOME,
        LATITUDE,
        LONGITUDE,
        PARTITION,
        ZONE,
        CODE,
        QUALIFIER,
        ALARM_ID,
        REAL,
        ALARM_CAUSE,
        BEGAN,
    ),
)
