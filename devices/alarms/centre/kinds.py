"""What the centre says: its calls, the responses that it asks for, and what becomes of each case.

Owns the three kinds of event. Their words are in `choices.py`.
"""

from devices.alarms.centre.choices import CallOutcome, CaseOutcome, CaseStep, Finding, Purpose, Refusal, ResponseStep, Service
from devices.alarms.fields import ALARM_ID, ALARM_TYPE, REAL
from sim.events.kinds import Kind, choice, flag, integer, real

_CASE = (
    ALARM_ID,
    REAL,
    flag("aggregated", truth=True, doc="of a home that is not simulated itself"),
)

CALL = Kind(
    "call",
    doc="a call to the centre or by it, as it goes on",
    plan_ids=("A1", "A2", "A3", "A4"),
    qos=1,
    fields=(
        ALARM_TYPE,
        choice("purpose", Purpose, tag=True),
        choice("outcome", CallOutcome, tag=True),
        integer("priority", tag=True, doc="0 goes first"),
        real("wait_s", "s", 1, doc="from offered to answered or abandoned"),
        real("handling_s", "s", 1, doc="from answered to ended"),
        integer("operator", doc="position at the centre"),
        *_CASE,
    ),
)

RESPONSE = Kind(
    "response",
    doc="help that the centre asks for, step by step",
    plan_ids=("A1", "A2", "A3", "A4"),
    qos=1,
    fields=(
        ALARM_TYPE,
        choice("service", Service, tag=True),
        choice("response_step", ResponseStep, tag=True),
        choice("finding", Finding, doc="once closed"),
        choice("refusal", Refusal, doc="once refused"),
        real("after_request_s", "s", 1, doc="since the service was asked"),
        *_CASE,
    ),
)

CASE = Kind(
    "case",
    doc="what becomes of an alarm at the centre: decided, closed, and too many false ones of a home in a day",
    plan_ids=("A1", "A2", "A3", "A4"),
    qos=1,
    fields=(
        ALARM_TYPE,
        choice("case_step", CaseStep, tag=True),
        choice("case_outcome", CaseOutcome, tag=True),
        real("after_display_s", "s", 1, doc="since the alarm was shown at the centre"),
        integer("false_alarms", doc="of this home within a day; fire, gas and burglary"),
        *_CASE,
    ),
)
