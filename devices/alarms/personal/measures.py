"""What is measured of emergency calls and promised by default.

Owns declarations. How soon a call is answered, and who comes when, is measured by `centre`, whether it was held up by `reporting`.
"""

from sim.figures import Grade
from sim.judge.measures import Measure
from sim.units import DAY_US, HOUR_US

SOON_US, FOUND_US = HOUR_US, DAY_US
_IDS = ("A4",)

LYING = Measure("lying_s", unit="s", doc="from a fall or collapse until somebody is there, or up again, by who it was", plan_ids=_IDS)
FOUND_SOON = Measure("found_in_1_h", unit="share", doc="1 for somebody who lies and is found, or up, within an hour", plan_ids=_IDS)
FOUND = Measure("found_in_24_h", unit="share", doc="1 for somebody who lies and is found, or up, within 24 h", plan_ids=_IDS)
FALL_DETECTED = Measure("fall_detected", unit="share", doc="1 for a fall that a worn detector reports", plan_ids=_IDS)
LYING_PRESSED = Measure("lying_pressed", unit="share", doc="1 for somebody who lies and presses", plan_ids=_IDS)
WORN = Measure("pendant_worn", unit="share", doc="1 for a pendant that was worn when its user fell", plan_ids=_IDS)
PRESS_PACE = Measure("presses", unit="1/year", doc="presses a user and year, at the pace of an hour", plan_ids=_IDS)
AMBULANCE = Measure("press_ambulance", unit="share", doc="1 for a press that needs an ambulance", plan_ids=_IDS)
INACTIVITY_FALSE = Measure("inactivity_false", unit="share", doc="1 for an alarm of inactivity with nobody in need", plan_ids=_IDS)
TESTED = Measure("tested_in_24_h", unit="share", doc="1 for a test call that came within 24 h of its time", plan_ids=_IDS)

MEASURES = (LYING, FOUND_SOON, FOUND, FALL_DETECTED, LYING_PRESSED, WORN, PRESS_PACE, AMBULANCE, INACTIVITY_FALSE, TESTED)

OBJECTIVES = (
    FOUND.share(at_least=0.9, grade=Grade.K, source="assumption: nobody should lie for a day; the rules of 2020 look back 12-24 h"),
    FALL_DETECTED.share(at_least=0.6, grade=Grade.C, source="below the 80 % of two trials in real life (Gerontology; Sensors 2019)"),
    TESTED.share(at_least=0.95, grade=Grade.K, source="assumption: monthly test call"),
)
