"""What is measured between a home and the centre, and promised by default.

Owns declarations. Samples are taken in `register.py`.
"""

from devices.alarms.choices import AlarmType
from sim.figures import Grade
from sim.judge.measures import Measure

_IDS = ("A1", "A2", "A3", "A4")

PANEL_TO_CENTRE = Measure("panel_to_centre_s", unit="s", doc="from an alarm at the device to the centre, by type", plan_ids=_IDS)
REAL_ALARMS = Measure("real_alarms", unit="share", doc="1 for an alarm with an emergency behind it, by type", plan_ids=_IDS)
CONFIRMED = Measure("confirmed", unit="share", doc="1 for an alarm confirmed by a second activation, at its end, by type", plan_ids=_IDS)

MEASURES = (PANEL_TO_CENTRE, REAL_ALARMS, CONFIRMED)

OBJECTIVES = (
    PANEL_TO_CENTRE.share_within(
        10,
        at_least=0.99,
        where=AlarmType.SMOKE.word,
        grade=Grade.B,
        source="GB 50440-2007: device to display at the centre",
    ),
)
