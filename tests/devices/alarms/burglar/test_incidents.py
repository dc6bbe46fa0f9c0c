"""Incidents: alarms latch until somebody is there and are cancelled by a code in time; of a disarmed panel only 24 h zones raise any."""

from collections import Counter
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.burglar import figures
from devices.alarms.burglar.arming import KEYHOLDER
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.choices import AlarmCause, AlarmState, ContactId, Severity
from sim.units import SECOND_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.burglar.homes import HERE, Seen, seen

ERRING = BurglarParameters(per_year=10, real=0.2)
ALWAYS_SET = (ContactId.TAMPER, ContactId.SENSOR_TAMPER, ContactId.DURESS)
Row = dict[str, int]


@cache
def two_days() -> Seen:
    return seen(ERRING, hours=30, scale=0.007)


def rows_of(columns: dict[str, NDArray[np.generic]]) -> list[Row]:
    names = ("time_us", "alarm_id", "alarm_state", "code", "zone", "partition", "home", "severity", "alarm_cause", "real", "began_us")
    return [dict(zip(names, row, strict=True)) for row in zip(*(columns[name].tolist() for name in names), strict=True)]


def cases() -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows_of(two_days().columns["alarm"]):
        found.setdefault(row["alarm_id"], []).append(row)
    return {key: rows for key, rows in found.items() if rows[0]["alarm_state"] == AlarmState.RAISED}


def arming_at(home: int, at_us: int) -> int:
    """Return how far a home's first partition is armed at an instant; -1 where nothing was said before."""
    rows = two_days().columns["panel_state"]
    own = (rows["home"] == home) & (rows["partition"] == 1) & (rows["time_us"] <= at_us)
    return int(rows["arming"][own][np.argsort(rows["time_us"][own], kind="stable")][-1]) if own.any() else -1


def test_no_burglar_alarm_comes_of_a_disarmed_panel_except_of_24_hour_zones_and_duress() -> None:
    checked = 0
    for rows in cases().values():
        state = arming_at(rows[0]["home"], rows[0]["time_us"])
        if rows[0]["code"] in ALWAYS_SET or state < 0:
            continue
        assert state in (Arming.ARMED_AWAY, Arming.ARMED_STAY)
        checked += 1
    assert checked > 50


