"""Days: people wake, leave, come back, cook and sleep in that order, differently from day to day, the same for everybody who asks."""

import tracemalloc
from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.city import day_figures as figures
from sim.city.calendar import Calendar
from sim.city.day_drawing import Meal
from sim.city.days import Day, Days
from sim.city.people import People
from sim.city.residents import Occupation, Residents
from sim.errors import UsageError
from sim.streams import Streams
from sim.units import HOUR_US, MINUTE_US, NEVER_US

CALENDAR = Calendar()
MONDAY, SATURDAY = date(2015, 3, 2), date(2015, 3, 7)
COLUMNS = ("wake_us", "leave_us", "return_us", "sleep_us", "left_us", "back_us", "cook_us", "cooked_us")
OF_HOMES = COLUMNS[4:]


def days(scale: float = 0.01, seed: int = 3) -> Days:
    return Days(People(Streams(seed), scale, 2015), CALENDAR, Streams(seed))


DAYS = days()
PEOPLE = DAYS.people.of("Pudong")
WORKDAY, FREE_DAY = DAYS.of("Pudong", MONDAY), DAYS.of("Pudong", SATURDAY)


def at(day: date, hour: float) -> int:
    return CALENDAR.instant_us(day) + round(hour * HOUR_US)


def hours(instants: NDArray[np.int64], day: date) -> NDArray[np.float64]:
    """Return the hours after midnight of what happens."""
    return np.asarray((instants[instants != NEVER_US] - CALENDAR.instant_us(day)) / HOUR_US)


@pytest.mark.parametrize("day", [WORKDAY, FREE_DAY], ids=["workday", "free day"])
def test_a_day_has_its_order(day: Day) -> None:
    goes = day.leave_us != NEVER_US
    assert (goes == (day.return_us != NEVER_US)).all()
    assert (day.wake_us[goes] < day.leave_us[goes]).all()
    assert (day.leave_us[goes] < day.return_us[goes]).all()
    assert (day.return_us[goes] < day.sleep_us[goes]).all()
    assert (day.wake_us < day.sleep_us).all()
    cooks = day.cook_us != NEVER_US
    assert (cooks == (day.cooked_us != NEVER_US)).all()
    assert (day.cook_us[cooks] <= day.cooked_us[cooks]).all()


def test_a_night_lies_between_two_days() -> None:
    before, after = (DAYS.of("Putuo", MONDAY + timedelta(days=number)) for number in (0, 1))
    assert (after.wake_us - before.sleep_us).min() >= HOUR_US
    assert np.median(after.wake_us - before.sleep_us) > 7 * HOUR_US


@pytest.mark.parametrize(
    ("day", "figure"), [(WORKDAY, figures.LEAVE_SHARE_WORKDAY), (FREE_DAY, figures.LEAVE_SHARE_FREE_DAY)], ids=["workday", "free day"]
)
@pytest.mark.parametrize("occupation", list(Occupation))
def test_people_go_out_in_the_shares_of_the_figures(day: Day, figure: figures.Figure, occupation: Occupation) -> None:
    assert isinstance(figure.value, tuple)
    rows, share = PEOPLE.persons.occupation == occupation, figure.value[occupation]
    went = int((day.leave_us[rows] != NEVER_US).sum())
    assert abs(went - rows.sum() * share) < 4 * (rows.sum() * share * (1 - share)) ** 0.5


def test_on_a_workday_those_who_work_leave_and_come_back_with_the_metros_peaks() -> None:
    working = PEOPLE.persons.occupation == Occupation.WORK
    assert np.median(hours(WORKDAY.leave_us[working], MONDAY)) == pytest.approx(8.08 - 0.25, abs=0.05)
    assert np.median(hours(WORKDAY.return_us[working], MONDAY)) == pytest.approx(17.95 + 50 / 60, abs=0.1)
    assert np.median(hours(FREE_DAY.leave_us[working], SATURDAY)) > 10


def test_nobody_is_in_exactly_while_all_who_live_there_are_out() -> None:
    for hour in (3, 8.2, 9, 12, 16, 18.5, 20):
        out = DAYS.away("Pudong", at(MONDAY, hour))
        everybody = np.bincount(PEOPLE.persons.home, out) == PEOPLE.homes.size
        assert (DAYS.empty("Pudong", at(MONDAY, hour)) == everybody).all(), hour


