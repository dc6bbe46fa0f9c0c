"""What a panel says of its arming.

Owns the kind of event. Alarms are the business of `reporting`.
"""

from devices.alarms.burglar.choices import Arming
from devices.alarms.fields import CODE, COMMUNITY, HOME, PARTITION, QUALIFIER, USER_GROUP, ZONE
from sim.events.kinds import Kind, choice, integer

PANEL_STATE = Kind(
    "panel_state",
    doc="a partition of a burglar panel is armed, disarmed or delayed, or a zone of it is bypassed; codes are those of Contact ID",
    plan_ids=("A1",),
    qos=1,
    fields=(
        COMMUNITY,
        USER_GROUP,
        choice("arming", Arming, tag=True, doc="how far the partition is armed from now on"),
        HOME,
        CODE,
        QUALIFIER,
        PARTITION,
        ZONE,
        integer("user_code", doc="number of the user at the panel, from 1; 0 for the panel itself, 99 for a keyholder"),
    ),
)
