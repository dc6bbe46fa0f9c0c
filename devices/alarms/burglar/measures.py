"""What is measured of burglar alarms, and promised by default.

Owns declarations. Samples are taken in `arming.py`, `plan.py` and `incidents.py`.
"""

from sim.figures import Grade
from sim.judge.measures import Measure

_IDS = ("A1",)
WIRED, WIRELESS = "wired", "wireless"  # labels of `DETECTOR_TO_PANEL`
_GAT = "GA/T 368-2001, GB 50394-2007"

DETECTOR_TO_PANEL = Measure("detector_to_panel_s", unit="s", doc="from a detector to its panel, wired or wireless", plan_ids=_IDS)
ARMED_WHEN_EMPTY = Measure("armed_when_empty", unit="share", doc="1 for an empty home that is armed, as people come back", plan_ids=_IDS)
EXIT_ERRORS = Measure("exit_errors", unit="share", doc="1 for an arming at which the door stays open", plan_ids=_IDS)
ABORTED = Measure("aborted", unit="share", doc="1 for an error at entry or exit put right before anything is sent", plan_ids=_IDS)
USER_ERRORS = Measure("user_errors", unit="share", doc="1 for a false burglar alarm by an error at entry or exit", plan_ids=_IDS)
CANCELLED = Measure("cancelled", unit="share", doc="1 for a false burglar alarm closed as cancelled, before help is sent", plan_ids=_IDS)
COVERED = Measure("burglaries_covered", unit="share", doc="1 for a burglary that meets an armed panel", plan_ids=_IDS)

MEASURES = (DETECTOR_TO_PANEL, ARMED_WHEN_EMPTY, EXIT_ERRORS, ABORTED, USER_ERRORS, CANCELLED, COVERED)

OBJECTIVES = (
    DETECTOR_TO_PANEL.share_within(2, at_least=0.99, where=WIRED, grade=Grade.B, source=f"{_GAT}: hard-wired in 2 s"),
    DETECTOR_TO_PANEL.share_within(3, at_least=0.99, where=WIRELESS, grade=Grade.B, source=f"{_GAT}: wireless, first zone in 3 s"),
)