def test_what_began_before_midnight_lasts_beyond_it() -> None:
    late = np.flatnonzero((WORKDAY.return_us != NEVER_US) & (WORKDAY.sleep_us > at(MONDAY, 24.5)))
    assert len(late)
    assert not DAYS.asleep("Pudong", at(MONDAY, 24.4))[late].any()
    assert DAYS.asleep("Pudong", at(MONDAY, 27.0)).all()
    assert DAYS.asleep("Pudong", at(MONDAY, 12)).mean() == 0


def test_nothing_cooks_while_nobody_is_in_and_meals_are_in_order() -> None:
    for day in (WORKDAY, FREE_DAY):
        left, back = day.left_us[:, None], day.back_us[:, None]
        cooks = day.cook_us != NEVER_US
        assert not (cooks & (left <= day.cook_us) & (day.cook_us < back)).any()
        assert not (cooks & (day.cook_us < left) & (left < day.cooked_us)).any()
        both = cooks[:, Meal.BREAKFAST] & cooks[:, Meal.DINNER]
        assert (day.cooked_us[both, Meal.BREAKFAST] < day.cook_us[both, Meal.DINNER]).all()


@pytest.mark.parametrize(
    ("first", "figure"), [(MONDAY, figures.COOK_SHARE_WORKDAY), (SATURDAY, figures.COOK_SHARE_FREE_DAY)], ids=["workday", "free day"]
)
def test_homes_with_somebody_in_cook_in_the_shares_of_the_figures_over_many_days(first: date, figure: figures.Figure) -> None:
    assert isinstance(figure.value, tuple)
    many = days(scale=0.002)
    cooked = []
    for week in range(30):
        day = many.of("Pudong", first + timedelta(weeks=week))
        cooked.append((day.cook_us != NEVER_US)[day.left_us == NEVER_US].mean(axis=0))
    deviation = 0.09 / 30**0.5  # the day's factor
    assert np.mean(cooked, axis=0) == pytest.approx(figure.value, abs=3 * deviation)


def test_dinner_is_cooked_in_the_evening() -> None:
    dinner = hours(WORKDAY.cook_us[:, Meal.DINNER], MONDAY)
    assert 17 < np.median(dinner) < 19
    assert np.mean((dinner > 16) & (dinner < 21)) > 0.9


def test_what_homes_cook_scatters_more_than_a_binomial_between_homes_and_between_days() -> None:
    many = days(scale=0.002)
    month = [many.of("Pudong", MONDAY + timedelta(weeks=week)).cook_us[:, Meal.DINNER] != NEVER_US for week in range(30)]
    cooked = np.array(month)
    share = cooked.mean()
    binomial = len(month) * share * (1 - share)
    assert cooked.sum(axis=0).var() > 3 * binomial  # homes that nearly always cook, and homes that hardly ever do
    by_day = cooked.sum(axis=1)
    spread = by_day.var(ddof=1) / (cooked.shape[1] * share * (1 - share))
    assert spread > 2  # a whole city has its days


def test_a_person_keeps_habits() -> None:
    working = PEOPLE.persons.occupation == Occupation.WORK
    tuesday = DAYS.of("Pudong", MONDAY + timedelta(days=1))
    both = working & (WORKDAY.leave_us != NEVER_US) & (tuesday.leave_us != NEVER_US)
    one, other = (hours(day.leave_us[both], on) for day, on in ((WORKDAY, MONDAY), (tuesday, MONDAY + timedelta(days=1))))
    assert np.corrcoef(one, other)[0, 1] > 0.85
    assert np.abs(one - other).mean() > 0.1


def test_a_day_is_the_same_for_whoever_asks_and_whenever() -> None:
    again = days()
    again.of("Putuo", SATURDAY)
    found = again.of("Pudong", MONDAY)
    assert found is again.of("Pudong", MONDAY)
    for name in COLUMNS:
        assert (getattr(found, name) == getattr(WORKDAY, name)).all(), name


