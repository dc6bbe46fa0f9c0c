"""What a tester can compute of predictions from the tape is what the verdict says."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from brokers.tape.event_log import TapeLog
from brokers.tape.header import TapeHeader
from brokers.tape.sink import TapeSink
from brokers.tape.source import TapeSource
from devices.buses.kinds import SIGN_ARRIVAL
from devices.buses.system import Buses
from sim.engine.engine import Engine, kinds_of, labels_of
from sim.events.batches import WITHHELD, Slice
from sim.events.digests import digest_of
from sim.scenario import SLICE_US, Scenario
from sim.units import HOUR_US, MINUTE_US

BUCKETS = {"0-3": (0, 3, -0.5, 1.5), "3-6": (3, 6, -1.0, 2.5), "6-10": (6, 10, -1.0, 3.5), "10-15": (10, 15, -1.5, 4.5)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Slice]]:
    """A rush hour, on tape, and its slices."""
    scenario = Scenario(name="signs", systems=(Buses(),), scale=0.01, start=8 * HOUR_US, duration=HOUR_US)
    engine, folder, pieces = Engine(scenario), tmp_path_factory.mktemp("run"), []
    systems = scenario.systems
    hours = engine.hours
    header = TapeHeader(kinds_of(systems), SLICE_US, hours.start_us, hours.end_us, hours.calendar.zone, labels=labels_of(systems))
    sink = TapeSink(folder / "tape", header)
    for piece in engine.slices():
        sink.stage(piece)
        sink.put(piece, 0, len(piece.send_order))
        pieces.append(piece)
    sink.settle(60)
    return folder, pieces


@pytest.fixture(scope="module")
def joined(recorded: tuple[Path, list[Slice]]) -> pl.DataFrame:
    """Every prediction up to 25 minutes ahead beside what came of it, in minutes."""
    log = TapeLog(recorded[0])
    truth = log.frame("sign_arrival").select("trip", "start_date", "stop_sequence", "true_arrival_us")
    rows = log.frame("sign_prediction").filter(pl.col("horizon_s") <= 25 * 60)
    both = rows.join(truth, on=["trip", "start_date", "stop_sequence"], how="left", validate="m:1").collect()
    late = pl.col("true_arrival_us") - pl.col("predicted_us")
    ahead = pl.col("true_arrival_us") - pl.col("time").dt.epoch("us")
    return both.with_columns(late_us=late, ahead_us=ahead).with_columns(
        came=(pl.col("ahead_us") >= 0).fill_null(value=False) & (pl.col("late_us") <= 30 * MINUTE_US).fill_null(value=False)
    )


def samples(pieces: list[Slice], measure: str, where: str = "") -> np.ndarray:
    found = [each.values for piece in pieces for each in piece.samples if (each.measure, each.where) == (measure, where)]
    return np.concatenate(found)


def test_most_predictions_have_a_label_once_the_run_is_over(joined: pl.DataFrame) -> None:
    due = joined.filter(pl.col("predicted_us") < pl.col("predicted_us").max() - 60 * MINUTE_US)
    assert due["true_arrival_us"].is_not_null().mean() > 0.97


@pytest.mark.parametrize("bucket", BUCKETS)
def test_accuracy_error_and_bias_are_those_of_the_verdict(bucket: str, recorded: tuple[Path, list[Slice]], joined: pl.DataFrame) -> None:
    first, last, early, late = BUCKETS[bucket]
    mine = joined.filter(pl.col("came") & (pl.col("ahead_us") >= first * MINUTE_US) & (pl.col("ahead_us") < last * MINUTE_US))
    right = mine["late_us"].is_between(round(early * MINUTE_US), round(late * MINUTE_US))
    judged = samples(recorded[1], "buses.eta_accuracy", bucket)
    assert (len(mine), int(right.sum())) == (len(judged), int(judged.sum()))
    assert len(mine) > 200
    late_s = np.sort(mine["late_us"].to_numpy() / 1e6)
    np.testing.assert_allclose(late_s, np.sort(samples(recorded[1], "buses.eta_bias_s", bucket)))
    np.testing.assert_allclose(np.sort(np.abs(late_s)), np.sort(samples(recorded[1], "buses.eta_error_s", bucket)))


def test_the_interval_covers_what_the_verdict_says_which_is_four_of_five(recorded: tuple[Path, list[Slice]], joined: pl.DataFrame) -> None:
    came = joined.filter("came")
    covered = came["late_us"].abs() <= came["uncertainty_s"] * 1_000_000
    judged = samples(recorded[1], "buses.eta_covered")
    assert (len(covered), int(covered.sum())) == (len(judged), int(judged.sum()))
    assert 0.75 < covered.mean() < 0.85


def test_predictions_whose_bus_did_not_come_are_the_verdicts(recorded: tuple[Path, list[Slice]], joined: pl.DataFrame) -> None:
    end_us = recorded[1][-1].span.end_us
    given_up = pl.col("predicted_us") < end_us - 30 * MINUTE_US
    phantom = joined.filter(~pl.col("came") & (pl.col("true_arrival_us").is_not_null() | given_up))
    assert len(phantom) == int(samples(recorded[1], "buses.phantom_arrival").sum()) > 0


def test_labels_stay_on_the_tape_and_are_replayed_and_digested(recorded: tuple[Path, list[Slice]]) -> None:
    folder, pieces = recorded
    assert all(batch.kind.name != SIGN_ARRIVAL.name for piece in pieces for batch in piece.batches)
    labels = [label for piece in pieces for label in piece.labels]
    assert all((label.release_us == WITHHELD).all() for label in labels)
    assert "sign_arrival" not in TapeLog(folder).kinds()
    again = list(TapeSource(folder).slices())
    assert sum(len(label) for piece in again for label in piece.labels) == sum(map(len, labels)) > 500
    assert digest_of(again) == digest_of(pieces)
    labels[-1].columns["true_arrival_us"][-1] += 1
    assert digest_of(again) != digest_of(pieces)
    labels[-1].columns["true_arrival_us"][-1] -= 1
