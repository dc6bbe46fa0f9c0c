"""Who presses, when and why, and how unequally it is spread."""

from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.choices import AlarmCause, ContactId
from devices.alarms.personal import figures
from devices.alarms.personal.calls import Button
from devices.alarms.personal.choices import Habit
from devices.alarms.personal.users import NOTHING
from sim.units import HOUR_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.personal.hubs import busy

ROUTINE = (AlarmCause.WISH, AlarmCause.ACCIDENT, AlarmCause.TEST)


def routine() -> dict[str, NDArray[np.generic]]:
    raised = busy().raised()
    chosen = np.isin(raised["alarm_cause"], ROUTINE)
    return {name: column[chosen] for name, column in raised.items()}


def rows_of(homes: NDArray[np.generic]) -> NDArray[np.int64]:
    names, ids = busy().engine.city.names("home"), busy().personal.users.ids
    row = {home: number for number, home in enumerate(ids)}
    return np.array([row[names[int(home)]] for home in homes])


def test_users_press_as_often_as_the_figure_says_on_the_busy_days_that_the_whole_city_has() -> None:
    personal, city, rate = busy().personal, busy().engine.city, 300 * 0.97
    per_day = rate * personal.users.calling.sum() / 365
    expected = personal.arrivals.demand.expected(per_day, city.start_us, city.end_us)
    assert len(routine()["home"]) == pytest.approx(expected, abs=4 * sqrt(expected))
    assert expected == pytest.approx(rate * busy().user_years, rel=0.25)  # two day factors, and the factors of 2,300 users


def test_presses_have_the_hours_of_their_figure() -> None:
    hours = (busy().engine.city.calendar.local(0).hour + routine()["time_us"].astype(np.int64) // HOUR_US) % 24
    found, weights = np.bincount(hours, minlength=24), np.array(figures.EMERGENCY_HOURS.numbers)
    expected = weights / weights.sum() * found.sum()
    assert (np.abs(found - expected) < 4 * np.sqrt(expected) + 0.08 * expected).all()  # and the factors of slots


def test_a_minority_presses_most_as_the_gamma_of_the_figure_has_it() -> None:
    counts = np.bincount(rows_of(routine()["home"]), minlength=len(busy().personal.users))
    mean, shape = counts.mean(), float(figures.CALLING_SHAPE)
    assert counts.var() / mean == pytest.approx(1 + mean / shape, rel=0.25)
    rng = np.random.default_rng(1)
    drawn = rng.poisson(mean * rng.gamma(shape, 1 / shape, 200_000))
    fifths = [np.sort(each)[::-1][: len(each) // 5].sum() / each.sum() for each in (counts, drawn)]
    assert fifths[0] == pytest.approx(fifths[1], abs=0.03)
    assert fifths[0] > 0.6


def test_over_a_year_a_fifth_of_the_users_makes_two_thirds_of_the_presses() -> None:
    calling = np.sort(busy().personal.users.calling)[::-1]
    assert calling[: len(calling) // 5].sum() / calling.sum() == pytest.approx(0.65, abs=0.04)


def test_wishes_accidents_and_tests_have_their_shares() -> None:
    causes = routine()["alarm_cause"]
    for cause, share in zip(ROUTINE, figures.REASONS.numbers, strict=True):
        assert is_share(float((causes == cause).mean()), share, len(causes))


def test_three_presses_in_a_hundred_are_emergencies_and_eight_in_a_thousand_need_an_ambulance() -> None:
    raised = busy().raised()
    presses = raised["code"] == ContactId.PERSONAL_EMERGENCY
    # Where half of the pendants detect falls, a seventh of those who lie and would press need not: 3.0 % become 2.8.
    assert raised["real"][presses].mean() == pytest.approx(0.028, abs=4 * sqrt(0.028 / presses.sum()) + 0.003)
    ambulances = busy().of("press_ambulance")
    assert len(ambulances) >= presses.sum()
    assert is_share(float(ambulances.mean()), 0.0081, len(ambulances))
    assert 0.005 < ambulances.mean() < 0.02


def test_nobody_presses_who_is_out_or_on_a_journey() -> None:
    users, began_us = busy().personal.users, routine()["began_us"].tolist()
    days, names = busy().engine.city.days, busy().engine.city.districts
    for row, at_us in list(zip(rows_of(routine()["home"]).tolist(), began_us, strict=True))[-300:]:
        assert not days.away(names[int(users.district[row])], at_us)[users.person[row]]
        assert not users.travelling(at_us)[row]


def test_whoever_never_wears_the_pendant_presses_at_the_hub_or_the_cord() -> None:
    raised, users = busy().raised(), busy().personal.users
    by_pendant = rows_of(raised["home"][raised["zone"] == Button.PENDANT])
    assert len(by_pendant) > 500
    assert not (users.habit[by_pendant] == Habit.NEVER).any()
    assert (users.hung.pendant[by_pendant] != NOTHING).all()
    by_cord = rows_of(raised["home"][raised["zone"] == Button.CORD])
    assert (users.hung.cord[by_cord] != NOTHING).all()


def test_users_wear_the_pendant_never_by_day_or_always_as_the_figure_says() -> None:
    habit = busy().personal.users.habit
    for each, share in zip(Habit, figures.WEARING.numbers, strict=True):
        assert is_share(float((habit == each).mean()), share, len(habit))


def test_every_press_that_the_centre_closes_is_restored() -> None:
    states = busy().columns["alarm"]["alarm_state"]
    raised, restored = (states == 0).sum(), (states == 3).sum()
    assert abs(raised - restored) < 20  # a few were open when the run began, or are when it ends
    assert raised > 3_000
