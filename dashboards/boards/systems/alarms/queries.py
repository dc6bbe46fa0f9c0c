"""What the panels of alarms share: stretches, limits, colours, conditions, and the queries that several of them ask.

Owns names and bounds, read from the kinds and objectives of the alarm system.
"""

from dashboards.grafana.board import uid_of
from dashboards.grafana.influxql import Select, equal, ops
from dashboards.grafana.panels import BAD, CALM, GOOD, WARN, Json, column, fixed
from dashboards.grafana.shared import EVERY, limit_of
from devices.alarms.centre.choices import CallOutcome, OperatorState, Purpose, ResponseStep, Service
from devices.alarms.centre.measures import (
    ABANDONED,
    ANSWERED_LATE,
    ANSWERED_SOON,
    ATTENDANCE,
    FORWARD,
    LATE_US,
    LONGEST_WAIT,
    OBJECTIVES,
    SOON_US,
)
from devices.alarms.choices import AlarmState, AlarmType, Availability
from devices.alarms.reporting import measures as reporting
from devices.alarms.supervision import measures as supervision
from devices.alarms.system import DECLARED
from sim.judge.measures import Measure, Statistic
from sim.judge.ops import CENSUS, MEASURED
from sim.units import SECOND_US

NAME = DECLARED.name
CASE_ID = "alarm_id"  # what is chosen at the top, called like the field that it is compared with
NEWEST = 50

SMOOTH = "5m"  # calls and alarms are rare: a minute holds too few of them
SOON_S, LATE_S = SOON_US // SECOND_US, LATE_US // SECOND_US
SOON_LIMIT = limit_of(OBJECTIVES, ANSWERED_SOON.name, Statistic.SHARE)
LATE_LIMIT = limit_of(OBJECTIVES, ANSWERED_LATE.name, Statistic.SHARE)
ABANDONED_LIMIT = limit_of(OBJECTIVES, ABANDONED.name, Statistic.SHARE)
LONGEST_LIMIT_S = limit_of(OBJECTIVES, LONGEST_WAIT.name, Statistic.MAX)
AMBULANCE_LIMIT_S = limit_of(OBJECTIVES, ATTENDANCE.name, Statistic.MEAN, Service.AMBULANCE.word)
FORWARD_LIMIT_S = next(float(each.limit or 0) for each in OBJECTIVES if each.measure == FORWARD.name)
PANEL_LIMIT_S = next(float(each.limit or 0) for each in reporting.OBJECTIVES if each.measure == reporting.PANEL_TO_CENTRE.name)
HELD_UP_LIMIT = limit_of(reporting.OBJECTIVES, reporting.HELD_UP.name, Statistic.SHARE)
SEEN_LIMIT = limit_of(supervision.OBJECTIVES, supervision.SEEN.name, Statistic.SHARE)

RAISED = equal("alarm_state", AlarmState.RAISED.word)
ALARM_CALL = equal("purpose", Purpose.ALARM.word)
OFFERED = f"{ALARM_CALL} AND ({equal('outcome', CallOutcome.OFFERED.word)} OR {equal('outcome', CallOutcome.REDIALLED.word)})"
ANSWERED = f"{ALARM_CALL} AND {equal('outcome', CallOutcome.ANSWERED.word)}"
GIVEN_UP = f"{ALARM_CALL} AND {equal('outcome', CallOutcome.ABANDONED.word)}"
REQUESTED = equal("response_step", ResponseStep.REQUESTED.word)
ARRIVED = equal("response_step", ResponseStep.ARRIVED.word)

TYPE_COLOURS = [fixed(each.word, colour) for each, colour in zip(AlarmType, ("purple", BAD, WARN, CALM), strict=True)]
OPERATOR_COLOURS = [fixed(each.word, colour) for each, colour in zip(OperatorState, (GOOD, CALM, "#8a8f99"), strict=True)]
DEVICE_COLOURS = [fixed(each.word, colour) for each, colour in zip(Availability, (GOOD, "yellow", "purple", WARN, BAD), strict=True)]
NEAR_ALL = 0.9  # where the axis of a share begins that is nearly 1: its promise is in the picture
NO_ALARM = "No home that is simulated has raised an alarm in the time shown: a small scale has few. Calls come from the whole city."
BARS = {"drawStyle": "bars", "stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 55, "lineWidth": 1}


def measured(measure: Measure, fields: str, *, every: str = "") -> Select:
    """Return a query on the samples of a measure, all labels together: `total`, `count`, `p50`, `p95`, `p99`, `max` of each minute."""
    return ops(MEASURED, fields, equal("measure", DECLARED.full(measure.name)), every=every, fill="none" if every else "")


def share_of(measure: Measure, name: str, *, every: str = "") -> Select:
    """Return a query on the share of samples that are 1, under a name."""
    return measured(measure, f'sum("total") / sum("count") AS "{name}"', every=every)


def counted(thing: str, state: str = "", *, every: str = EVERY) -> Select:
    """Return the counts of a thing in a state or in each, by district and minute; without `every` the newest."""
    conditions = [equal("system", NAME), equal("thing", thing), *([equal("state", state)] if state else [])]
    return ops(CENSUS, 'last("count") AS "counted"', " AND ".join(conditions), by=("state", "district"), every=every, fill="none")


def to_the_case(name: str = "case") -> Json:
    """Return the override by which the id of a case in a table leads to all of its steps."""
    address = f"/d/{uid_of(NAME)}?var-run=${{run}}&var-{CASE_ID}=${{__value.raw}}&${{__url_time_range}}"
    return column(name, links=[{"title": "Every step of this case", "url": address, "targetBlank": False}])
