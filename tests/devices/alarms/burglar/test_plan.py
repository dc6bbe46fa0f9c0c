"""What sets panels off, and how often: figures are found again, a few homes make most of it, and storms add to it."""

from functools import cache
from math import sqrt

import numpy as np
import pytest

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activation
from devices.alarms.burglar.causes import FALSE, USER_ERRORS, a_year, armed_share, chances, mean_trips
from devices.alarms.burglar.panels import MAIN, Panels, factors
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.choices import AlarmCause, ContactId
from devices.alarms.system import DECLARED
from devices.causes import STORM
from sim.city.incidents import Incident
from sim.city.site import Site
from sim.units import HOUR_US, NEVER_US, SECOND_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.burglar.homes import HERE, MONDAY, drawn
from tests.devices.buses.timetabled import a_site

OFTEN = BurglarParameters(per_year=5)
EARNEST = BurglarParameters(per_year=5, real="60%")  # type: ignore[arg-type]  # read as text


@cache
def a_week(parameters: BurglarParameters = OFTEN) -> tuple[Panels, list[Activation]]:
    panels, found, _ = drawn(parameters, districts=(HERE, "Pudong"), scale=0.03)
    return panels, found


def test_a_week_of_homes_raises_as_many_alarms_as_the_rate_a_system_and_year_says() -> None:
    panels, found = a_week()
    expected = len(panels) * OFTEN.per_year * 7 / 365
    counts = np.bincount([each.panel for each in found], minlength=len(panels))
    half = 3.3 * counts.std() * sqrt(len(panels)) + 0.01 * expected  # a per cent is lost where the chance of the worst homes is capped
    assert len(found) == pytest.approx(expected, abs=half)
    assert half < 0.15 * expected


