"""What the homes that are not simulated raise is what the simulated ones do."""

from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from devices.alarms.centre.choices import CallOutcome, Purpose, Service
from devices.alarms.choices import AlarmCause, ContactId
from devices.alarms.personal import figures
from devices.alarms.personal.load import drawn, load
from devices.alarms.personal.parameters import PersonalParameters
from devices.alarms.personal.rates import Rates
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.personal.hubs import busy

DRAWN = 20_000
BUSY = Rates(PersonalParameters(per_year=300, detectors=0.5, small_devices=1.0))


def routine() -> NDArray[np.bool_]:
    return np.isin(busy().raised()["alarm_cause"], (AlarmCause.WISH, AlarmCause.ACCIDENT, AlarmCause.TEST))


def real_calls() -> NDArray[np.bool_]:
    raised = busy().raised()
    called: NDArray[np.bool_] = raised["real"] & (raised["code"] != ContactId.FAIL_TO_REPORT_IN)
    return called


def test_a_load_has_all_that_a_hub_reports_in_a_year() -> None:
    parameters = PersonalParameters()
    rates = Rates(parameters)
    assert load(0.01, parameters).per_year == pytest.approx(rates.reports)
    assert 5.5 < rates.reports < 6.5  # presses are most of it
    assert load(0.01, PersonalParameters(per_year=0, false_detections_per_year=0, small_devices=0)).per_year == 0


def test_cases_that_are_drawn_have_the_shares_of_the_rates() -> None:
    parameters, rng = PersonalParameters(), np.random.default_rng(4)
    rates = Rates(parameters)
    cases = [drawn(parameters, str(number), "Xuhui", rng) for number in range(DRAWN)]
    real = (rates.per_year_real + rates.detected) / rates.reports
    assert is_share(float(np.mean([each.real for each in cases])), real, DRAWN)
    signals = [each for each in cases if each.urgency is not None]
    assert is_share(len(signals) / DRAWN, rates.inactive / rates.reports, DRAWN)
    assert not any(each.conduct.speaks or each.real for each in signals)
    voiceless = [not each.conduct.speaks for each in cases if each.urgency is None]
    assert is_share(float(np.mean(voiceless)), float(figures.VOICELESS), len(voiceless))
    assert 0.006 < np.mean([Service.AMBULANCE in each.needed for each in cases]) < 0.01


def test_simulated_homes_report_presses_and_emergencies_as_the_load_has_them() -> None:
    users, city = busy().personal.users, busy().engine.city
    demand = busy().personal.arrivals.demand

    def expected(per_year: float, weight: float) -> float:
        return demand.expected(per_year * weight / 365, city.start_us, city.end_us)

    for found, rate, weight in (
        (routine(), BUSY.routine, users.calling.sum()),
        (real_calls(), BUSY.per_year_real + BUSY.detected, users.need.sum()),
    ):
        mean = expected(rate, float(weight))
        assert found.sum() == pytest.approx(mean, abs=4 * sqrt(mean) + 0.03 * mean)


def test_simulated_homes_have_the_shares_of_falls_and_of_false_detections_of_the_load() -> None:
    raised = busy().raised()
    calls = raised["code"] != ContactId.FAIL_TO_REPORT_IN
    falls = real_calls() & (raised["alarm_cause"] == AlarmCause.FALL)
    share = (BUSY.per_year_real * float(figures.FALLS) + BUSY.detected) / (BUSY.per_year_real + BUSY.detected)
    assert is_share(falls.sum() / real_calls().sum(), share, int(real_calls().sum()))
    vain = (calls & (raised["code"] == ContactId.MEDICAL) & ~raised["real"]).sum()
    expected = BUSY.detected_in_vain * busy().user_years
    assert vain == pytest.approx(expected, abs=4 * sqrt(expected) + 0.2 * expected)  # the factors of need, and of days


def test_simulated_homes_are_as_often_without_a_voice_as_the_load() -> None:
    calls = busy().columns["call"]
    answered = (calls["purpose"] == Purpose.ALARM) & (calls["outcome"] == CallOutcome.ANSWERED)
    called_back = calls["purpose"] == Purpose.CALL_BACK
    signals = busy().raised()["code"] == ContactId.FAIL_TO_REPORT_IN
    voices = int(answered.sum() - signals.sum())
    assert (called_back.sum() - signals.sum()) / voices == pytest.approx(float(figures.VOICELESS), abs=4 * sqrt(0.13 / voices) + 0.005)
