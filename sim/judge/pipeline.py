"""Measures and promises of our own chain: generator, broker, ingest, store.

Owns their names and default bounds, which boards, report and verdict share.
"""

from collections.abc import Sequence

from sim.figures import Grade
from sim.judge.books import Books
from sim.judge.measures import Family, Measure, Objective, Statistic
from sim.judge.meters import Meters, value_of

SEND_LAG = "pipeline.send_lag"
ACK = "pipeline.ack"
STORED_FROM_DUE = "pipeline.stored_from_due"
STORED_FROM_SENT = "pipeline.stored_from_sent"
LOST_QOS0 = "pipeline.lost_qos0"
LOST_QOS1 = "pipeline.lost_qos1"
REJECTED = "pipeline.rejected"
UNSENT = "pipeline.unsent"

# Beyond this the generator was late and the latencies say more about us than about the pipeline.
LATE_GENERATOR_S = 0.5

# Promised of 95 in 100 events; what took longer is counted as over the limit.
STORED_WITHIN_S = 2.0

# The ends of these are stamped by two processes, by the machine's wall clock.
BY_WALL_CLOCK = frozenset({STORED_FROM_DUE, STORED_FROM_SENT})


def _pipeline(name: str, unit: str, doc: str) -> Measure:
    return Measure(name, unit=unit, doc=doc, family=Family.PIPELINE)


PIPELINE_MEASURES: tuple[Measure, ...] = (
    _pipeline(SEND_LAG, "s", "from due to the moment the event left this process: the generator's own lateness"),
    _pipeline(ACK, "s", "from sent to the broker's acknowledgement, QoS 1 only"),
    _pipeline(STORED_FROM_DUE, "s", "from due to the moment the row is queryable"),
    _pipeline(STORED_FROM_SENT, "s", "from sent to the moment the row is queryable"),
    _pipeline(LOST_QOS0, "events", "QoS 0 events planned and not stored, beyond injected faults"),
    _pipeline(LOST_QOS1, "events", "QoS 1 events planned and not stored, beyond injected faults"),
    _pipeline(REJECTED, "events", "events the store or the decoder refused, beyond injected faults"),
    _pipeline(UNSENT, "events", "events received or stored that were never sent: forged, or altered on their way"),
)

ASSUMED = "assumption: a board refreshed every few seconds should not show older data"

PIPELINE_OBJECTIVES: tuple[Objective, ...] = (
    Objective(SEND_LAG, Statistic.P99, at_most=LATE_GENERATOR_S, source="assumption: a tenth of the latency promised"),
    Objective(STORED_FROM_DUE, Statistic.P95, at_most=STORED_WITHIN_S, source=ASSUMED),
    Objective(STORED_FROM_DUE, Statistic.P99, at_most=5.0, source=ASSUMED),
    Objective(LOST_QOS1, Statistic.MAX, at_most=0, required=True, grade=Grade.A, source="MQTT 5.0, 4.3.2: at least once"),
    Objective(LOST_QOS0, Statistic.MAX, at_most=0, source="assumption: nothing is lost on a clean loopback"),
    Objective(REJECTED, Statistic.MAX, at_most=0, source="assumption: what we send is well formed"),
    Objective(UNSENT, Statistic.MAX, at_most=0, required=True, source="assumption: a store holds what was sent, nothing else"),
)


# Counted at the end, by event time in the store, or by arrival.
BY_STAGE = (LOST_QOS0, LOST_QOS1, REJECTED)


def stages_judged(objectives: Sequence[Objective]) -> frozenset[str]:
    """Return the stages of which a promise on losses speaks."""
    return frozenset(each.stage for each in objectives if each.stage and each.measure in (LOST_QOS0, LOST_QOS1))


def generator_was_late(meters: Meters) -> bool:
    """Return whether the generator itself was late beyond its bound, so that latencies are invalid."""
    lag = value_of(meters.select(SEND_LAG), Statistic.P99)
    return lag > LATE_GENERATOR_S


def spoiled(meters: Meters, clock_step_us: int) -> frozenset[str]:
    """Return the measures whose samples say nothing of the pipeline.

    They are all latencies of a late generator, and those that two processes time by a wall clock which was set meanwhile.
    """
    timed = frozenset(measure.name for measure in PIPELINE_MEASURES if measure.unit == "s")
    return (timed if generator_was_late(meters) else frozenset()) | (BY_WALL_CLOCK if clock_step_us else frozenset())


def record_books(meters: Meters, books: Books) -> None:
    """Turn final books into the samples that their objectives judge."""
    if not books.kinds:
        return
    meters.record(LOST_QOS0, [float(books.lost_at(0))])
    meters.record(LOST_QOS1, [float(books.lost_at(1))])
    meters.record(REJECTED, [float(books.rejected())])
    if books.compared:
        meters.record(UNSENT, [float(books.total().unsent)])
