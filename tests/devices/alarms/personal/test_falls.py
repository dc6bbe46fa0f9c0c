"""Who falls, who lies and for how long, and who finds them."""

from math import exp

import numpy as np
import pytest

from devices.alarms.centre.parameters import CareParameters, CentreParameters
from devices.alarms.choices import AlarmCause, ContactId
from devices.alarms.personal import figures
from devices.alarms.personal.choices import FoundBy
from devices.alarms.personal.falls import by_day
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.rates import Rates, in_reach, press_in_reach, worn
from sim.city.calendar import Calendar
from sim.units import HOUR_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.personal.hubs import busy, lived


def test_of_those_who_lie_for_more_than_5_minutes_83_percent_do_not_press() -> None:
    pressed = busy().of("lying_pressed")
    assert is_share(float(pressed.mean()), float(figures.PRESSED), len(pressed))
    assert in_reach() * press_in_reach() == pytest.approx(float(figures.PRESSED))


def test_pendants_are_worn_at_a_fall_as_habits_and_hours_have_it() -> None:
    found = busy().of("pendant_worn")
    assert is_share(float(found.mean()), 0.9 * worn(), len(found))
    assert 0.9 * worn() < 1 - figures.WEARING.numbers[0]  # more take it off than never wear it


def test_worn_detectors_find_four_falls_in_five_and_miss_the_fifth() -> None:
    found = busy().of("fall_detected")
    assert is_share(float(found.mean()), float(figures.SENSITIVITY), len(found))
    raised = busy().raised()
    detected = raised["code"] == ContactId.MEDICAL
    assert set(raised["alarm_cause"][detected].tolist()) == {AlarmCause.FALL, AlarmCause.SENSOR_FAULT}
    assert 0 < raised["real"][detected].mean() < 1


def test_emergencies_are_at_least_as_many_as_users_had_and_as_unequal() -> None:
    needs, shape = Rates(PersonalParameters()).needs, float(figures.NEED_SHAPE)
    assert needs >= 0.48  # BMC Geriatrics: 38.2 % had one or more in a year
    assert 1 - (1 + needs / shape) ** -shape == pytest.approx(0.382, abs=0.03)
    assert 1 - exp(-needs) > 0.45  # if all were alike more would have had one


def test_falls_and_collapses_are_as_many_as_the_rates_say() -> None:
    rates, users, city = Rates(PersonalParameters(per_year=300)), busy().personal.users, busy().engine.city
    per_day = (rates.lying + rates.unwell * float(figures.COLLAPSED)) * users.need.sum() / 365
    expected = busy().personal.arrivals.demand.expected(per_day, city.start_us, city.end_us)
    assert len(busy().of("lying_pressed")) == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_those_who_press_lie_for_minutes_and_those_who_cannot_for_hours() -> None:
    by = {each: busy().samples["alarms.lying_s", each.word] for each in FoundBy}
    assert min(map(len, by.values())) >= 5
    assert np.median(by[FoundBy.PRESS]) < 30 * 60
    assert np.median(by[FoundBy.DETECTOR]) < 30 * 60
    assert np.median(by[FoundBy.NOBODY]) == pytest.approx(25 * 60, rel=0.25)  # 5 min, and the median of the figure
    assert np.median(by[FoundBy.VISITOR]) > 2 * 3_600
    assert np.median(by[FoundBy.INACTIVITY]) > 3 * 3_600


def test_nearly_all_who_lie_are_found_within_a_day_and_most_within_an_hour() -> None:
    soon, late = busy().of("found_in_1_h"), busy().of("found_in_24_h")
    assert len(soon) > len(late) > 100
    assert late.mean() >= 0.9  # as promised
    assert 0.6 < soon.mean() < late.mean()


def test_the_census_knows_who_lies() -> None:
    lying = np.array(busy().users_lying)
    seconds = sum(float(each.sum()) for (name, _), each in busy().samples.items() if name == "alarms.lying_s")
    assert lying.mean() == pytest.approx(seconds / (2 * 86_400), rel=0.15)  # Little's law


def test_somebody_lies_already_when_the_run_begins() -> None:
    assert busy().users_lying[0] > 5


def test_without_operators_only_those_are_found_whom_others_find_or_who_get_up() -> None:
    nobody = CentreParameters(operators=0, care=CareParameters(per_day=0))
    left = lived(PersonalParameters(per_year=800, detectors=1), days=0.5, scale=0.03, centre=nobody)
    found = {where for name, where in left.samples if name == "alarms.lying_s"}
    assert found == {FoundBy.NOBODY.word, FoundBy.VISITOR.word, FoundBy.HOUSEMATE.word}
    assert len(left.raised()["home"]) > 100


@pytest.mark.parametrize(("clock", "lasting", "found"), [(10, 1, 11), (19, 2, 33), (23, 1, 33), (3, 1, 9), (8, 12, 32), (8, 25, 57)])
def test_visitors_come_by_day(clock: float, lasting: float, found: float) -> None:
    calendar = Calendar("Asia/Shanghai")
    midnight_us = calendar.instant_us(calendar.local(1_425_000_000_000_000).date())
    came_us = by_day(calendar, midnight_us + round(clock * HOUR_US), lasting * HOUR_US)
    assert (came_us - midnight_us) / HOUR_US == pytest.approx(found)