def test_an_alarm_latches_until_a_code_is_entered_by_the_user_or_a_keyholder() -> None:
    panel = two_days().columns["panel_state"]
    opened = {
        (home, at_us // SECOND_US)
        for home, at_us in zip(*(panel[name][panel["arming"] == 0].tolist() for name in ("home", "time_us")), strict=True)
    }
    reset = 0
    for rows in cases().values():
        last = rows[-1]
        if last["alarm_state"] == AlarmState.RESTORED and rows[0]["code"] not in ALWAYS_SET:
            assert {(last["home"], last["time_us"] // SECOND_US + off) for off in (-1, 0, 1)} & opened
            reset += 1
    assert reset > 50
    assert KEYHOLDER in panel["user_code"]


def test_an_alarm_is_raised_once_restored_once_and_cancelled_or_confirmed_between() -> None:
    for rows in cases().values():
        counts = Counter(row["alarm_state"] for row in rows)
        assert max(counts.values()) == 1
        assert rows[-1]["alarm_state"] == AlarmState.RESTORED or AlarmState.RESTORED not in counts
        assert all(row["began_us"] <= rows[0]["time_us"] for row in rows)


def test_a_code_in_the_cancel_window_cancels_and_one_after_it_does_not() -> None:
    for rows in cases().values():
        at_us = {row["alarm_state"]: row["time_us"] for row in rows}
        if AlarmState.CANCELLED in at_us:
            assert at_us[AlarmState.CANCELLED] - rows[0]["time_us"] <= ERRING.cancel_window
            assert [row["code"] for row in rows if row["alarm_state"] == AlarmState.CANCELLED] == [ContactId.CANCEL]
            assert not rows[0]["real"]


def test_a_confirmed_alarm_has_the_code_of_the_verifier_another_zone_and_is_critical() -> None:
    confirmed = [rows for rows in cases().values() if AlarmState.CONFIRMED in {row["alarm_state"] for row in rows}]
    assert len(confirmed) > 20
    for rows in confirmed:
        second = next(row for row in rows if row["alarm_state"] == AlarmState.CONFIRMED)
        assert second["code"] == ContactId.INTRUSION_VERIFIER
        assert second["zone"] != rows[0]["zone"]
        assert second["severity"] == Severity.CRITICAL


def test_errors_at_entry_and_exit_are_sent_as_134_and_an_exit_error_is_said_by_the_panel_as_374() -> None:
    by_cause = {cause: {rows[0]["code"] for rows in cases().values() if rows[0]["alarm_cause"] == cause} for cause in AlarmCause}
    assert by_cause[AlarmCause.ENTRY_ERROR] == by_cause[AlarmCause.EXIT_ERROR] == {ContactId.ENTRY_EXIT}
    assert by_cause[AlarmCause.PET] == {ContactId.INTERIOR}
    assert by_cause[AlarmCause.WEATHER] <= {ContactId.PERIMETER}
    exits = sum(rows[0]["alarm_cause"] == AlarmCause.EXIT_ERROR for rows in cases().values())
    assert abs(int((two_days().columns["panel_state"]["code"] == ContactId.EXIT_ERROR).sum()) - exits) <= 1


def test_every_alarm_reaches_the_centre_and_is_looked_into() -> None:
    found, end_us = two_days(), two_days().engine.hours.end_us
    raised = {rows[0]["alarm_id"] for rows in cases().values() if rows[0]["time_us"] < end_us - 10 * 60 * SECOND_US}
    called = found.columns["call"]
    assert raised <= set(called["alarm_id"].tolist())
    assert len(raised) > 60


def test_so_many_errors_are_put_right_before_anything_is_sent() -> None:
    aborted = two_days().of("aborted")
    assert is_share(aborted.mean(), float(figures.ABORTED), len(aborted))


def test_burglaries_meet_an_armed_panel_as_often_as_empty_homes_are_armed() -> None:
    covered, armed = two_days().of("burglaries_covered"), two_days().of("armed_when_empty")
    assert is_share(covered.mean(), armed.mean(), len(covered))


def test_a_run_is_the_same_again_and_beside_another_district() -> None:
    once, again, other = (seen(ERRING, hours=3, scale=0.003, start="07:00", seed=seed) for seed in (2, 2, 3))
    assert once.digest == again.digest != other.digest
    both = seen(ERRING, hours=3, scale=0.003, start="07:00", seed=2, districts=(HERE, "Hongkou"))
    for kind in ("panel_state", "alarm"):
        mine = both.columns[kind]["district"] == both.engine.city.districts.code(HERE)
        assert both.columns[kind]["time_us"][mine].tolist() == once.columns[kind]["time_us"].tolist()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"per_year": 11}, "per_year"),
        ({"per_year": -1}, "per_year"),
        ({"arms": 0.0}, "nobody who arms"),
        ({"entry_delay": "46s"}, "no panel takes 46s: write 1s to 45s"),
        ({"exit_delay": "0s"}, "no panel takes 0s: write 1s to 3m"),
        ({"swinger": 7}, "swinger"),
        ({"arms": "1"}, "write 100% or 1%"),
        ({"arm": 0.5}, "arm"),
    ],
)
def test_what_no_panel_would_take_is_refused_by_name(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BurglarParameters(**given)


def test_without_a_rate_panels_are_armed_and_nothing_goes_off() -> None:
    quiet = seen(BurglarParameters(per_year=0), hours=4, scale=0.002, start="06:00")
    assert "alarm" not in quiet.columns
    assert len(quiet.columns["panel_state"]["time_us"]) > 50
