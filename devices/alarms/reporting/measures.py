"""What is measured between a home and the centre, and promised by default.

Owns declarations. Samples are taken in `register.py` and `transmission.py`. EN 50136-1 judges the last 1,000 events or 31 days; all
events of a run are judged here, which no class of the homes that are simulated has more of in a day.
"""

from devices.alarms.choices import AlarmType, SupervisionClass
from devices.alarms.reporting.figures import TRANSMISSION_TIMES
from sim.figures import Grade
from sim.judge.measures import Measure, Statistic

_IDS = ("A1", "A2", "A3", "A4")
HELD_UP_WORD = "held up"  # the label of alarms for which no path was up

PANEL_TO_CENTRE = Measure(
    "panel_to_centre_s",
    unit="s",
    doc="from an alarm at the device to the centre, by type; those that found no path up have a label of their own",
    plan_ids=_IDS,
)
TRANSMISSION = Measure(
    "transmission_s", unit="s", doc="from a message on a path that is up to its acknowledgement, by class of supervision", plan_ids=_IDS
)
HELD_UP = Measure("held_up", unit="share", doc="1 for an alarm that had to wait for a path, by type", plan_ids=_IDS)
HELD_UP_FOR = Measure("held_up_for_s", unit="s", doc="how long alarms waited for a path, by what kept it", plan_ids=_IDS)
MISSED = Measure(
    "missed_real_alarms", unit="alarms", doc="real alarms that had not reached the centre at the end though a path was up", plan_ids=_IDS
)
UNDER_WAY = Measure(
    "real_alarms_under_way", unit="alarms", doc="real alarms that were just being sent at the end, or had no path", plan_ids=_IDS
)
REAL_ALARMS = Measure("real_alarms", unit="share", doc="1 for an alarm with an emergency behind it, by type", plan_ids=_IDS)
CONFIRMED = Measure("confirmed", unit="share", doc="1 for an alarm confirmed by a second activation, at its end, by type", plan_ids=_IDS)

MEASURES = (PANEL_TO_CENTRE, TRANSMISSION, HELD_UP, HELD_UP_FOR, MISSED, UNDER_WAY, REAL_ALARMS, CONFIRMED)

_EN = "assumption: transmission times of EN 50136-1 by memory"
OBJECTIVES = (
    PANEL_TO_CENTRE.share_within(
        10,
        at_least=0.99,
        where=AlarmType.SMOKE.word,
        grade=Grade.B,
        source="GB 50440-2007: device to display at the centre; 99 % is an assumption",
    ),
    *(
        TRANSMISSION.promise(statistic, at_most=seconds, where=each.word, grade=Grade.K, source=_EN)
        for each, times in zip(SupervisionClass, TRANSMISSION_TIMES, strict=True)
        for statistic, seconds in zip((Statistic.MEAN, Statistic.P95, Statistic.MAX), times.numbers, strict=True)
    ),
    HELD_UP.share(
        at_most=0.05, grade=Grade.C, source="a path is up for 95 % of 7 days (manual of a panel to EN 50136-1): of alarms as of time"
    ),
    MISSED.promise(
        Statistic.SUM,
        at_most=0,
        required=True,
        grade=Grade.B,
        source="GA/T 368-2001 and GB 50394-2007: no missed alarm is allowed; alarms go at QoS 1",
    ),
)
