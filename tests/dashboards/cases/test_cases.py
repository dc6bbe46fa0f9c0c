"""Cases: every step is found whatever its kind, two cases with one id stay two, and waits add up."""

from itertools import pairwise

import polars as pl
import pytest

from dashboards.cases.milestones import cases_of, waits_of
from dashboards.cases.steps import STEPS, frames_of_cases, kinds_of_cases, steps_of
from devices.alarms.centre.kinds import CASE
from devices.alarms.gas.kinds import VALVE_STATE
from sim.units import SECOND_US
from tests.dashboards.cases.alarm_record import START_US, AlarmRecord, a_fire, a_press

FIRE = "smoke-Putuo-home-00012-1"
PRESS = "personal-Pudong-017"


@pytest.fixture
def record() -> AlarmRecord:
    made = AlarmRecord()
    a_fire(made)
    return made


def cases(record: AlarmRecord) -> list[dict[str, object]]:
    return list(cases_of(steps_of(frames_of_cases(record))).iter_rows(named=True))


def test_a_case_is_told_from_its_cause_to_its_reset_with_all_its_milestones(record: AlarmRecord) -> None:
    (case,) = cases(record)
    at = [(case[name] - START_US) / SECOND_US for name in ("began_us", "raised_us", "shown_us", "answered_us", "decided_us")]  # type: ignore[operator]
    assert at == [0, 40, 42, 45, 60]
    assert [(case[name] - START_US) / SECOND_US for name in ("arrived_us", "closed_us", "restored_us")] == [480, 1500, 1800]  # type: ignore[operator]
    assert (case["alarm_type"], case["district"], case["outcome"], case["services"]) == (
        "smoke",
        "Putuo",
        "attended",
        ["fire", "keyholder"],
    )
    assert (case["real"], case["alarm_cause"], case["steps"]) == (True, "fire", 16)


def test_waits_follow_each_other_without_gap_and_add_up_to_the_whole(record: AlarmRecord) -> None:
    (case,) = cases(record)
    waits = waits_of(case)
    assert [wait.lasting_us // SECOND_US for wait in waits] == [40, 2, 3, 15, 420, 1020, 300]
    assert sum(wait.lasting_us for wait in waits) == 1800 * SECOND_US
    assert all(one.to_us == other.from_us for one, other in pairwise(waits))


def test_a_home_that_was_reset_before_the_centre_closed_has_no_wait_for_it(record: AlarmRecord) -> None:
    (case,) = cases(record)
    waits = waits_of(case | {"restored_us": START_US + 100 * SECOND_US})
    assert waits[-1].what == "until it was closed"
    assert sum(wait.lasting_us for wait in waits) == 1500 * SECOND_US


def test_an_alarm_that_is_reset_before_the_centre_hears_of_it_was_not_reported() -> None:
    record = AlarmRecord()
    record.raised(0, "burglar-Putuo-home-00012-1", real=False, began_s=0, cause="entry_error")
    assert [case["outcome"] for case in cases(record)] == ["open"]
    record.raised(20, "burglar-Putuo-home-00012-1", real=False, began_s=0, cause="entry_error", word="restored")
    assert [case["outcome"] for case in cases(record)] == ["not_reported"]


def test_an_id_that_comes_again_is_another_case_and_waits_for_its_own_answer() -> None:
    record = AlarmRecord()
    a_press(record, PRESS, 0, waits_s=10)
    a_press(record, PRESS, 400, waits_s=70)
    found = cases(record)
    assert [case["number"] for case in found] == [1, 2]
    assert [(case["answered_us"] - case["shown_us"]) // SECOND_US for case in found] == [10, 70]  # type: ignore[operator]
    assert [case["steps"] for case in found] == [5, 5]


def test_what_is_left_of_an_earlier_case_is_not_mixed_with_the_next_under_its_id() -> None:
    record = AlarmRecord()
    record.case(5, PRESS, "closed", "attended")
    a_press(record, PRESS, 400)
    assert [(case["number"], case["steps"], case["outcome"]) for case in cases(record)] == [(0, 1, "attended"), (1, 5, "talked_over")]


def test_a_case_that_began_before_the_record_counts_from_its_display_and_has_the_help_that_was_sent_before() -> None:
    record = AlarmRecord()
    record.response(5, PRESS, "community", "arrived")
    record.response(500, PRESS, "community", "closed")
    record.say(CASE, 500, PRESS, alarm_type="personal", case_step="closed", case_outcome="attended", after_display_s=1700.0)
    (case,) = cases(record)
    assert (case["shown_us"] - START_US) / SECOND_US == -1200  # type: ignore[operator]
    assert case["services"] == ["community"]
    assert sum(wait.lasting_us for wait in waits_of(case)) == 1700 * SECOND_US


def test_a_call_that_is_dialled_again_or_reported_twice_by_a_home_stays_one_case(record: AlarmRecord) -> None:
    for again in ("abandoned", "redialled", "answered"):
        record.call(1600, FIRE, again, aggregated=False)
    record.call(1700, FIRE, "offered", aggregated=False)
    (case,) = cases(record)
    assert case["number"] == 1
    record = AlarmRecord()
    record.call(0, PRESS, "offered")
    record.call(30, PRESS, "abandoned")
    record.call(40, PRESS, "redialled")
    record.call(45, PRESS, "answered")
    (case,) = cases(record)
    assert (case["answered_us"] - case["shown_us"]) // SECOND_US == 45  # type: ignore[operator]
    assert case["outcome"] == "open"


def test_any_kind_with_an_alarm_id_belongs_to_the_case_and_no_other_does(record: AlarmRecord) -> None:
    record.say(VALVE_STATE, 70, FIRE, valve="closed", closed_after_s=4.0)
    record.more["lamp_power"] = pl.DataFrame({"watts": [1.0]})
    record.more["odd"] = pl.DataFrame({"alarm_id": [3]})  # somebody else's
    assert "valve_state" in kinds_of_cases(record)
    assert not {"lamp_power", "odd"} & set(kinds_of_cases(record))
    steps = steps_of(frames_of_cases(record, FIRE))
    assert steps.filter(pl.col("kind") == "valve_state").row(0, named=True)["word"] == "closed"
    assert steps["at_us"].is_sorted()


def test_a_record_without_cases_has_none() -> None:
    steps = steps_of(frames_of_cases(AlarmRecord()))
    assert steps.schema == STEPS
    assert cases_of(steps).is_empty()
