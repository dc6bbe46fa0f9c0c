"""Steps: a slice is changed on its way to the sinks, and nothing behind the change knows of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from brokers.tape.event_log import TapeLog
from brokers.tape.source import TapeSource
from citybeat.running.job import simulate
from citybeat.running.runner import play
from citybeat.running.settings import RunSettings
from sim.events.batches import Slice
from sim.events.digests import digest_of
from sim.events.send_order import in_send_order
from sim.play.faults import Faults
from sim.play.pace import MAX
from sim.scenario import Scenario
from sim.units import MINUTE_US
from tests.lamps import LAMP_POWER, Lamps


def only_lost(piece: Slice) -> Slice:
    """Keep the events of one district that the wire will lose: what no step before the faults could know."""
    kept = [
        batch.take(np.flatnonzero((batch.fault == 1) & (batch.district == batch.roster.districts.find("Xuhui")))) for batch in piece.batches
    ]
    return replace(piece, batches=tuple(kept), send_order=in_send_order(kept))


def test_a_step_after_the_faults_changes_what_tape_books_and_digest_are_about(tmp_path: Path) -> None:
    scenario = Scenario(
        name="lamps", systems=(Lamps(),), districts=("Pudong", "Xuhui"), duration=5 * MINUTE_US, faults=Faults(lost=0.3, late=0.3)
    )
    job = simulate(scenario)
    settings = RunSettings(broker="none", out=tmp_path / "run", environment={})
    result = play(replace(job, steps=(*job.steps, only_lost)), settings, MAX, lambda _progress: None)
    rows = TapeLog(result.folder).frame(LAMP_POWER.name).select(pl.col("district", "fault").cast(pl.String)).unique().collect().rows()
    planned = {kind: books["planned"] for kind, books in result.summary["books"]["kinds"].items()}
    slices = list(TapeSource(result.folder).slices())
    assert rows == [("Xuhui", "lost")]
    assert (
        planned[LAMP_POWER.name]
        == sum(len(batch) for piece in slices for batch in piece.batches if batch.kind.name == LAMP_POWER.name)
        > 20
    )
    assert result.summary["log_digest"] == digest_of(slices)
