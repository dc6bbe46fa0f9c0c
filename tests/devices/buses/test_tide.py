"""The tide keeps a day's riders and leans them towards the direction of each peak."""

import pytest

from devices.buses.driving.tide import tidal
from sim.city.demand import BUS_BOARDINGS


def test_without_a_tide_both_directions_follow_the_curve_of_boardings() -> None:
    for profile in tidal(0.0):
        assert profile.workday == pytest.approx(BUS_BOARDINGS.workday)


def test_the_morning_direction_is_busier_in_the_morning_and_quieter_in_the_evening() -> None:
    morning, evening = tidal(0.4)
    assert morning.workday[8] / evening.workday[8] == pytest.approx(1.4 / 0.6, rel=0.1)
    assert evening.workday[17] / morning.workday[17] == pytest.approx(1.4 / 0.6, rel=0.1)
    assert sum(morning.workday) == pytest.approx(24)
    assert morning.free_day == pytest.approx(evening.free_day)
