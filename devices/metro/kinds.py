"""The kinds of event of the metro (N7), its measures and promises, and the words for its stations and lines.

Owns names, types, units and bounds. Taps are no kind of the metro: it tells entries and exits, and who hears them makes taps of them.
"""

from enum import auto

from devices.metro.figures import BUSIEST_GATE, GATE_TAPS
from sim.events.kinds import Choice, Kind, choice, integer, real
from sim.judge.measures import Measure, Objective, Statistic


class StationState(Choice):
    """How a station is, by the persons in it against what its platforms take."""

    CLOSED = auto()
    CALM = auto()
    BUSY = auto()
    CROWDED = auto()


class LineCondition(Choice):
    """Whether the trains of a line move."""

    RUNNING = auto()
    STANDSTILL = auto()


STATION_FLOW = Kind(
    "station_flow",
    doc="what a metro station counts in a minute, and who is in it at its end",
    plan_ids=("N7",),
    qos=1,
    device_tag=True,
    fields=(
        choice("station_state", StationState, tag=True),
        integer("entered", "persons", doc="passed the gates inwards in the minute"),
        integer("exited", "persons", doc="passed the gates outwards in the minute"),
        integer("waiting", "persons", doc="on the platforms, for a train"),
        integer("inside", "persons", doc="between gate and train, in either direction"),
        integer("gates_open", "gates"),
        real("occupancy", "share", 3, doc="persons inside over those who are not yet a crowd"),
    ),
)
LINE_STATE = Kind(
    "line_state",
    doc="a metro line runs, or stands still",
    plan_ids=("N7",),
    qos=1,
    retain=True,
    fields=(choice("line_condition", LineCondition, tag=True),),
)
KINDS = (STATION_FLOW, LINE_STATE)

GATE_WAIT = Measure(
    "gate_wait_s", unit="s", doc="a rider's wait at the gates, in and out; at a small scale gates are too many", plan_ids=("N7",)
)
GATE_RATE = Measure("gate_taps", unit="taps/min", doc="passages of one gate in a minute in which anybody passed", plan_ids=("N7",))
TRAIN_WAIT = Measure("train_wait_s", unit="s", doc="a rider's wait on the platform for the first train", plan_ids=("N7",))
JOURNEY = Measure("journey_s", unit="s", doc="from gate to gate", plan_ids=("N7",))
OCCUPANCY = Measure("occupancy", unit="ratio", doc="persons in a station over those who are not yet a crowd, by minute", plan_ids=("N7",))
TURNED_AWAY = Measure("turned_away", unit="share", doc="1 for a rider who turns away because the line stands", plan_ids=("N7",))
MEASURES = (GATE_WAIT, GATE_RATE, TRAIN_WAIT, JOURNEY, OCCUPANCY, TURNED_AWAY)

OBJECTIVES: tuple[Objective, ...] = (
    GATE_WAIT.p95(at_most="10s"),
    GATE_RATE.p95(at_most=float(GATE_TAPS), grade=GATE_TAPS.grade, source=GATE_TAPS.source),
    GATE_RATE.promise(Statistic.MAX, at_most=float(BUSIEST_GATE), grade=BUSIEST_GATE.grade, source=BUSIEST_GATE.source),
    TRAIN_WAIT.p95(at_most="6m", source="assumption: the longest headway of the day"),
    OCCUPANCY.p99(at_most=1),
    TURNED_AWAY.share(at_most="1%"),
)
