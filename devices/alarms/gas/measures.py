"""What is measured of gas alarms and promised by default.

Owns declarations. Samples are taken where things happen.
"""

from devices.alarms.gas.choices import Valve
from sim.figures import Grade
from sim.judge.measures import Measure, Statistic

_IDS = ("A3",)
RISER = "riser"  # label of gas that comes from the building: no valve of a flat stops it
TOO_LATE_S = 30.0  # a detector that has not alarmed by then has missed it

GAS_RESPONSE = Measure("gas_response_s", unit="s", doc="from gas at the low level to the alarm, of real leaks", plan_ids=_IDS)
LEAK_MISSED = Measure("leak_missed", unit="share", doc="1 for a real leak above the low level without an alarm within 30 s", plan_ids=_IDS)
VALVE_CLOSED = Measure("valve_closed_s", unit="s", doc="from the high alarm to the closed valve", plan_ids=_IDS)
VALVE_FAILED = Measure("valve_failed", unit="share", doc="1 for a valve that did not close at the high alarm", plan_ids=_IDS)
UTILITY_TOLD = Measure("utility_told_s", unit="s", doc="from the alarm of a real leak to the request of the gas utility", plan_ids=_IDS)
PEAK = Measure("gas_peak_percent", unit="%LEL", doc="highest concentration of a real leak, by what the valve did, or riser", plan_ids=_IDS)

MEASURES = (GAS_RESPONSE, LEAK_MISSED, VALVE_CLOSED, VALVE_FAILED, UTILITY_TOLD, PEAK)

OBJECTIVES = (
    GAS_RESPONSE.promise(
        Statistic.MAX, at_most=TOO_LATE_S, grade=Grade.K, source="assumption: GB 15322 by memory, 30 s at 1.6 times the set point"
    ),
    LEAK_MISSED.share(at_most=0.0, grade=Grade.B, source="GA/T 368 of intrusion systems, applied here: no missed alarm is allowed"),
    VALVE_CLOSED.p95(at_most=10, grade=Grade.K, source="assumption"),
    VALVE_FAILED.share(at_most=0.05, grade=Grade.K, source="assumption"),
    UTILITY_TOLD.share_within(300, at_least=0.95, grade=Grade.K, source="assumption: answered, verified and passed on within 5 min"),
    PEAK.promise(
        Statistic.MAX, at_most=100, where=Valve.CLOSED.word, grade=Grade.K, source="assumption: no explosive air where the valve worked"
    ),
)