def test_a_home_has_the_same_day_in_a_larger_share_of_the_city() -> None:
    small, large = days(scale=0.001), days(scale=0.01)
    homes, persons = len(small.people.of("Pudong").homes), len(small.people.of("Pudong").persons)
    few, many = small.of("Pudong", MONDAY), large.of("Pudong", MONDAY)
    for name in COLUMNS:
        upto = homes if name in OF_HOMES else persons
        assert (getattr(many, name)[:upto] == getattr(few, name)).all(), name


@pytest.mark.parametrize("asked_first", [False, True], ids=["some first", "all first"])
def test_some_homes_have_the_day_that_they_have_among_all(*, asked_first: bool) -> None:
    few, homes, persons = days(), PEOPLE.homes, PEOPLE.persons
    if asked_first:
        few.of("Pudong", MONDAY)
    chosen = np.array([700, 3, 19_000])  # in any order
    found, person = few.of("Pudong", MONDAY, chosen), np.concatenate([np.flatnonzero(persons.home == home) for home in chosen])
    assert (found.households.person == person).all()
    for name in COLUMNS:
        rows = chosen if name in OF_HOMES else person
        assert (getattr(found, name) == getattr(WORKDAY, name)[rows]).all(), name
    noon = at(MONDAY, 12)
    assert (few.empty("Pudong", noon, chosen) == DAYS.empty("Pudong", noon)[chosen]).all()
    assert (few.away("Pudong", noon, chosen) == DAYS.away("Pudong", noon)[person]).all()
    assert (few.asleep("Pudong", at(MONDAY, 23), chosen) == DAYS.asleep("Pudong", at(MONDAY, 23))[person]).all()
    assert len(homes) > chosen.max()


def test_whoever_asks_for_more_homes_gets_them_as_they_are() -> None:
    few = days()
    few.follow("Pudong", np.arange(0, 1_000))
    assert len(few.of("Pudong", MONDAY, np.array([7])).wake_us) == PEOPLE.homes.size[7]
    for name in COLUMNS:
        assert (getattr(few.of("Pudong", MONDAY), name) == getattr(WORKDAY, name)).all(), name


def test_the_first_is_up_and_the_last_asleep_in_a_home() -> None:
    home = int(np.argmax(PEOPLE.homes.size))
    rows = PEOPLE.persons.home == home
    assert WORKDAY.up_us[home] == WORKDAY.wake_us[rows].min()
    assert WORKDAY.asleep_us[home] == WORKDAY.sleep_us[rows].max()


def test_few_of_many_homes_take_little_memory() -> None:
    few = days(scale=0.02)
    residents = few.people.of("Pudong")
    few.follow("Pudong", np.arange(0, len(residents.homes), 20))
    tracemalloc.start()
    try:
        day = few.of("Pudong", MONDAY, np.array([0]))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(day.households) == 1
    assert most < 0.5 * len(residents.persons) * 2 * 4 * 8  # what the normal draws of all its persons alone would take


def test_few_days_are_kept() -> None:
    many = days(scale=0.001)
    for number in range(9):
        many.of("Putuo", MONDAY + timedelta(days=number))
    assert sorted(day for _, day in many._kept) == [MONDAY + timedelta(days=7), MONDAY + timedelta(days=8)]


def test_a_district_without_homes_has_empty_days() -> None:
    nobody = days(scale=1e-7)
    assert [len(getattr(nobody.of("Jingan", MONDAY), name)) for name in (*COLUMNS, "up_us", "asleep_us")] == [0] * 10
    assert len(nobody.away("Jingan", at(MONDAY, 9))) == 0


def test_an_unknown_district_has_no_days() -> None:
    with pytest.raises(UsageError, match="nobody is known to live in"):
        DAYS.of("Atlantis", MONDAY)


def test_a_hundred_thousand_homes_with_their_day_fit_into_a_hundred_megabytes() -> None:
    tracemalloc.start()
    try:
        found = days(scale=0.051)
        found.of("Pudong", MONDAY)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    residents: Residents = found.people.of("Pudong")
    assert len(residents.homes) >= 100_000
    assert most < 100e6


def test_instants_are_of_the_local_day() -> None:
    assert CALENDAR.local(int(np.median(WORKDAY.wake_us))).date() == MONDAY
    assert WORKDAY.wake_us.min() >= at(MONDAY, 4)
    assert WORKDAY.sleep_us.max() <= at(MONDAY, 27) + MINUTE_US
