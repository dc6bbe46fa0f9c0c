"""Hubs: their test calls, what they keep while no path is up, and what another district changes."""

import numpy as np
import pytest

from devices.alarms.choices import ContactId
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.supervision.parameters import SupervisionParameters
from sim.city.incidents import Incident
from tests.devices.alarms.personal.hubs import Left, lived

TESTS_ALONE = PersonalParameters(per_year=0, false_detections_per_year=0, small_devices=0, test_period="12h")


def test_every_hub_tests_its_way_once_in_its_period_and_a_machine_answers() -> None:
    left = lived(TESTS_ALONE, days=1, scale=0.02)
    tests = left.columns["test_call"]
    assert sorted(np.unique(tests["device"], return_counts=True)[1].tolist()) == [2] * len(left.personal.users)
    assert set(tests["code"].tolist()) == {ContactId.PERIODIC_TEST}
    assert (tests["late_s"] == 0).all()
    assert "call" not in left.columns
    assert left.of("tested_in_24_h").all()


def test_a_hub_without_a_path_tests_when_it_has_one_again() -> None:
    often = SupervisionParameters(line_troubles_per_day=1, neglected_batteries=0)
    tests = lived(TESTS_ALONE, days=1, scale=0.02, supervision=often).columns["test_call"]
    late_s = tests["late_s"]
    assert 0 < (late_s > 60).mean() < 0.9


def test_a_press_while_the_network_is_out_is_heard_when_it_is_back() -> None:
    out = Incident(what="outage", after="2h", lasting="3h")
    left = lived(PersonalParameters(per_year=1_000), days=0.3, scale=0.02, incidents=[out])
    start_us = left.engine.city.start_us
    raised_us = left.raised()["time_us"].astype(np.int64)
    during = (raised_us >= start_us + 2 * 3_600e6) & (raised_us < start_us + 5 * 3_600e6)
    assert during.sum() > 10
    calls = left.columns["call"]["time_us"].astype(np.int64)
    assert not ((calls > start_us + 2.2 * 3_600e6) & (calls < start_us + 5 * 3_600e6)).any()
    assert left.of("held_up").sum() == pytest.approx(during.sum(), abs=3)


def raised(left: Left) -> list[tuple[int, str, int]]:
    columns, names = left.raised(), left.engine.city.names("home")
    rows = zip(columns["time_us"].tolist(), columns["home"].tolist(), columns["code"].tolist(), strict=True)
    return sorted((at_us, names[home], code) for at_us, home, code in rows if names[home].startswith("Putuo"))


def test_another_district_changes_no_alarm_and_no_inactivity() -> None:
    busy = PersonalParameters(per_year=300, small_devices=1)
    alone, beside = (lived(busy, days=0.5, scale=0.02, districts=each) for each in (("Putuo",), ("Xuhui", "Putuo")))
    assert len(raised(alone)) > 50
    assert raised(alone) == raised(beside)


def test_presses_follow_the_parameter_and_none_is_none() -> None:
    left = lived(PersonalParameters(per_year=0, small_devices=0, false_detections_per_year=0), days=0.2, scale=0.02)
    assert "alarm" not in left.columns
    assert set(left.users_lying) == {0}
