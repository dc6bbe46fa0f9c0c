"""Rules of inactivity: when they break, whom they find, and how often they are wrong."""

from functools import cache
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.alarms.choices import AlarmCause, ContactId
from devices.alarms.personal import figures
from devices.alarms.personal.activity import Activity, Seen
from devices.alarms.personal.choices import FoundBy, Rule
from devices.alarms.personal.inactivity import AFTER_US, SPREAD_US
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.personal import Personal
from devices.alarms.personal.rules import HOURS, LONGEST, Rules
from devices.alarms.personal.users import JOURNEY_WINDOW_DAYS
from sim.city.site import Site, Steps
from sim.units import DAY_US, HOUR_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.personal.hubs import Left, lived

SEEN = st.tuples(st.sampled_from([0.0, 0.004, 0.006, 0.02]), st.integers(0, 1), st.integers(0, 1))
HEALTHY = PersonalParameters(per_year=0, small_devices=1, false_detections_per_year=0)
FELL_AFTER_US = 10 * HOUR_US  # at 10:00
WATCHED = 40


def slow(hours: list[tuple[float, int, int]], rule: Rule) -> bool:
    """Return whether a rule is broken after these hours, as the scheme says it: less than so much in its last hours, if it saw them all."""
    last = [each[rule] for each in hours[-HOURS[rule] :]]
    least = 0.01 if rule is Rule.WATER else 1
    return len(last) == HOURS[rule] and sum(last) < least


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(SEEN, st.just((0.0, 0, 0))), min_size=1, max_size=70))
def test_rules_break_when_a_slow_reading_of_the_scheme_says_so(hours: list[tuple[float, int, int]]) -> None:
    rules, before = Rules(1), dict.fromkeys(Rule, False)
    for number, (water, doors, motions) in enumerate(hours):
        broke = rules.add(Seen(np.array([water]), np.array([doors]), np.array([motions])))
        for rule in Rule:
            now = slow(hours[: number + 1], rule)
            assert rules.broken[rule, 0] == now
            assert broke[rule, 0] == (now and not before[rule])
            if broke[rule, 0]:
                assert rules.quiet_h(np.array([rule]), np.array([0]))[0] >= HOURS[rule]
            before[rule] = now


def watched(personal: Personal) -> list[int]:
    """Return some users with the small devices who are on no journey."""
    at_us = personal.inactivity._site.start_us
    there = ~np.any([personal.users.travelling(at_us + day * DAY_US) for day in range(3)], axis=0)
    return np.flatnonzero(personal.users.hung.fitted & there)[:WATCHED].tolist()


def let_them_lie(site: Site, personal: Personal) -> None:
    """Let some lie from 10:00 whom nobody else would find."""

    def lie() -> Steps:
        yield site.wait(site.start_us + FELL_AFTER_US - site.now_us)
        for row in watched(personal):
            personal.lying.fall(row, AlarmCause.FALL, site.now_us)

    site.process(lie())


@cache
def lain() -> Left:
    return lived(HEALTHY, days=1.1, scale=0.02, act=let_them_lie)


def test_who_lies_and_cannot_press_is_found_by_the_rule_of_water_within_12_hours() -> None:
    left = lain()
    raised = left.raised()
    real = raised["real"]
    assert real.sum() == len(watched(left.personal)) == WATCHED
    assert set(raised["code"][real].tolist()) == {ContactId.FAIL_TO_REPORT_IN}
    after_us = raised["time_us"][real].astype(np.int64) - left.engine.city.start_us - FELL_AFTER_US
    assert after_us.max() < 12 * HOUR_US + AFTER_US + SPREAD_US
    assert np.median(after_us) > 9 * HOUR_US  # earlier for those who had used little water before, as who was out
    found_s = left.samples["alarms.lying_s", FoundBy.INACTIVITY.word]
    assert len(found_s) == WATCHED
    assert (found_s > after_us.min() / 1e6).all()
    assert not left.personal.lying.since_us[watched(left.personal)].min() < left.engine.city.end_us


def test_the_rule_that_broke_stands_in_a_row_with_how_long_it_was_quiet() -> None:
    rows = lain().columns["inactivity"]
    water = rows["real"] & (rows["rule"] == Rule.WATER)
    assert water.sum() >= WATCHED * 0.9
    assert (rows["quiet_h"][water] == 12).all()


def test_most_alarms_of_inactivity_are_false() -> None:
    false = lived(PersonalParameters(small_devices=1), days=0.8, scale=0.05).of("inactivity_false")
    assert len(false) > 3
    assert false.mean() > 0.7


def test_homes_of_people_who_are_well_fall_quiet_as_often_as_the_load_has_it() -> None:
    personal = lain().personal
    activity: Activity = personal.inactivity._activity
    rules, first, days = Rules(len(activity.rows)), lain().engine.city.end_us // HOUR_US, 60
    asked, cases = np.zeros(len(activity.rows), dtype=np.bool_), 0
    for hour in range(first, first + 24 * days):
        there = ~personal.users.travelling(hour * HOUR_US)[activity.rows]
        seen = activity.hour(hour)
        broke = rules.add(Seen(np.where(there, seen.water_m3, 1.0), np.where(there, seen.doors, 1), np.where(there, seen.motions, 1)))
        cases += int((broke.any(axis=0) & ~asked).sum())
        asked = (asked | broke.any(axis=0)) & rules.broken.any(axis=0)
    expected = float(figures.QUIET_AT_HOME) * len(activity.rows) * (days - LONGEST / 24) / 365
    assert cases == pytest.approx(expected, abs=4 * sqrt(2.5 * expected))  # some homes are frugal: more than a Poisson count varies


def test_users_travel_as_often_and_as_long_as_the_figures_say() -> None:
    users = lain().personal.users
    start_us = lain().engine.city.start_us
    away = [users.travelling(start_us + number * JOURNEY_WINDOW_DAYS * DAY_US).mean() for number in range(6)]
    mean_d = float(figures.JOURNEY) * np.exp(float(figures.JOURNEY_SIGMA) ** 2 / 2)
    assert is_share(float(np.mean(away)), float(figures.JOURNEYS) * mean_d / 365, 6 * len(users))


def test_a_journey_of_which_the_centre_was_told_raises_nothing() -> None:
    away = lived(HEALTHY, days=1, scale=0.04)
    users, names = away.personal.users, away.engine.city.names("home")
    row = {home: number for number, home in enumerate(users.ids)}
    told = [
        (row[names[int(home)]], int(at_us))
        for home, at_us in zip(away.columns["inactivity"]["home"], away.columns["inactivity"]["time_us"], strict=True)
    ]
    assert told
    assert not any(users.announced(at_us - AFTER_US - SPREAD_US)[number] and users.announced(at_us)[number] for number, at_us in told)
    assert any(users.travelling(at_us)[number] for number, at_us in told)


def test_no_small_devices_no_rules() -> None:
    left = lived(PersonalParameters(per_year=0, small_devices=0), days=0.2, scale=0.02)
    assert "inactivity" not in left.columns
