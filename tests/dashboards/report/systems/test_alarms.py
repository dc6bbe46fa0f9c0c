"""The report's sections of alarms: what they say is what the tape holds, case by case, call by call, service by service."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dashboards.cases.milestones import cases_of, waits_of
from dashboards.cases.steps import ID, frames_of_cases, steps_of
from dashboards.report import write_report
from dashboards.report.page import render
from dashboards.report.systems.alarms import sections
from dashboards.report.systems.alarms.answers import by_type, offers
from dashboards.report.systems.alarms.choosing import MOST_CASES, telling
from dashboards.report.systems.alarms.helpers import attendance
from dashboards.report.systems.alarms.incident import span
from dashboards.report.systems.alarms.lanes import lanes_of
from dashboards.report.systems.alarms.queue import changes, most_waiting, staffing
from devices.alarms.gas.kinds import VALVE_STATE
from devices.alarms.system import DECLARED
from sim.scenario import Scenario
from sim.summary import RunSummary
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.dashboards.cases.alarm_record import START_US, AlarmRecord, a_fire, a_press
from tests.dashboards.finished_runs import FinishedRun, finish
from tests.dashboards.report.drawing.test_markup import read
from tests.dashboards.report.shown import assert_shown
from tests.devices.alarms.reporting.scripted import case, scripted

FIRE = "smoke-Putuo-home-00012-1"
SECTIONS = ["alarms-incident", "alarms-answers", "alarms-queue", "alarms-help", "alarms-cases", "alarms-supervision"]
LARGEST_BYTES = 2_000_000


def steps(record: AlarmRecord) -> pl.DataFrame:
    return steps_of(frames_of_cases(record))


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """Half an hour of the whole centre, and three homes of Putuo that raise an alarm themselves."""
    alarms = scripted(
        lambda site, _units, register, _supervision: [site.process(case(site, register, unit, (unit + 1) * MINUTE_US)) for unit in range(3)]
    )
    scenario = Scenario(name="evening", systems=(alarms,), districts=("Putuo",), duration=HOUR_US // 2, scale=0.01, start="18:00")
    return finish(tmp_path_factory.mktemp("evening"), scenario)


@pytest.fixture
def facts(evening: FinishedRun) -> RunSummary:
    """An hour from START_US on."""
    hour = {"start_us": START_US, "end_us": START_US + HOUR_US, "marks": (), "measures": (), "objectives": ()}
    return evening.record.model_copy(update=hour)


def told(facts: RunSummary, record: AlarmRecord) -> str:
    return str(sections(DECLARED, facts, record) or "")


def words(markup: str) -> str:
    return read(f"<html>{markup}</html>").text


# --- The page -----------------------------------------------------------------------------------------------------------------


def test_a_run_with_alarms_has_all_sections_in_a_small_file_that_loads_nothing(tmp_path: Path, evening: FinishedRun) -> None:
    write_report(tmp_path / "report.html", evening.record, evening.log)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    found = read(text)
    assert [each["id"] for name, each in found.elements if name == "section" and str(each.get("id")).startswith("alarms-")] == SECTIONS
    assert len(text.encode()) < LARGEST_BYTES
    links = [str(each["href"]) for _, each in found.elements if "href" in each]
    ids = {each["id"] for _, each in found.elements if "id" in each}
    assert links
    assert all(link[0] == "#" and link[1:] in ids for link in links)
    assert not {"src", "srcset", "action", "poster", "data"} & {key for _, each in found.elements for key in each}


@pytest.mark.chromium
def test_a_narrow_browser_shows_every_chart_of_the_alarms_and_never_scrolls_sideways(tmp_path: Path, evening: FinishedRun) -> None:
    write_report(tmp_path / "report.html", evening.record, evening.log)
    assert_shown(tmp_path, (tmp_path / "report.html").read_text(encoding="utf-8"), 390)


def test_the_first_incident_is_one_that_is_told_from_its_true_cause(evening: FinishedRun) -> None:
    text = words(render(evening.record, evening.log))
    assert "Burglar alarm in Putuo, in truth real, burglary (burglar-Putuo-home-" in text


def test_a_run_in_which_nobody_called_says_so(facts: RunSummary) -> None:
    assert "No alarm was raised and nobody called the centre in this run." in told(facts, AlarmRecord())


def test_nothing_is_told_of_what_comes_after_a_run_was_cut_short(facts: RunSummary) -> None:
    record = AlarmRecord()
    a_fire(record)
    text = told(facts.model_copy(update={"reached_us": START_US + 100 * SECOND_US, "verdict": "interrupted"}), record)
    assert "requested, fire" in text
    assert "arrived, fire" not in text
    assert 'id="alarms-answers"' not in text  # nobody could be judged yet
    assert 'id="alarms-none"' in told(facts.model_copy(update={"end_us": START_US}), record)


# --- One incident, and the cases ----------------------------------------------------------------------------------------------


def test_the_waits_of_an_incident_are_told_and_their_sum(facts: RunSummary) -> None:
    record = AlarmRecord()
    a_fire(record)
    text = told(facts, record)
    listed = text[text.index('<ol class="way waits">') :].split("</ol>")[0]
    assert [each.split("</b>")[0] for each in listed.split("<b>")[1:]] == ["40s", "2s", "3s", "15s", "7m", "17m", "5m", "30m"]
    assert listed.endswith('<li class="sum"><b>30m</b><span>in all</span></li>')
    assert "in truth real, fire" in words(text)


def test_each_lane_lasts_as_long_as_its_steps_are_apart() -> None:
    record = AlarmRecord()
    a_fire(record)
    record.say(VALVE_STATE, 70, FIRE, valve="closed")
    record.response(60, FIRE, "police", "refused", aggregated=False, real=True)
    (found,) = cases_of(steps(record)).iter_rows(named=True)
    lanes = {lane.name: lane for lane in lanes_of(found, steps(record))}
    lasting = {
        name: [(each.to_us - each.from_us) / SECOND_US for each in lane.stretches if each.to_us is not None] for name, lane in lanes.items()
    }
    assert lasting == {
        "cause": [40],
        "alarm": [1760],
        "transmission": [2],
        "queue": [3],
        "operator": [155],
        "fire": [30, 390, 600],
        "keyholder": [30, 810, 600],
        "police": [],
        "valve state": [],
    }
    assert lanes["police"].instants == ((START_US + 60 * SECOND_US, "refused"),)
    assert lanes["valve state"].instants == ((START_US + 70 * SECOND_US, "closed"),)


def test_a_caller_who_gives_up_and_dials_again_has_two_waits_and_one_who_waits_still_has_no_end() -> None:
    record = AlarmRecord()
    for at_s, outcome in ((0, "offered"), (30, "abandoned"), (40, "redialled")):
        record.call(at_s, "personal-Putuo-001", outcome)
    (found,) = cases_of(steps(record)).iter_rows(named=True)
    (queue,) = lanes_of(found, steps(record))
    assert [(each.ending, each.to_us is None) for each in queue.stretches] == [("gave up", False), ("", True)]


def test_a_service_of_which_only_the_end_is_in_the_record_has_a_lane_with_that(facts: RunSummary) -> None:
    record = AlarmRecord()
    record.response(5, "smoke-Putuo-001", "fire", "closed")
    (found,) = cases_of(steps(record)).iter_rows(named=True)
    (lane,) = lanes_of(found, steps(record))
    assert (lane.stretches, lane.instants) == ((), ((START_US + 5 * SECOND_US, "closed"),))
    assert "What is left of a case that began before this run." in told(facts, record)


def test_the_most_telling_case_is_real_and_whole_and_each_type_and_outcome_has_its_best() -> None:
    record = AlarmRecord()
    for number in range(40):
        a_press(record, f"personal-Putuo-{number:03}", 100 * number, lasting_s=90 + number)
    a_fire(record)
    record.call(5, "gas-Putuo-001", "offered")
    chosen = telling(cases_of(steps(record)))
    assert len(chosen) == MOST_CASES
    assert [each[ID] for each in chosen[:3]] == [FIRE, "personal-Putuo-039", "gas-Putuo-001"]
    assert len({(each[ID], each["number"]) for each in chosen}) == MOST_CASES


def test_two_cases_with_one_id_have_places_and_steps_of_their_own(facts: RunSummary) -> None:
    record = AlarmRecord()
    a_press(record, "personal-Putuo-001", 0)
    a_press(record, "personal-Putuo-001", 600, waits_s=33)
    text = told(facts, record)
    assert 'id="case-personal-Putuo-001"' in text
    assert 'id="case-personal-Putuo-001-2"' in text
    assert text.count("<td>answered, alarm</td>") == 2


def test_waits_of_every_case_of_a_run_add_up_to_its_length(evening: FinishedRun) -> None:
    cases = cases_of(steps_of(frames_of_cases(evening.log)))
    for each in cases.iter_rows(named=True):
        waits = waits_of(each)
        assert sum(wait.lasting_us for wait in waits) == (waits[-1].to_us - waits[0].from_us if waits else 0)
    simulated = cases.filter(~pl.col("aggregated"))
    assert simulated.height == 3
    assert simulated["shown_us"].null_count() == 0


# --- Answers and queue --------------------------------------------------------------------------------------------------------


def calls(outcomes: Sequence[tuple[float, str]]) -> AlarmRecord:
    record = AlarmRecord()
    for number, (waits_s, outcome) in enumerate(outcomes):
        record.call(10 * number, f"personal-Putuo-{number:03}", "offered")
        if outcome:
            record.call(10 * number + waits_s, f"personal-Putuo-{number:03}", outcome)
    return record


def test_a_call_that_was_given_up_or_waits_still_counts_against_the_promise() -> None:
    everything, personal = by_type(offers(steps(calls([(1, "answered"), (59, "answered"), (100, "answered"), (5, "abandoned"), (0, "")]))))
    assert (everything.name, personal.name) == ("all calls", "personal")
    assert [personal.within(limit) for limit in (0.5, 1, 60, 180)] == [0.0, 0.2, 0.4, 0.6]
    assert (personal.offered, personal.abandoned) == (5, 1)


def test_the_shares_are_those_of_the_tape_and_near_what_was_judged(evening: FinishedRun) -> None:
    tape = evening.log.frame("call").filter(pl.col("purpose").cast(pl.String) == "alarm").collect()
    outcome = tape["outcome"].cast(pl.String)
    total = by_type(offers(steps_of(frames_of_cases(evening.log))))[0]
    assert total.offered == outcome.is_in(["offered", "redialled"]).sum()
    assert total.abandoned == (outcome == "abandoned").sum()
    judged = next(each for each in evening.record.measures if each.measure == "alarms.answered_in_60_s" and not each.where)
    assert total.within(60) == pytest.approx(judged.mean, abs=0.02)  # those offered before the run are judged in it


def test_the_queue_holds_as_much_waiting_as_the_calls_waited() -> None:
    waits_s = [12.0, 30.0, 75.0, 5.0]
    record = calls([(each, "answered") for each in waits_s])
    at_us, level = changes(steps(record))
    waited = float(np.sum(np.diff(at_us[1:]) * level[1:-1])) / SECOND_US
    assert waited == sum(waits_s)
    assert level[-1] == 0


def test_whoever_waited_before_the_record_is_in_the_queue_until_the_answer(facts: RunSummary) -> None:
    record = calls([(30, "answered")])
    record.call(90, "personal-Xuhui-001", "answered")
    most = most_waiting(facts, steps(record), MINUTE_US)
    assert most[:3].tolist() == [2, 1, 0]


def test_a_call_that_is_answered_at_once_never_waited(facts: RunSummary) -> None:
    most = most_waiting(facts, steps(calls([(1e-6, "answered")] * 5)), MINUTE_US)
    assert not most.any()


def test_the_most_at_once_between_two_counts_is_not_missed(facts: RunSummary) -> None:
    record = AlarmRecord()
    for number in range(4):
        record.call(61 + number, f"personal-Putuo-{number:03}", "offered")
        record.call(70 + number, f"personal-Putuo-{number:03}", "answered")
    assert most_waiting(facts, steps(record), MINUTE_US)[:3].tolist() == [0, 4, 0]


def test_staff_is_the_mean_of_the_census_over_all_districts(facts: RunSummary) -> None:
    def row(minute: int, state: str, count: int) -> dict[str, Any]:
        end_us = START_US + minute * MINUTE_US
        return {"slice_end": end_us, "system": "alarms", "thing": "operator", "state": state, "district": "Huangpu", "count": count}

    record = AlarmRecord(counted=[row(1, "busy", 3), row(2, "busy", 5), row(3, "busy", 7), row(1, "idle", 2), row(2, "idle", 0)])
    staff = staffing(facts, record.counts().collect(), 2 * MINUTE_US)
    assert staff["busy"][:3].tolist() == [4, 7, 0]
    assert staff["idle"][:2].tolist() == [1, 0]


# --- Help and supervision -----------------------------------------------------------------------------------------------------


def test_help_is_counted_by_service_from_its_request_to_its_arrival(facts: RunSummary) -> None:
    record = AlarmRecord()
    a_fire(record)
    record.response(100, "smoke-Pudong-001", "fire", "requested")
    record.response(700, "smoke-Pudong-001", "fire", "arrived")
    record.response(800, "smoke-Pudong-002", "fire", "requested")
    came = attendance(steps(record)).filter(pl.col("service") == "fire")
    assert ((came["came_us"] - came["asked_us"]) / SECOND_US).to_list() == [420, 600, None]
    text = told(facts, record)
    row = text[text.index("How soon help came") :].split('<th scope="row">Fire</th>')[1].split("</tr>")[0]
    assert [each.split("<")[0] for each in row.split('class="n">')[1:]] == ["3", "2", "1 (50\u00a0%)", "8m30s", "9m51s", "10m"]


def test_help_is_told_by_district_the_slowest_first_and_so_is_what_the_police_refused(facts: RunSummary) -> None:
    record = AlarmRecord()
    for number, (district, came_s) in enumerate((("Pudong", 700), ("Chongming", 1300))):
        record.call(0, f"smoke-{district}-001", "offered")
        record.response(100, f"smoke-{district}-001", "fire", "requested")
        record.response(came_s, f"smoke-{district}-001", "fire", "arrived")
        record.response(200 + number, f"burglar-{district}-001", "police", "refused")
    text = told(facts, record)
    assert "The police refused to come to 2 more by their policy" in text
    rows = text[text.index("How soon help came to each district") :].split("</table>")[0].split('scope="row">')[1:]
    assert [row.split("<")[0] for row in rows] == ["Chongming", "Pudong"]
    assert [each.split("<")[0] for each in rows[0].split('class="n">')[1:]] == ["1", "1", "20m", "20m", "20m"]


def test_help_in_vain_is_help_to_a_false_alarm(facts: RunSummary) -> None:
    record = AlarmRecord()
    a_fire(record)
    record.call(0, "smoke-Pudong-001", "offered")
    record.response(100, "smoke-Pudong-001", "community", "requested")
    record.response(160, "smoke-Pudong-001", "community", "arrived")
    text = told(facts, record)
    row = text[text.index('<th scope="row">Smoke</th>') :].split("</tr>")[0]
    assert [each.split("<")[0] for each in row.split('class="n">')[1:]] == [
        *("2", "1 (50\u00a0%)", "1 (50\u00a0%)", "1 (50\u00a0%)"),
        *("2 (100\u00a0%)", "1 (50\u00a0%)", "0", "1 (50\u00a0%)"),
    ]
    assert ">Fire</th><td>smoke</td>" in text  # the cause that is known


def test_supervision_shows_devices_that_are_not_as_they_should_be_and_the_time_of_each_class(evening: FinishedRun) -> None:
    text = words(render(evening.record, evening.log))
    section = text[text.index("Devices and their supervision") :]
    assert "offline" in section
    last = evening.log.counts().filter(pl.col("thing") == "device").filter(pl.col("slice_end") == pl.col("slice_end").max()).collect()
    total = last["count"].sum()
    worse = last.filter(pl.col("state") != "online")["count"].sum()
    numbers = (f"{each:,}".replace(",", "\u202f") for each in (worse, total))
    assert "{} of {} (".format(*numbers) in section


@pytest.mark.parametrize(
    ("lasting_us", "text"), [(1, "0s"), (557_927, "558ms"), (8_531_000, "8.5s"), (59_600_000, "1m"), (75 * SECOND_US, "1m15s")]
)
def test_a_span_is_as_fine_as_a_reader_needs(lasting_us: int, text: str) -> None:
    assert span(lasting_us) == text
