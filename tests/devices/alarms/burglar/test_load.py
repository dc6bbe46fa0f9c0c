"""The load of the homes that are not simulated is what the simulated ones would raise."""

from collections import Counter

import numpy as np
import pytest

from devices.alarms.burglar import figures
from devices.alarms.burglar.activations import Activation
from devices.alarms.burglar.load import drawn as drawn_case
from devices.alarms.burglar.load import load
from devices.alarms.burglar.parameters import BurglarParameters
from devices.alarms.centre.cases import Case
from devices.alarms.centre.choices import Service
from sim.units import HOUR_US, NEVER_US
from tests.devices.alarms.alarm_runs import is_share
from tests.devices.alarms.burglar.homes import drawn

OFTEN = BurglarParameters(per_year=5, real=0.1)
CASES = 20_000


@pytest.fixture(scope="module")
def simulated() -> list[Activation]:
    return drawn(OFTEN, districts=("Putuo", "Pudong"), scale=0.03)[1]


@pytest.fixture(scope="module")
def loaded() -> list[Case]:
    rng = np.random.default_rng(4)
    return [drawn_case(OFTEN, str(number), "Xuhui", rng) for number in range(CASES)]


def test_both_are_in_earnest_cancelled_and_confirmed_as_often(simulated: list[Activation], loaded: list[Case]) -> None:
    shares = {
        "real": ([each.real for each in simulated], [each.real for each in loaded]),
        "cancelled": ([_cancelled(each) for each in simulated], [each.conduct.cancels_after_us is not None for each in loaded]),
        "confirmed": (
            [each.second_us != NEVER_US for each in simulated],
            [each.confirmed_after_us is not None and each.needs is None for each in loaded],
        ),
        "at home": ([bool(each.at_home) for each in simulated], [each.conduct.answers for each in loaded]),
    }
    expected_of = {"at home": 0.6}  # of those at home so many answer the phone
    for name, (of_homes, of_load) in shares.items():
        found, expected = np.mean(of_homes) * expected_of.get(name, 1.0), np.mean(of_load)
        assert is_share(float(found), float(expected), len(simulated) // 3), name


def _cancelled(each: Activation) -> bool:
    return not each.real and each.disarm_us - each.sent_us <= OFTEN.cancel_window


def test_a_code_under_duress_brings_the_police_at_once_and_nobody_calls_back(loaded: list[Case]) -> None:
    forced = [each for each in loaded if each.needs == (Service.POLICE,)]
    assert is_share(len(forced) / CASES, OFTEN.real * float(figures.DURESS), CASES)
    assert all(each.priority == 1 and each.confirmed_after_us == 0 and each.conduct.silent for each in forced)


def test_hours_of_the_load_are_those_of_the_homes(simulated: list[Activation]) -> None:
    hour = Counter((each.sent_us // HOUR_US + 8) % 24 for each in simulated)
    found = np.array([hour[each] for each in range(24)]) / len(simulated)
    weights = np.array(figures.ENTRY_HOURS.numbers) / sum(figures.ENTRY_HOURS.numbers)
    assert np.abs(found - weights).sum() / 2 < 0.08  # so much of the day's alarms would have to be moved


def test_the_load_is_the_rate_of_the_parameters() -> None:
    assert load(0.02, OFTEN).a_home_and_day == pytest.approx(0.02 * 5 / 365)
