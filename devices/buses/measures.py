"""What is measured of bus operation and promised by default.

Owns declarations. Samples are taken where things happen: in `regularity.py`, `sensors/`,
`driving/` and `dispatch/`.
"""

from sim.figures import Grade
from sim.judge.measures import Measure, Objective
from sim.units import MINUTE_US

EARLY_LIMIT_US, LATE_LIMIT_US = -1 * MINUTE_US, 5 * MINUTE_US  # a departure between them is punctual
IN_TIME = f"{-EARLY_LIMIT_US // MINUTE_US} min early to {LATE_LIMIT_US // MINUTE_US} min late"

HEADWAY = Measure(
    "headway_ratio",
    unit="ratio",
    doc="headway over the planned one, by quarter of the line; its CV is the regularity",
    plan_ids=("B3",),
)
BUNCHED = Measure(
    "bunched", unit="share", doc="1 for a headway below a quarter of the planned one, by quarter of the line", plan_ids=("B3",)
)
PUNCTUAL = Measure("punctual_departure", unit="share", doc=f"1 for a departure from the terminal {IN_TIME}", plan_ids=("B3",))
OPERATED = Measure("trips_operated", unit="share", doc="1 for a trip completed, 0 for one cancelled or broken down", plan_ids=("B3",))
WAIT = Measure("wait_s", unit="s", doc="a rider's wait for the next bus of the line", plan_ids=("B1",))
CROWDED = Measure("crowded", unit="share", doc="1 for a departure with more than 80 % of the places taken", plan_ids=("B4",))
LEFT_BEHIND = Measure("left_behind", unit="share", doc="1 for a rider left behind by a full bus, 0 for one who boards", plan_ids=("B4",))
MISSED = Measure("missed_arrival", unit="share", doc="1 for an arrival that no sensor reported", plan_ids=("B1",))
REPORT_DELAY = Measure("report_delay_s", unit="s", doc="from a departure to the centre's knowledge of it", plan_ids=("B1",))
COUNT_ERROR = Measure("count_error", unit="ratio", doc="relative error of a trip's counted boardings", plan_ids=("B4",))
DISPATCH_WAIT = Measure("dispatch_wait_s", unit="s", doc="an alert's wait in the dispatcher's queue", plan_ids=("B3",))
DISPATCH_LATENCY = Measure("dispatch_latency_s", unit="s", doc="from the centre's alert to the driver's instruction", plan_ids=("B3",))

MEASURES: tuple[Measure, ...] = (
    HEADWAY,
    BUNCHED,
    PUNCTUAL,
    OPERATED,
    WAIT,
    CROWDED,
    LEFT_BEHIND,
    MISSED,
    REPORT_DELAY,
    COUNT_ERROR,
    DISPATCH_WAIT,
    DISPATCH_LATENCY,
)

FIRST_QUARTER, MIDDLE, LAST_QUARTER = "first_quarter", "middle", "last_quarter"

_SEEN = "positions of a US city: CV 0.29-0.45 in the first quarter of stops, 0.36-0.60 in the last"

OBJECTIVES: tuple[Objective, ...] = (
    HEADWAY.cv(at_most=0.45, where=FIRST_QUARTER, grade=Grade.C, source=_SEEN),
    HEADWAY.cv(at_most=0.60, where=LAST_QUARTER, grade=Grade.C, source=_SEEN),
    PUNCTUAL.share(at_least=0.90, grade=Grade.B, source="-1 to +5 min; targets mostly 90-97 % (TCQSM 1st ed.)"),
    OPERATED.share(at_least=0.98, grade=Grade.K, source="assumption"),
    CROWDED.share(at_most=0.10, grade=Grade.K, source="assumption"),
    LEFT_BEHIND.share(at_most=0.02, grade=Grade.K, source="assumption"),
    MISSED.share(at_most=0.05, grade=Grade.K, source="assumption"),
    REPORT_DELAY.p95(at_most=30, grade=Grade.A, source="GTFS Realtime Best Practices: refresh every 30 s"),
    COUNT_ERROR.share_within(0.10, at_least=0.90, grade=Grade.B, source="±5 % class; 91-105 % in a test (UTA)"),
    DISPATCH_LATENCY.p95(at_most=300, grade=Grade.K, source="assumption: before the next stop but one"),
)
