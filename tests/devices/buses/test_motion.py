"""A bus pulls away, cruises and brakes: never harder and never faster than a bus can."""

import numpy as np
import pytest

from devices.buses.network.motion import least_us, passing_us, ramps
from sim.units import SECOND_US

TOP_M_S = 100 / 3.6


@pytest.mark.parametrize(
    ("length_m", "least_s"),
    [(0.0, 0.0), (100.0, 20.0), (TOP_M_S**2, 2 * TOP_M_S), (2_000.0, 2_000 / TOP_M_S + TOP_M_S)],
)
def test_the_least_time_is_full_acceleration_top_speed_and_full_braking(length_m: float, least_s: float) -> None:
    assert least_us(np.array([length_m]))[0] / SECOND_US == pytest.approx(least_s, abs=1e-5)


def test_a_bus_that_does_not_stop_passes_at_top_speed() -> None:
    assert passing_us(np.array([1_000.0]))[0] / SECOND_US == pytest.approx(36.0, abs=1e-5)


def test_any_possible_time_gives_a_profile_of_that_length_within_acceleration_and_top_speed() -> None:
    rng = np.random.default_rng(1)
    length_m = rng.uniform(0, 5_000, 1_000)
    lasting_s = least_us(length_m) / SECOND_US * rng.uniform(1, 4, 1_000)
    acceleration, ramp_s = ramps(length_m, lasting_s)
    assert acceleration == pytest.approx(1.0, abs=1e-6)
    assert (2 * ramp_s <= lasting_s * (1 + 1e-9)).all()
    assert (acceleration * ramp_s).max() <= TOP_M_S + 1e-4
    assert acceleration * ramp_s * (lasting_s - ramp_s) == pytest.approx(length_m, rel=1e-9)


def test_a_time_that_is_too_short_is_met_by_pulling_away_harder() -> None:
    acceleration, ramp_s = ramps(np.array([100.0]), np.array([10.0]))
    assert (acceleration[0], ramp_s[0]) == pytest.approx((4.0, 5.0))
