"""What a gas detector and its valve say, beside the alarm.

Owns the two kinds of event. Their words are in `choices.py`.
"""

from devices.alarms.fields import ALARM_ID, HOME
from devices.alarms.gas.choices import GasLevel, Valve
from sim.events.kinds import Kind, choice, flag, real

GAS_SAMPLE = Kind(
    "gas_sample",
    doc="what a gas detector shows: now and then in clean air, at every change of level, and often while it is above normal",
    plan_ids=("A3",),
    qos=0,
    fields=(
        choice("gas_level", GasLevel, tag=True),
        HOME,
        real("lel_percent", "%", 1, doc="of the lower explosive limit, as the sensor shows it"),
        flag("valve_open"),
        real("gas_percent", "%", 1, truth=True, doc="of the lower explosive limit, as it is"),
    ),
)

VALVE_STATE = Kind(
    "valve_state",
    doc="the shut-off valve of a gas detector has closed, has failed to, or is open again",
    plan_ids=("A3",),
    qos=1,
    fields=(
        choice("valve", Valve, tag=True),
        HOME,
        ALARM_ID,
        real("closed_after_s", "s", 1, doc="from the high alarm until it was closed"),
    ),
)
