"""Milestones: what each case came to, as one row, and the waits between its milestones.

Owns the milestones from the true beginning to the reset. The steps themselves are `steps`' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import polars as pl

from dashboards.cases.steps import ID
from devices.alarms.centre.choices import CallOutcome, CaseStep, Purpose, ResponseStep
from devices.alarms.centre.kinds import CALL, CASE, RESPONSE
from devices.alarms.choices import AlarmState
from devices.alarms.reporting.kinds import ALARM
from sim.units import SECOND_US

# Each wait ends at its milestone; it began at the milestone before it that the case has.
MILESTONES = {
    "began_us": "",
    "raised_us": "until it was detected",
    "shown_us": "on its way to the centre",
    "answered_us": "in the queue",
    "decided_us": "until it was decided",
    "arrived_us": "until help was there",
    "closed_us": "until it was closed",
    "restored_us": "until it was reset",
}
OPEN, NOT_REPORTED = "open", "not_reported"
ANSWERING = (Purpose.ALARM.word, Purpose.CALL_BACK.word)


@dataclass(frozen=True, slots=True)
class Wait:
    """A stretch of a case between two milestones, city time, µs."""

    what: str
    from_us: int
    to_us: int

    @property
    def lasting_us(self) -> int:
        """Return how long it was."""
        return self.to_us - self.from_us


def cases_of(steps: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each case, in order of its first step: id and number, what it is about, milestones, services sent, outcome.

    A milestone that a case does not have is null, and so is all truth of a case without. `outcome` is `open` for one not closed, and
    `not_reported` for an alarm that was reset before the centre heard of it.
    """
    first = pl.col("at_us").min()
    grouped = steps.group_by(ID, "number", maintain_order=True).agg(
        pl.col("alarm_type", "home", "real", "aggregated", "alarm_cause", "began_us").drop_nulls().first(),
        pl.col("district").filter(pl.col("kind") == ALARM.name).first().alias("home_district"),
        first.alias("first_us"),
        pl.col("at_us").max().alias("last_us"),
        pl.len().alias("steps"),
        _first(ALARM.name, AlarmState.RAISED.word).alias("raised_us"),
        pl.coalesce(_first(CALL.name, CallOutcome.OFFERED.word), _shown()).alias("shown_us"),
        _first(CALL.name, CallOutcome.ANSWERED.word, ANSWERING).alias("answered_us"),
        _first(CASE.name, CaseStep.DECIDED.word).alias("decided_us"),
        _first(RESPONSE.name, ResponseStep.ARRIVED.word).alias("arrived_us"),
        _last(CASE.name, CaseStep.CLOSED.word).alias("closed_us"),
        _last(ALARM.name, AlarmState.RESTORED.word).alias("restored_us"),
        pl.col("about").filter(_sent()).unique(maintain_order=True).alias("services"),
        _at(CASE.name, CaseStep.CLOSED.word, "about").last().fill_null(OPEN).alias("outcome"),
    )
    return grouped.with_columns(district=pl.coalesce("home_district", _district_of_id()), outcome=_outcome()).drop("home_district")


def waits_of(case: Mapping[str, Any]) -> list[Wait]:
    """Return the waits of a case one after the other, without gap: they add up to the time from its first milestone to its last."""
    there: list[tuple[str, int]] = []
    for name, what in MILESTONES.items():
        at_us = case[name]
        if at_us is not None and (not there or at_us >= there[-1][1]):
            there.append((what, at_us))
    return [Wait(what, before_us, at_us) for (_, before_us), (what, at_us) in pairwise(there)]


def _at(kind: str, word: str, column: str) -> pl.Expr:
    return pl.col(column).filter((pl.col("kind") == kind) & (pl.col("word") == word))


def _first(kind: str, word: str, abouts: tuple[str, ...] | None = None) -> pl.Expr:
    chosen = (pl.col("kind") == kind) & (pl.col("word") == word)
    return pl.col("at_us").filter(chosen if abouts is None else chosen & pl.col("about").is_in(abouts)).min()


def _last(kind: str, word: str) -> pl.Expr:
    return _at(kind, word, "at_us").max()


def _shown() -> pl.Expr:
    """Return when the centre showed a case that began before the record, to a tenth of a second, as its own steps count from it."""
    return (pl.col("at_us") - (pl.col("after_display_s") * SECOND_US).round().cast(pl.Int64)).min()


def _sent() -> pl.Expr:
    """Return the steps of help that was sent, before the record or in it."""
    return (pl.col("kind") == RESPONSE.name) & (pl.col("word") != ResponseStep.REFUSED.word)


def _outcome() -> pl.Expr:
    settled = pl.col("raised_us").is_not_null() & pl.col("restored_us").is_not_null() & pl.col("shown_us").is_null()
    return pl.when(settled & (pl.col("outcome") == OPEN)).then(pl.lit(NOT_REPORTED)).otherwise("outcome")


def _district_of_id() -> pl.Expr:
    """Return the district that an id names, `smoke-Pudong-017`: what the centre says of a case carries the centre's own."""
    return pl.col(ID).str.extract(r"^[^-]+-(.+?)(?:-home-\d+)?-\d+$", 1)
