"""A summary is written and read in one place: what was written comes back, an earlier one is read, a later one refused in a sentence."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from devices.buses.system import Buses
from sim.city.profile import Stage
from sim.errors import DiskError, UsageError
from sim.events.batches import Mark
from sim.judge.books import Books
from sim.judge.measures import Family, Measure, Objective, Statistic
from sim.judge.meters import Meters
from sim.judge.promises import Promise, promise_text
from sim.judge.verdict import Judged, Verdict
from sim.notes import Note
from sim.summary import SCHEMA, ClosedBooks, IngestTrust, RunSummary, from_content, measured, read
from sim.units import HOUR_US, MINUTE_US

START_US = 1_425_250_800_000_000
PROMISE = Objective("a.lag", Statistic.P95, at_most=2.0, where="tap", stage="rush", required=True, source="a study")
LAG = Measure("a.lag", unit="s", doc="how long it took", family=Family.PIPELINE)
# What testers' scripts read; a name more is welcome, one less or another is a new number of the layout.
KEYS = (
    "schema run scenario title replay_of again seed scale scenario_digest log_digest wire_digest "
    "speed shift_us zone start_us end_us reached_us clock_step_us elapsed_s verdict why exit_code "
    "interrupted failure dry broker ingest books objectives measures series ops_unwritten figures "
    "happenings stages notes versions machine "
)
COUNTS = {"planned", "withheld", "sent", "acked", "refused", "received", "duplicated", "spooled", "stored", "lost", "late", "unsent"}
REASONS = {"rejected", "injected", "foreign"}


def books() -> Books:
    kept = Books()
    for name in ("tap", "call"):
        row = kept.of(name, 1)
        row.planned, row.stored, row.sent, row.acked, row.received, row.late = 5, 4, 5, 5, 4, 1
        row.rejected["type"] += 1
        row.injected["lost"] += 1
    return kept


def summary_of(**more: Any) -> RunSummary:  # noqa: ANN401 - of a summary
    meters = Meters()
    meters.record(LAG.name, [0.5, 1.5], where="tap")
    known: dict[str, Any] = {
        "schema_number": SCHEMA,
        "run": "0a1b2c3d",
        "scenario": "lit",
        "seed": 7,
        "zone": "Asia/Shanghai",
        "start_us": START_US,
        "end_us": START_US + HOUR_US,
        "speed": 60.0,
        "verdict": Verdict.FAIL,
        "ingest": IngestTrust(proven=False, ignored_statuses={"unproven": 3}),
        "books": ClosedBooks.from_books(books()),
        "objectives": (Promise.from_judged(Judged(PROMISE, "s", math.nan, 3, 100, Verdict.NO_DATA)),),
        "measures": measured([LAG], meters),
        "figures": Buses.declared.figures,
        "happenings": (Mark(START_US, "stage", "rush"),),
        "stages": (Stage("rush", START_US, START_US + MINUTE_US, 1.5, until=2.0),),
        "notes": (Note("2 trips were left out", 2, "trips.txt", 7),),
    }
    return RunSummary(**known | more)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    summary = summary_of()
    summary.write(tmp_path / "summary.json")
    assert read(tmp_path) == summary
    assert read(tmp_path).objectives[0].objective() == PROMISE
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_the_names_that_scripts_read_stay() -> None:
    content = summary_of().as_dict()
    assert list(content) == KEYS.split()
    assert set(content["books"]["total"]) == COUNTS | REASONS
    assert set(content["books"]["kinds"]["tap"]) == COUNTS | REASONS | {"qos"}
    assert list(content["books"]["kinds"]) == ["call", "tap"]
    assert content["books"]["total"]["lost"] == 2
    row = content["objectives"][0]
    assert (row["value"], row["verdict"], row["bound"], row["sense"], row["needed"]) == (None, "no data", 2.0, "at most", 100)
    assert (row["where"], row["stage"], row["statistic"], row["grade"]) == ("tap", "rush", "p95", "K")
    assert [(each["where"], each["count"], each["max"]) for each in content["measures"]] == [("", 2, 1.5), ("tap", 2, 1.5)]
    assert content["notes"][0]["text"] == summary_of().notes[0].text()
    assert content["ingest"] == {"proven": False, "ignored_statuses": {"unproven": 3}}


def test_a_dry_run_says_nothing_of_broker_and_ingest() -> None:
    content = summary_of(ingest=IngestTrust()).as_dict()
    assert (content["ingest"], content["broker"]) == ({}, {})


def test_numbers_of_numpy_are_numbers_in_the_file() -> None:
    assert summary_of(happenings=(Mark(np.int64(START_US), "stage", "rush"),)).as_dict()["happenings"][0]["at_us"] == START_US


def test_a_summary_of_an_earlier_citybeat_is_read_though_it_has_no_number_and_fewer_names() -> None:
    needed = {"run", "scenario", "seed", "zone", "start_us", "end_us", "verdict", "books"}
    earlier = {key: value for key, value in summary_of().as_dict().items() if key in needed}
    assert from_content(earlier).schema_number == 0
    assert from_content(earlier).books == summary_of().books
    assert from_content(earlier | {"happenings": [{"at_us": START_US, "what": "stage", "text": "rush"}]}).marks == summary_of().marks


def test_a_summary_of_a_later_citybeat_is_refused_in_one_sentence() -> None:
    with pytest.raises(UsageError, match=rf"a later citybeat wrote it \(schema 2, and this one reads up to {SCHEMA}\): use that one$"):
        from_content({"schema": 2, "verdict": "splendid"})


def test_a_summary_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "summary.json" / "inside").mkdir(parents=True)
    with pytest.raises(DiskError, match="choose another --out"):
        summary_of().write(tmp_path / "summary.json")
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


@pytest.mark.parametrize(
    ("objective", "unit", "text"),
    [
        (Objective("a.b", Statistic.SHARE_WITHIN, limit=90, at_least=0.99), "s", "share within 1m30s ≥ 99 %"),
        (Objective("a.b", Statistic.P95, at_most=0.5, where="tap"), "s", "p95 [tap] ≤ 500ms"),
        (Objective("a.b", Statistic.CV, at_most=0.6), "s", "cv ≤ 0.6"),
        (Objective("a.b", Statistic.COUNT, at_least=10), "s", "count ≥ 10"),
        (Objective("a.b", Statistic.MAX, at_most=0), "events", "max ≤ 0 events"),
    ],
)
def test_a_promise_is_spelled_with_its_units(objective: Objective, unit: str, text: str) -> None:
    assert promise_text(Promise.unjudged(objective, unit)) == text