def test_four_fifths_of_false_alarms_are_errors_around_entry_and_exit() -> None:
    false = [each for each in a_week()[1] if not each.real]
    by_users = np.mean([each.cause in USER_ERRORS for each in false])
    assert sum(figures.CAUSES.numbers[:2]) == pytest.approx(0.8)
    # Alarms of one home come together: so many fewer are independent.
    assert is_share(float(by_users), 0.8, len(false) // 2)


@pytest.mark.parametrize("cause", FALSE)
def test_each_cause_has_its_share(cause: AlarmCause) -> None:
    false = [each for each in a_week()[1] if not each.real]
    share = figures.CAUSES.numbers[FALSE.index(cause)]
    assert is_share(float(np.mean([each.cause == cause for each in false])), share, len(false) // 2)


def test_the_real_share_is_found_again() -> None:
    for parameters in (OFTEN, EARNEST):
        found = a_week(parameters)[1]
        assert is_share(float(np.mean([each.real for each in found])), parameters.real, len(found) // 2)


def test_a_fifth_of_the_systems_makes_four_fifths_of_false_alarms_in_a_year() -> None:
    site = Site(a_site((HERE,)).city, DECLARED)
    factor = np.sort(factors(site, HERE, 2015, 40_000))[::-1]
    assert factor.mean() == pytest.approx(1.0, abs=3.3 * 2 / sqrt(40_000))
    assert factor[:8_000].sum() / factor.sum() == pytest.approx(0.8, abs=0.05)


def test_counts_of_homes_are_overdispersed_as_a_gamma_mixture_of_poissons_at_least() -> None:
    panels, found = a_week()
    counts = np.bincount([each.panel for each in found if not each.real], minlength=len(panels))
    mixed = 1.0 + counts.mean() / float(figures.SHAPE)  # negative binomial; habits of arming and days add to it
    spread = counts.var() * sqrt(2.0 / len(panels)) * 4
    assert mixed - 4 * spread < counts.var() / counts.mean() < 2 * mixed


def test_another_year_has_other_homes_that_make_most() -> None:
    site = Site(a_site((HERE,)).city, DECLARED)
    one, other = (factors(site, HERE, year, 5_000) for year in (2015, 2016))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.06


def test_no_alarm_is_sent_of_which_the_code_came_before() -> None:
    _, found = a_week()
    assert all(each.began_us <= each.sent_us < each.disarm_us for each in found)


def test_a_second_activation_comes_seconds_to_a_minute_after_and_confirms_most_burglaries() -> None:
    _, found = a_week(EARNEST)
    burglaries = [each for each in found if each.cause == AlarmCause.BURGLARY]
    seconds = [each for each in burglaries if each.second_us != NEVER_US]
    assert is_share(len(seconds) / len(burglaries), float(figures.CONFIRMED_REAL), len(burglaries))
    after_s = np.array([(each.second_us - each.sent_us) / SECOND_US + 30 for each in seconds])
    assert np.median(after_s) == pytest.approx(float(figures.SECOND), rel=0.2)
    assert np.mean(after_s < 60) > 0.9
    assert all(each.second_zone != each.zone for each in seconds)


def test_burglars_come_by_the_door_or_the_perimeter_and_only_while_nobody_is_there() -> None:
    panels, found = a_week(EARNEST)
    burglaries = [each for each in found if each.cause == AlarmCause.BURGLARY]
    codes = [ContactId(each.code) for each in burglaries]
    assert set(codes) <= {ContactId.ENTRY_EXIT, ContactId.PERIMETER, ContactId.INTERIOR}
    assert is_share(codes.count(ContactId.ENTRY_EXIT) / len(codes), float(figures.BY_THE_DOOR), len(codes))
    for each, code in zip(burglaries, codes, strict=True):
        assert not each.at_home
        if code is ContactId.PERIMETER and each.partition == MAIN:
            assert 2 <= each.zone < 2 + panels.perimeter[each.panel]
        elif code is ContactId.INTERIOR:  # by a window that was left open and bypassed
            assert each.zone >= 2 + panels.perimeter[each.panel]


def test_duress_is_rare_and_real_and_says_the_code_of_a_user() -> None:
    found = [each for each in a_week(EARNEST)[1] if each.cause == AlarmCause.DURESS]
    real = [each for each in a_week(EARNEST)[1] if each.real]
    assert is_share(len(found) / len(real), float(figures.DURESS), len(real))
    assert {each.code for each in found} == {ContactId.DURESS}


def test_a_faulty_sensor_raises_no_more_alarms_than_the_swinger_shutdown_lets_through() -> None:
    for most in (1, 3):
        parameters = BurglarParameters(per_year=10, swinger=most)
        _, found, _ = drawn(parameters, days=5)
        by_stretch: dict[tuple[int, int], int] = {}
        for each in (one for one in found if one.cause == AlarmCause.SENSOR_FAULT):
            by_stretch[each.panel, each.disarm_us] = by_stretch.get((each.panel, each.disarm_us), 0) + 1
        assert max(by_stretch.values()) == most
    assert mean_trips(1) == 1.0
    assert mean_trips(6) < 1 / (1 - float(figures.TRIPS_AGAIN))


def test_a_storm_raises_weathers_false_alarms_in_its_district_and_by_night_too() -> None:
    storm = Incident(what=STORM, after="12h", lasting="14h", districts=(HERE,))
    calm, rough = (drawn(OFTEN, days=1, incidents=each) for each in ((), (storm,)))
    weather = [each for each in rough[1] if each.cause == AlarmCause.WEATHER]
    usual = [each for each in calm[1] if each.cause == AlarmCause.WEATHER]
    assert len(weather) > 5 * max(len(usual), 1)
    assert {bool(each.at_home) for each in weather} == {False, True}
    others = [[each for each in found if each.cause != AlarmCause.WEATHER] for _, found, _ in (calm, rough)]
    assert others[0] == others[1]


def test_another_district_changes_nothing_that_is_drawn() -> None:
    panels, alone, _ = drawn(OFTEN, days=2)
    both, found, _ = drawn(OFTEN, days=2, districts=("Xuhui", HERE))
    first = int(np.flatnonzero(both.district == both.district[-1])[0])
    assert len(both) - first == len(panels)
    mine = [replace_panel(each, -first) for each in found if each.panel >= first]
    assert mine == alone
    assert len(alone) > 20


def replace_panel(each: Activation, by: int) -> Activation:
    return each._replace(panel=each.panel + by)


def test_chances_follow_how_many_arm() -> None:
    few, many = (BurglarParameters(arms=share, auto_arm=0.0) for share in (0.35, 0.7))
    assert chances(few).entry_error == pytest.approx(2 * chances(many).entry_error)
    assert armed_share(BurglarParameters(arms=0.7, auto_arm=0.5)) == pytest.approx(0.85)


def test_homes_are_empty_as_often_and_as_long_as_the_figures_computed_from_their_days_say() -> None:
    site = Site(a_site((HERE, "Pudong"), scale=0.02).city, DECLARED)
    for day, place in ((MONDAY, 0), (MONDAY.replace(day=7), 1)):
        hours = np.concatenate(
            [(each.back_us - each.left_us) / HOUR_US for each in (site.days.of(name, day) for name in site.district_names)]
        )
        long = hours >= float(figures.SHORTEST_AWAY) / 60
        assert is_share(long.mean(), figures.PERIODS.numbers[place], len(long))
        assert hours[long].sum() / len(hours) == pytest.approx(figures.EMPTY_HOURS.numbers[place], rel=0.02)
    assert 150 < a_year(figures.PERIODS) < 250
