"""What is measured of home alarms and promised by default.

Owns declarations. Samples are taken where things happen.
"""

from devices.alarms.choices import SupervisionClass
from devices.alarms.supervision.figures import REPORTING_TIME
from sim.figures import Grade
from sim.judge.measures import Measure, Statistic

LOSS_DETECTED = Measure(
    "loss_detected_s", unit="s", doc="from the true loss of a path to the receiver's knowledge of it, by class", plan_ids=("A5",)
)
SEEN = Measure("seen_in_window", unit="share", doc="1 for a heartbeat that came when it was due, by class", plan_ids=("A5",))
FALSE_LOSS = Measure("false_loss", unit="share", doc="1 for a path reported as lost on which only a heartbeat was lost", plan_ids=("A5",))
RECONNECTED = Measure("reconnected_s", unit="s", doc="from the end of a trouble until the device is heard again", plan_ids=("A5",))

MEASURES = (LOSS_DETECTED, SEEN, FALSE_LOSS, RECONNECTED)

_CLASSES = "assumption: reporting times of EN 50136-1 by memory"
OBJECTIVES = (
    *(
        LOSS_DETECTED.promise(Statistic.MAX, at_most=seconds, where=each.word, grade=Grade.K, source=_CLASSES)
        for each, seconds in zip(SupervisionClass, REPORTING_TIME.numbers, strict=True)
    ),
    SEEN.share(at_least=0.95, grade=Grade.A, source="a path below 95 % in any 7 days is flagged (manual of a panel to EN 50136-1)"),
)
