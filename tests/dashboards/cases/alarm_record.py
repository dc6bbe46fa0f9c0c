"""A record of the alarm centre that a test writes line by line: kinds as the tape has them, each with the columns that cases are read from.

Owns the columns. `at` is in seconds after START_US.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from brokers.tape.header import tape_schema
from devices.alarms.centre.kinds import CALL, CASE, RESPONSE
from devices.alarms.gas.kinds import VALVE_STATE
from devices.alarms.reporting.kinds import ALARM
from devices.alarms.system import DECLARED
from sim.city.declared import Declared
from sim.events.batches import CensusRow
from sim.events.kinds import Kind
from sim.units import SECOND_US

START_US = 1_421_228_400_000_000  # 2015-01-14 17:40 in Shanghai
KINDS = {kind.name: kind for kind in (ALARM, CALL, RESPONSE, CASE, VALVE_STATE)}


@dataclass
class AlarmRecord:
    """What a report reads of a run: rows by kind, in the order in which they were said."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    declared: Sequence[Declared] = (DECLARED,)
    more: dict[str, pl.DataFrame] = field(default_factory=dict)
    counted: list[dict[str, Any]] = field(default_factory=list)

    def say(self, kind: Kind, at_s: float, alarm_id: str, **columns: object) -> None:
        """Add an event."""
        at_us = START_US + round(at_s * SECOND_US)
        there = {"time": at_us, "district": "Huangpu", "device": "alarm-centre", "seq": 0, "alarm_id": alarm_id}
        self.rows.setdefault(kind.name, []).append(there | columns)

    def raised(self, at_s: float, alarm_id: str, *, real: bool, began_s: float, cause: str = "fire", word: str = "raised") -> None:
        told = {"real": real, "alarm_cause": cause, "began_us": START_US + round(began_s * SECOND_US), "district": "Putuo"}
        qualifier = {"restored": "3"}.get(word, "1")
        kind = alarm_id.split("-", maxsplit=1)[0]
        self.say(ALARM, at_s, alarm_id, alarm_type=kind, alarm_state=word, qualifier=qualifier, home="Putuo-home-00012", **told)

    def call(self, at_s: float, alarm_id: str, outcome: str, *, aggregated: bool = True, real: bool = False, **more: object) -> None:
        told = {"alarm_type": alarm_id.split("-", maxsplit=1)[0], "purpose": "alarm", "aggregated": aggregated, "real": real, "priority": 1}
        self.say(CALL, at_s, alarm_id, outcome=outcome, **(told | more))

    def response(self, at_s: float, alarm_id: str, service: str, step: str, *, aggregated: bool = True, real: bool = False) -> None:
        told = {"alarm_type": alarm_id.split("-", maxsplit=1)[0], "service": service, "aggregated": aggregated, "real": real}
        self.say(RESPONSE, at_s, alarm_id, response_step=step, **told)

    def case(self, at_s: float, alarm_id: str, step: str, outcome: str, *, aggregated: bool = True, real: bool = False) -> None:
        told = {"alarm_type": alarm_id.split("-", maxsplit=1)[0], "aggregated": aggregated, "real": real}
        self.say(CASE, at_s, alarm_id, case_step=step, case_outcome=outcome, **told)

    def kinds(self) -> list[str]:
        return [*self.rows, *self.more]

    def frame(self, kind: str) -> pl.LazyFrame:
        if kind in self.more:
            return self.more[kind].lazy()
        schema = tape_schema(KINDS[kind])
        rows = [{name: row.get(name) for name in schema} for row in self.rows[kind]]
        whole = {name: pl.Int64() if name in ("time", "release") else dtype for name, dtype in schema.items()}
        return pl.DataFrame(rows, schema=whole).cast(pl.Schema(schema)).lazy().sort("time", maintain_order=True)

    def census(self) -> list[CensusRow]:
        return []

    def counts(self) -> pl.LazyFrame:
        schema = {"slice_end": pl.Datetime("us", "UTC"), "system": pl.String, "thing": pl.String, "state": pl.String}
        return pl.LazyFrame(self.counted, schema=schema | {"district": pl.String, "count": pl.Int64})


def a_fire(record: AlarmRecord, alarm_id: str = "smoke-Putuo-home-00012-1") -> None:
    """Let a fire break out, be detected after 40 s, be answered and attended to, and be over after half an hour."""
    own = {"aggregated": False, "real": True}
    record.raised(40, alarm_id, real=True, began_s=0)
    record.call(42, alarm_id, "offered", **own)
    record.call(45, alarm_id, "answered", **own, wait_s=3.0, operator=4)
    record.raised(50, alarm_id, real=True, began_s=0, word="confirmed")
    record.case(60, alarm_id, "decided", "attended", **own)
    for service, arrives_s in (("fire", 480), ("keyholder", 900)):
        record.response(60, alarm_id, service, "requested", **own)
        record.response(90, alarm_id, service, "accepted", **own)
        record.response(arrives_s, alarm_id, service, "arrived", **own)
        record.response(arrives_s + 600, alarm_id, service, "closed", **own)
    record.call(200, alarm_id, "ended", **own, handling_s=155.0)
    record.case(1500, alarm_id, "closed", "attended", **own)
    record.raised(1800, alarm_id, real=True, began_s=0, word="restored")


def a_press(record: AlarmRecord, alarm_id: str, at_s: float, *, waits_s: float = 10, lasting_s: float = 90) -> None:
    """Let somebody at a home that is not simulated press, talk, and need nobody."""
    record.call(at_s, alarm_id, "offered")
    record.call(at_s + waits_s, alarm_id, "answered", wait_s=float(waits_s), operator=2)
    record.case(at_s + waits_s + lasting_s / 2, alarm_id, "decided", "talked_over")
    record.call(at_s + waits_s + lasting_s, alarm_id, "ended", handling_s=float(lasting_s))
    record.case(at_s + waits_s + lasting_s, alarm_id, "closed", "talked_over")
