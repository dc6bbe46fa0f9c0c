"""What is measured of smoke alarms and promised by default.

Owns declarations. Samples are taken where things happen.
"""

from devices.alarms.smoke.choices import Hearing, Start
from devices.alarms.smoke.figures import TOO_MANY
from sim.figures import Grade
from sim.judge.measures import Measure, Statistic

_IDS = ("A2",)

DETECTED = Measure(
    "smoke_detected_s", unit="s", doc="from the true start of a fire to its detector's response, by how it starts", plan_ids=_IDS
)
HEARD = Measure(
    "fires_heard",
    unit="share",
    doc="1 for a fire whose alarm is at the centre within 10 min of its response, 0 for one missed, by whether it could be heard",
    plan_ids=_IDS,
)
REPORTED = Measure("fire_reported_s", unit="s", doc="from the true start of a fire to its alarm: detected, and verified", plan_ids=_IDS)
FIRE_ATTENDED = Measure("fire_attended_s", unit="s", doc="from the true start of a fire until the brigade is there", plan_ids=_IDS)
AT_ATTENDANCE = Measure("fire_at_attendance_kw", unit="kW", doc="heat release of a fire when the brigade is there", plan_ids=_IDS)
CONFINED = Measure("fire_confined_to_room", unit="share", doc="1 for a fire attended before its room flashes over", plan_ids=_IDS)
HUSHED = Measure("smoke_hushed_in_time", unit="share", doc="1 for cooking smoke silenced at the detector before it reports", plan_ids=_IDS)
SILENCED = Measure(
    "smoke_silenced", unit="share", doc="1 for a false alarm that somebody at home cancels before the centre closes it", plan_ids=_IDS
)
NUISANCE = Measure(
    "nuisance_alarms", unit="1/year", doc="false smoke alarms reported a detector home and year, at the slice's pace", plan_ids=_IDS
)
A_SITE_AND_DAY = Measure(
    "false_alarms_of_a_site", unit="alarms", doc="false smoke alarms of the same home within a day, at each of them", plan_ids=_IDS
)

MEASURES = (DETECTED, REPORTED, HEARD, FIRE_ATTENDED, AT_ATTENDANCE, CONFINED, HUSHED, SILENCED, NUISANCE, A_SITE_AND_DAY)

OBJECTIVES = (
    HEARD.share(
        at_least=1, where=Hearing.WORKING.word, grade=Grade.K, source="assumption: no fire goes unheard whose detector has power and a path"
    ),
    DETECTED.share_within(
        240, at_least=0.9, where=Start.FLAMING.word, grade=Grade.K, source="assumption: flames within 4 min, as in the tests of UL 217"
    ),
    CONFINED.share(at_least=0.5, grade=Grade.K, source="assumption: most home fires stay in their room"),
    A_SITE_AND_DAY.promise(
        Statistic.MAX, at_most=float(TOO_MANY), grade=Grade.B, source="GB 50440-2007: more than 5 a day from one site must be dealt with"
    ),
)
