"""What is measured of the centre and promised by default.

Owns declarations. Samples are taken in `ledger.py`, `casebook.py`, `handling.py`, `responders.py` and `pace.py`.
"""

from devices.alarms.centre.choices import Service
from devices.alarms.choices import AlarmType
from sim.figures import Grade
from sim.judge.measures import Measure, Statistic
from sim.units import HOUR_US, SECOND_US

SOON_US, LATE_US = 60 * SECOND_US, 180 * SECOND_US  # the limits of TSA / TEC Quality for telecare
ATTENDED_US = HOUR_US
OTHERS = (Service.POLICE, Service.FIRE, Service.AMBULANCE, Service.UTILITY)  # than community workers, who have a promise of their own
_IDS = ("A1", "A2", "A3", "A4")

ANSWERED_SOON = Measure(
    "answered_in_60_s", unit="share", doc="1 for a call answered within 60 s of being offered; one abandoned is 0", plan_ids=_IDS
)
ANSWERED_LATE = Measure(
    "answered_in_180_s", unit="share", doc="1 for a call answered within 180 s of being offered; one abandoned is 0", plan_ids=_IDS
)
ANSWER_WAIT = Measure("answer_wait_s", unit="s", doc="wait of an answered call: the first reaction", plan_ids=_IDS)
ABANDONED = Measure(
    "abandoned", unit="share", doc="1 for a caller who gave up, 0 for one answered; signals cannot give up", plan_ids=("A4",)
)
REDIALS = Measure("redialled", unit="share", doc="1 for an abandoned call that was dialled again", plan_ids=("A4",))
HANDLING = Measure("handling_s", unit="s", doc="an operator's time for one call", plan_ids=_IDS)
DECISION = Measure("decision_s", unit="s", doc="from the alarm to what the operator decides", plan_ids=_IDS)
FORWARD = Measure("forward_s", unit="s", doc="from a confirmed fire to its display at 119", plan_ids=("A2",))
ATTENDANCE = Measure("attendance_s", unit="s", doc="from the request of a service to its arrival", plan_ids=_IDS)
ATTENDED = Measure("attended_in_60_min", unit="share", doc="1 for a service that arrives within 60 min of its request", plan_ids=_IDS)
FALSE_DISPATCH = Measure("false_dispatch", unit="share", doc="1 for a service that found nothing", plan_ids=_IDS)
FALSE_POLICE_CALLS = Measure(
    "false_police_calls",
    unit="1/year",
    doc="false dispatches of the police a burglar alarm system and year, by stretches of 8 system-years",
    plan_ids=("A1",),
)
POLICE_REFUSED = Measure("police_refused", unit="share", doc="1 when the police do not come to a burglar alarm by policy", plan_ids=("A1",))
FALSE_IN_A_DAY = Measure("false_alarms_in_a_day", unit="alarms", doc="false alarms of a home within a day, at each", plan_ids=_IDS)
LONGEST_WAIT = Measure("longest_wait_s", unit="s", doc="the longest wait of those who wait, at the end of each slice", plan_ids=_IDS)

MEASURES = (
    ANSWERED_SOON,
    ANSWERED_LATE,
    ANSWER_WAIT,
    ABANDONED,
    REDIALS,
    HANDLING,
    DECISION,
    FORWARD,
    ATTENDANCE,
    ATTENDED,
    FALSE_DISPATCH,
    FALSE_POLICE_CALLS,
    POLICE_REFUSED,
    FALSE_IN_A_DAY,
    LONGEST_WAIT,
)

_TSA = "TSA / TEC Quality, telecare, monthly (Tendring Council audit report): of calls offered"
_COMES = "assumption: whoever is asked for comes; a time of arrival alone says nothing of those who never arrive"
_ANKANG = "police bulletins of Ankang: on scene within 5 min 62-71 %"

OBJECTIVES = (
    ANSWERED_SOON.share(at_least=0.975, grade=Grade.B, source=_TSA),
    ANSWERED_LATE.share(at_least=0.99, grade=Grade.B, source=_TSA),
    ANSWERED_SOON.share(
        at_least=0.985, where=AlarmType.SMOKE.word, grade=Grade.K, source="assumption: EN 50518, fire and hold-up within 60 s"
    ),
    ABANDONED.share(at_most=0.03, grade=Grade.K, source="assumption"),
    LONGEST_WAIT.promise(Statistic.MAX, at_most=600, grade=Grade.K, source="assumption: nobody waits for ten minutes, not even burglary"),
    FORWARD.share_within(3, at_least=0.99, grade=Grade.B, source="GB 50440-2007: confirmed alarm to the fire command centre within 3 s"),
    ATTENDANCE.mean(at_most=900, where=Service.AMBULANCE.word, grade=Grade.K, source="assumption: Shanghai 120 measured 12.4 min (2019)"),
    ATTENDANCE.share_within(300, at_least=0.4, where=Service.POLICE.word, grade=Grade.K, source=f"assumption, well below {_ANKANG}"),
    ATTENDED.share(at_least=0.95, where=Service.COMMUNITY.word, grade=Grade.B, source="UL 827: response time declared 5-45 (60) min"),
    *(ATTENDED.share(at_least=0.75, where=each.word, grade=Grade.K, source=_COMES) for each in OTHERS),
    FALSE_POLICE_CALLS.promise(
        Statistic.MEAN, at_most=0.5, grade=Grade.B, source="Model States Program, False Alarm Factor: homes 0.5 a system and year"
    ),
)
