"""Steps: every event of a record that names a case, in order of time, and to which of several cases with one id it belongs.

Owns reading any kind that has the field `alarm_id`, and the cut between cases. What a case came to is `milestones`' business.
"""

from collections.abc import Mapping

import polars as pl

from devices.alarms.centre.choices import CallOutcome
from devices.alarms.centre.kinds import CALL, CASE, RESPONSE
from devices.alarms.choices import AlarmState, Qualifier
from devices.alarms.fields import ALARM_ID
from devices.alarms.reporting.kinds import ALARM
from sim.ports import EventLog

ID = ALARM_ID.name
# Of the kinds that every case has: the field that says which step it is, and the one that says whose.
WORDS = {
    ALARM.name: ("alarm_state", "severity"),
    CALL.name: ("outcome", "purpose"),
    RESPONSE.name: ("response_step", "service"),
    CASE.name: ("case_step", "case_outcome"),
}
CARRIED = {
    "alarm_type": pl.String(),
    "home": pl.String(),
    "qualifier": pl.String(),
    "real": pl.Boolean(),
    "aggregated": pl.Boolean(),
    "alarm_cause": pl.String(),
    "began_us": pl.Int64(),
    "after_display_s": pl.Float64(),
}
STEPS = pl.Schema(
    {ID: pl.String(), "number": pl.UInt32(), "at_us": pl.Int64(), "kind": pl.String(), "row": pl.UInt32(), "district": pl.String()}
    | {"word": pl.String(), "about": pl.String()}
    | CARRIED
)
Frames = Mapping[str, pl.DataFrame]


def kinds_of_cases(log: EventLog) -> list[str]:
    """Return the kinds of a record whose events name a case, whatever kinds they are."""
    return [kind for kind in log.kinds() if log.frame(kind).collect_schema().get(ID) == pl.String()]


def frames_of_cases(log: EventLog, case: str | None = None) -> dict[str, pl.DataFrame]:
    """Return the events that name a case, or one case, by kind; columns as the record has them."""
    wanted = pl.col(ID).is_not_null() if case is None else pl.col(ID) == case
    return {kind: log.frame(kind).filter(wanted).collect() for kind in kinds_of_cases(log)}


def steps_of(frames: Frames) -> pl.DataFrame:
    """Return the steps of all cases in order of time, columns as in STEPS; `row` is a step's place in the frame of its kind.

    `number` counts the cases of an id: ids of homes that are not simulated go round, and every new call of theirs begins a new case.
    0 is what was left of a case that began before the record.
    """
    if not frames:
        return pl.DataFrame(schema=STEPS)
    steps = pl.concat([_steps(kind, frame) for kind, frame in frames.items()]).sort("at_us", maintain_order=True)
    return steps.with_columns(number=_begins().cum_sum().over(ID)).match_to_schema(STEPS, extra_columns="ignore")


def _steps(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    word, about = WORDS.get(kind, (_word_of(frame), None))

    def text(name: str | None) -> pl.Expr:
        return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, dtype=pl.String)

    return frame.select(
        pl.col(ID),
        number=pl.lit(0, dtype=pl.UInt32),
        at_us=pl.col("time").dt.epoch("us"),
        kind=pl.lit(kind),
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        district=pl.col("district").cast(pl.String),
        word=text(word),
        about=text(about),
        **{name: _carried(frame, name, dtype) for name, dtype in CARRIED.items()},
    )


def _carried(frame: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype)


def _word_of(frame: pl.DataFrame) -> str | None:
    """Return the field of a family's own kind that says which step it is: its first choice that is not told of the case as a whole."""
    chosen = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Enum) and name not in (*CARRIED, "fault")]
    return chosen[0] if chosen else None


def _begins() -> pl.Expr:
    raised = (pl.col("kind") == ALARM.name) & (pl.col("word") == AlarmState.RAISED.word) & (pl.col("qualifier") == Qualifier.NEW.word)
    offered = (pl.col("kind") == CALL.name) & (pl.col("word") == CallOutcome.OFFERED.word) & pl.col("aggregated")
    return (raised | offered).fill_null(value=False)
