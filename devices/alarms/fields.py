"""Fields that several kinds of home alarms carry, each said once: a name has one meaning everywhere.

Owns the fields. Their words are in `choices.py`, the kinds in the room of each family.
"""

from devices.alarms.choices import AlarmCause, AlarmType, ContactId, DeviceClass, Qualifier
from sim.city.residents import CommunityType, UserGroup
from sim.events.kinds import Field, choice, flag, instant, integer, real, text

# Where.
HOME: Field = text("home", doc="id of the home")
COMMUNITY: Field = choice("community", CommunityType, tag=True, doc="kind of residential community")
USER_GROUP: Field = choice("user_group", UserGroup, tag=True, doc="whom the plan puts first")
LATITUDE: Field = real("latitude", "deg", 6)
LONGITUDE: Field = real("longitude", "deg", 6)

# What.
ALARM_ID: Field = text("alarm_id", doc="the case")
ALARM_TYPE: Field = choice("alarm_type", AlarmType, tag=True)
DEVICE_CLASS: Field = choice("device_class", DeviceClass, tag=True)
CODE: Field = choice("code", ContactId, doc="event code of Contact ID")
QUALIFIER: Field = choice("qualifier", Qualifier, doc="of Contact ID: 1 new, 3 restored, 6 still present")
PARTITION: Field = integer("partition", doc="part of a panel that is armed by itself, from 1; 0 where there is none")
ZONE: Field = integer("zone", doc="sensor's zone at its panel, from 1; 0 where there is none")

# The truth, on the tape only.
REAL: Field = flag("real", truth=True, doc="whether there is an emergency")
ALARM_CAUSE: Field = choice("alarm_cause", AlarmCause, truth=True, doc="why it was raised")
BEGAN: Field = instant("began_us", truth=True, doc="when it truly began")
