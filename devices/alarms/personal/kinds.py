"""What hubs say beside their alarms: that nothing stirs, and that they can be heard.

Owns the two kinds of event. An alarm itself is `reporting`'s kind.
"""

from devices.alarms.fields import CODE, COMMUNITY, HOME, QUALIFIER, REAL, USER_GROUP
from devices.alarms.personal.choices import Rule
from sim.events.kinds import Kind, choice, real

INACTIVITY = Kind(
    "inactivity",
    doc="a rule of the small devices is broken: too little water, no door opened or no motion for too long",
    plan_ids=("A4",),
    qos=1,
    fields=(
        choice("rule", Rule, tag=True, doc="water below 0.01 m3 in 12 h, no door in 24 h, no motion in 24 h"),
        COMMUNITY,
        USER_GROUP,
        HOME,
        real("quiet_h", "h", 0, doc="hours with less than the rule asks for"),
        REAL,
    ),
)
TEST_CALL = Kind(
    "test_call",
    doc="a hub tests its way to the centre, once a month; a machine answers, so it is no case for operators",
    plan_ids=("A4",),
    qos=1,
    fields=(USER_GROUP, HOME, CODE, QUALIFIER, real("late_s", "s", 1, doc="after it was due: no path was up")),
)
KINDS = (INACTIVITY, TEST_CALL)
