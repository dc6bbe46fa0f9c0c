"""A report draws what there is: no picture without data, no crash for anything that is missing, wrong or out of measure."""

import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.report import write_report
from dashboards.report.page import render
from dashboards.report.systems.buses.bunching import LONGEST_US, most_bunched
from scenarios.loader import load, override
from sim.errors import UsageError
from sim.events.batches import CensusRow
from sim.scenario import Scenario
from sim.summary import from_content
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.dashboards.finished_runs import FinishedRun, finish
from tests.dashboards.report.drawing.test_markup import read
from tests.dashboards.report.systems.test_bunching import START_US, Tape, line_of
from tests.lamps import Lamps


@dataclass
class Nothing:
    """A record without events."""

    declared = (Lamps.declared,)

    def census(self) -> list[CensusRow]:
        return []

    def counts(self) -> pl.LazyFrame:
        raise AssertionError

    def kinds(self) -> list[str]:
        return []

    def frame(self, _kind: str) -> pl.LazyFrame:
        raise AssertionError


@pytest.fixture(scope="module")
def lamps(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    scenario = Scenario(name="lamps", systems=(Lamps(),), districts=("Pudong",), duration=3 * MINUTE_US)
    return finish(tmp_path_factory.mktemp("lamps"), scenario)


def sections_of(text: str) -> list[str]:
    return [str(attributes["id"]) for name, attributes in read(text).elements if name == "section" and "id" in attributes]


def test_a_stretch_without_a_passage_is_not_drawn_and_one_with_the_most_is() -> None:
    start_us = START_US - 3 * HOUR_US
    diagram = most_bunched(Tape(line_of("late", 0, 0, 0, 0)), start_us, START_US + HOUR_US)
    assert diagram is not None
    assert diagram.bunched == 0
    assert diagram.passages.height > 0
    assert diagram.start_us + LONGEST_US >= START_US
    assert most_bunched(Tape(line_of("late", 0, 0, 0, 0)), start_us, START_US - HOUR_US) is None


def test_the_last_minutes_of_a_run_can_be_the_stretch() -> None:
    start_us = START_US - 3 * HOUR_US - 7 * MINUTE_US
    diagram = most_bunched(Tape(line_of("late", 0, 0, 0)), start_us, START_US + 2 * MINUTE_US)
    assert diagram is not None
    assert diagram.end_us == START_US + 2 * MINUTE_US


def test_somebody_elses_kind_named_stop_event_is_no_line() -> None:
    assert most_bunched(Tape([{"time": START_US, "colour": "red"}]), START_US, START_US + HOUR_US) is None


@pytest.mark.parametrize("scenario", ["bus_arrivals", "shanghai", "outage"])
@pytest.mark.parametrize("seconds", [1, 60])
def test_a_shipped_scenario_cut_to_seconds_has_a_report(tmp_path: Path, scenario: str, seconds: int) -> None:
    cut = override(load(scenario), (), {"duration": seconds * SECOND_US, "warm_up": 0, "scale": 0.01})
    run = finish(tmp_path, cut)
    write_report(tmp_path / "report.html", run.record, run.log)
    assert sections_of((tmp_path / "report.html").read_text())[0] == "promises"


def test_a_night_without_buses_has_a_report(tmp_path: Path) -> None:
    run = finish(tmp_path, override(load("bus_arrivals"), (), {"start": HOUR_US, "duration": 5 * HOUR_US, "warm_up": 0}))
    write_report(tmp_path / "report.html", run.record, run.log)
    assert "books" in sections_of((tmp_path / "report.html").read_text())


def test_a_run_without_events_promises_and_samples_has_no_pictures(lamps: FinishedRun) -> None:
    empty: dict[str, Any] = {"objectives": [], "measures": [], "marks": [], "books": {"total": {}, "kinds": {}}}
    text = render(from_content(lamps.summary | empty), Nothing())
    assert sections_of(text) == ["promises", "books", "assumptions"]
    assert "<svg" not in text


def test_a_run_of_no_length_has_a_report(lamps: FinishedRun) -> None:
    facts = from_content(lamps.summary | {"end_us": lamps.summary["start_us"]})
    assert "Load over time" not in render(facts, lamps.log)


def test_an_unfinished_run_says_so_and_claims_nothing(lamps: FinishedRun) -> None:
    known = {"run", "scenario", "seed", "zone", "start_us", "end_us"}
    bare = {key: value for key, value in lamps.summary.items() if key in known}
    text = render(from_content(bare | {"verdict": "unfinished", "books": {"total": {"planned": 3}}}), lamps.log)
    told = read(text).text
    assert "Unfinished" in told
    assert "No promise was judged" in told
    assert "did not close its books" in told
    assert "nothing was lost" not in told
    assert "exit code" not in told
    assert "Assumptions" not in told


def test_what_was_refused_waits_or_was_never_sent_stands_in_the_books_of_a_run_that_has_any(lamps: FinishedRun) -> None:
    plain = read(render(from_content(lamps.summary), Nothing())).text
    assert not any(word in plain for word in ("refused", "spooled", "foreign", "never sent"))
    books = lamps.summary["books"]
    counts = {"refused": 3, "spooled": 41, "unsent": 7, "foreign": {"malformed": 11}}
    kinds = books["kinds"] | {"lamp_power": books["kinds"]["lamp_power"] | counts}
    changed = lamps.summary | {"books": {"total": books["total"] | counts, "kinds": kinds}}
    told = read(render(from_content(changed), Nothing())).text
    assert all(word in told for word in ("refused", "spooled", "unsent", "foreign", "41", "11\u00a0malformed"))
    assert "7 events were received or stored that this run never sent (lamp_power)" in told


VALUES = [None, 0, 0.0, -1.0, 1e-12, 1e15, 0.5, 1.0, 3]


def bent(summary: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return a summary with rows left out and numbers that no run has."""
    rng = random.Random(seed)
    kept = dict(summary)
    for group, keys in (("measures", ("mean", "p50", "p95", "p99", "max", "cv")), ("objectives", ("value", "limit"))):
        rows = [dict(row) for row in summary[group] if rng.random() < 0.7]
        for row in rows:
            row |= {key: rng.choice(VALUES) for key in keys if rng.random() < 0.5}
            row["count" if group == "measures" else "samples"] = rng.choice([0, 1, 10**12])
            if group == "objectives":
                row |= {
                    "bound": rng.choice([0, 1e-9, 1e12]),
                    "statistic": rng.choice(["share", "share_within", "p99", "cv", "count"]),
                }
                row |= {"unit": rng.choice(["s", "share", "", "parsec"]), "verdict": rng.choice(["pass", "fail", "no data"])}
        kept[group] = rows
    return kept | {"elapsed_s": rng.choice([None, 0, 1e9]), "verdict": rng.choice(["pass", "fail", "aborted", "interrupted"])}


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_numbers_that_no_run_has_make_no_report_fail(lamps: FinishedRun, seed: int) -> None:
    assert render(from_content(bent(lamps.summary, seed)), Nothing()).endswith("</html>")


def test_a_median_far_below_a_tiny_end_has_few_ticks(lamps: FinishedRun) -> None:
    """They were counted in steps of the end: a million million of them."""
    rows = [row | {"p50": -1.0, "p95": 1e-12, "mean": 1e-12, "max": 1e-12, "count": 3} for row in lamps.summary["measures"]]
    assert len(render(from_content(lamps.summary | {"measures": rows, "objectives": []}), Nothing())) < 100_000


WRONG: dict[str, object] = {
    "start_us": 10**19,
    "end_us": 0,
    "zone": "Nowhere/At_all",
    "books": 3,
    "measures": [{}],
    "objectives": [{"measure": 3}],
    "seed": "x",
    "happenings": [{"at_us": "noon"}],
}


@pytest.mark.parametrize("key", WRONG)
def test_a_value_that_cannot_be_is_named_with_its_place(lamps: FinishedRun, key: str) -> None:
    with pytest.raises(UsageError, match=rf"summary\.json cannot be read: .*{key}"):
        from_content(lamps.summary | {key: WRONG[key]})


def test_the_command_that_repeats_a_run_is_the_one_that_was_given(lamps: FinishedRun) -> None:
    again = "citybeat run 'my scripts/street.py' --for 30m --set 'lamps.interval=2s' --seed 7"
    told = read(render(from_content(lamps.summary | {"again": again}), Nothing())).text
    assert again in told
    assert "started by code" in read(render(from_content(lamps.summary), Nothing())).text


def pictured(page: str) -> list[str]:
    """Return the words in the small pictures of measures."""
    pictures = re.findall(r'<svg[^>]*class="chart small".*?</svg>', page, re.DOTALL)
    return [words for each in pictures for words in re.findall(r"<text[^>]*>([^<]*)</text>", each)]


def test_a_long_unit_stands_in_the_words_of_a_card_and_not_beside_its_numbers(lamps: FinishedRun) -> None:
    rows = [row | {"unit": "ug/m3", "count": 3, "p50": 1.0, "p95": 2.0} for row in lamps.summary["measures"]]
    page = render(from_content(lamps.summary | {"measures": rows, "objectives": []}), Nothing())
    assert pictured(page)
    assert not [words for words in pictured(page) if "ug/m3" in words]
    assert ", in ug/m3." in read(page).text


def test_the_bounds_of_several_promises_on_a_measure_are_numbered(lamps: FinishedRun) -> None:
    row = next(row for row in lamps.summary["measures"] if row["measure"] == "lamps.power_w")
    measure = row | {"count": 3, "p50": 1.0, "p95": 50.0, "where": ""}
    made = lamps.summary["objectives"][0] | {"measure": "lamps.power_w", "unit": "W", "limit": None, "where": ""}
    promises = [made | {"statistic": name, "bound": bound} for name, bound in (("p99", 90.0), ("cv", 0.5), ("p50", 10.0), ("p95", 91.0))]
    page = render(from_content(lamps.summary | {"measures": [measure], "objectives": promises}), Nothing())
    assert [words for words in pictured(page) if re.fullmatch("[1-4](, [1-4])*", words)] == ["3", "1, 4"]
    assert re.findall(r'<span class="which">([^<]*)</span>', page) == ["1: ", "3: ", "4: "]
    alone = render(from_content(lamps.summary | {"measures": [measure], "objectives": promises[:1]}), Nothing())
    assert 'class="which"' not in alone


def test_many_promises_with_too_few_samples_are_folded_below_those_that_have_a_verdict(lamps: FinishedRun) -> None:
    made = lamps.summary["objectives"][0] | {"where": "", "required": False}
    kept = made | {"measure": "lamps.power_w", "verdict": "pass"}
    lacking = [made | {"measure": f"lamps.m{number}", "verdict": "no data", "samples": 0, "value": None} for number in range(9)]

    def folded(*promises: dict[str, Any]) -> list[str]:
        page = render(from_content(lamps.summary | {"objectives": list(promises)}), Nothing())
        found = re.search(r'<section id="promises">.*?</section>', page, re.DOTALL)
        assert found
        assert found[0].count("<tr") - found[0].count("<thead") == len(promises)
        return re.findall(r"<details>.*?</details>", found[0], re.DOTALL)

    (details,) = folded(kept, *lacking)
    assert "9 with too few samples for a verdict" in details
    assert "power" not in details.lower()
    assert not folded(kept, *lacking[:3]), "few of them stand among the others"
    assert not folded(*lacking), "nothing stands above them"
    (details,) = folded(kept, lacking[0] | {"required": True}, *lacking[1:])
    assert "8 with too few samples for a verdict" in details


def test_a_card_counts_many_promises_with_too_few_samples_and_draws_no_bound_of_theirs(lamps: FinishedRun) -> None:
    row = next(row for row in lamps.summary["measures"] if row["measure"] == "lamps.power_w")
    measure = row | {"count": 3, "p50": 1.0, "p95": 50.0, "where": ""}
    made = lamps.summary["objectives"][0] | {"measure": "lamps.power_w", "unit": "W", "limit": None, "statistic": "max"}
    kept = made | {"bound": 60.0, "verdict": "pass", "where": ""}
    lacking = [made | {"bound": 10.0 * number, "verdict": "no data", "where": f"street {number}"} for number in range(1, 5)]
    page = render(from_content(lamps.summary | {"measures": [measure], "objectives": [kept, *lacking]}), Nothing())
    assert page.count('class="bound"') == 1
    assert "4 more promises with too few samples" in read(page).text
    few = render(from_content(lamps.summary | {"measures": [measure], "objectives": [kept, *lacking[:2]]}), Nothing())
    assert few.count('class="bound"') == 3
