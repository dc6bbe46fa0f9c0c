"""A promise on the pipeline for one stage of the load profile is judged by what happened in that stage."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from citybeat.running.accounts.stage_books import StageBooks
from citybeat.running.job import simulate
from sim.city.profile import ProfileStage
from sim.events.batches import Slice
from sim.events.kinds import Kind
from sim.judge.measures import Objective, Statistic
from sim.judge.pipeline import LOST_QOS0, LOST_QOS1, UNSENT
from sim.scenario import Scenario
from sim.units import HOUR_US, SECOND_US
from tests.citybeat.commands import citybeat, inside, street
from tests.lamps import Lamps

STAGED = """from sim.judge.measures import Objective, Statistic
from sim.city.profile import ProfileStage

stages = [ProfileStage(lasting="80s", name="calm"), ProfileStage(lasting="100s", name="rush", until=2)]
promises = [
    Objective("pipeline.send_lag", Statistic.P50, at_most="5s", stage="calm"),
    Objective("pipeline.stored_from_due", Statistic.P50, at_most="5s", stage="rush"),
    Objective("pipeline.lost_qos0", Statistic.MAX, at_most=0, stage="calm"),
    Objective("pipeline.lost_qos0", Statistic.MAX, at_most=0, stage="rush"),
    Objective("pipeline.lost_qos1", Statistic.MAX, at_most=0, stage="rush"),
    Objective("pipeline.rejected", Statistic.MAX, at_most=0, stage="rush"),
    Objective("pipeline.lost_qos0", Statistic.MAX, at_most=0),
]
"""


def staged_street(folder: Path) -> str:
    """Write a street of two stages with a promise on each measure of the pipeline."""
    script = street(folder, duration='"3m"')
    text = (folder / script).read_text().replace("    speed=60", "    speed=60,\n    profile=stages,\n    objectives=promises")
    (folder / script).write_text(STAGED + text)
    return script


def verdicts(summary: dict[str, list[dict[str, str]]]) -> dict[tuple[str, str], str]:
    return {(row["measure"].removeprefix("pipeline."), row["stage"]): row["verdict"] for row in summary["objectives"] if row["stage"]}


def test_every_promise_on_a_stage_of_the_pipeline_is_judged_also_by_a_replay(tmp_path: Path) -> None:
    script = staged_street(tmp_path)
    ended = citybeat("run", script, "--json", cwd=tmp_path)
    summary = json.loads(ended.stdout)
    assert [(stage["name"], (stage["end_us"] - stage["start_us"]) // 10**6) for stage in summary["stages"]] == [("calm", 80), ("rush", 100)]
    wanted = {("send_lag", "calm"), ("stored_from_due", "rush"), ("lost_qos0", "calm"), ("lost_qos0", "rush"), ("lost_qos1", "rush")}
    assert [(stage["multiplier"], stage["until"]) for stage in summary["stages"]] == [(1.0, None), (1.0, 2.0)]
    assert "rush begins: demand × 1 to × 2" in [mark["text"] for mark in summary["happenings"]]
    assert verdicts(summary) == dict.fromkeys(wanted | {("rejected", "rush")}, "pass"), summary["objectives"]
    again = json.loads(inside(tmp_path, "replay", "last", "--speed", "max", "--json"))
    assert again["stages"] == summary["stages"]
    unpaced = dict.fromkeys([("send_lag", "calm"), ("stored_from_due", "rush")], "no data")  # at max nothing is due
    assert {where: verdict for where, verdict in verdicts(again).items() if verdict != "pass"} == unpaced


class Forgetful:
    """A store that holds all events of some slices but the last report in the second stage; wire time is an hour later."""

    def __init__(self, pieces: Sequence[Slice], lost_after_us: int) -> None:
        self.batches = [batch for piece in pieces for batch in piece.batches]
        self.lost_after_us = lost_after_us

    def held(self, _run: str, kind: Kind, start_us: int, end_us: int) -> pl.DataFrame:
        rows = [
            (str(device), int(time_us) + HOUR_US)
            for batch in self.batches
            if batch.kind.name == kind.name
            for device, time_us in zip(batch.device, batch.time_us, strict=True)
            if kind.name != "lamp_power" or time_us < self.lost_after_us
        ]
        frame = pl.DataFrame(rows, schema={"district": pl.String, "t": pl.Int64}, orient="row")
        return frame.filter(pl.col("t") >= start_us, pl.col("t") < end_us)


def test_a_loss_counts_for_the_stage_in_which_its_event_happened() -> None:
    profile = (ProfileStage(lasting="80s", name="calm"), ProfileStage(lasting="100s", name="rush"))
    job = simulate(
        Scenario(name="street", systems=[Lamps(interval="2s")], districts=["Xuhui"], duration="3m", warm_up="0s", profile=profile)
    )
    pieces = list(job.source.slices())
    books = StageBooks(job.profile.stages)
    for piece in pieces:
        books.plan(piece, None)
    store: Any = Forgetful(pieces, lost_after_us=job.start_us + 176 * SECOND_US)
    books.count(store, "0a1b2c3d", job.kinds, HOUR_US)
    lamp_power = {name: stage.of("lamp_power") for name, stage in books.books.items()}
    assert {name: (each.planned, each.lost) for name, each in lamp_power.items()} == {"calm": (200, 0), "rush": (250, 10)}
    meters = books.meters()
    assert [meters.select(LOST_QOS0, stage=stage).greatest for stage in ("calm", "rush")] == [0, 10_000_000]
    assert meters.select(LOST_QOS1, stage="rush").greatest == 0


def test_a_stage_of_what_is_only_counted_as_a_whole_is_refused() -> None:
    promise = Objective(UNSENT, Statistic.MAX, at_most=0, stage="calm")
    with pytest.raises(ValueError, match="counted over the whole run; leave out the stage 'calm'"):
        Scenario(name="street", systems=[Lamps()], profile=(ProfileStage(lasting="80s", name="calm"),), objectives=(promise,))
