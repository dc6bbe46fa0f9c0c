"""The centre's 80 % interval: it learns from its own misses how wide it must be."""

import numpy as np
import pytest

from devices.buses.signs.calibration import HORIZON_S, Calibration, uncertainty_s
from sim.units import MINUTE_US, SECOND_US

DAY_OF_HORIZONS_S = np.array([90, 240, 500, 1500])


def taught(sigma_s: float, minutes: int, calibration: Calibration | None = None, start: int = 0) -> Calibration:
    """Let a centre miss normally for some minutes, one bus a second at every horizon."""
    calibration, rng = calibration or Calibration(), np.random.default_rng(5)
    for minute in range(start, start + minutes):
        at_us = minute * MINUTE_US
        call = np.arange(60 * len(DAY_OF_HORIZONS_S)) + minute * 1_000
        calibration.add(call, np.full(len(call), at_us), np.tile(DAY_OF_HORIZONS_S, 60))
        came_us = at_us + (rng.standard_normal(len(call)) * sigma_s * SECOND_US).astype(np.int64)
        calibration.learn(call, came_us, at_us + MINUTE_US, MINUTE_US)
    return calibration


def test_before_any_check_the_interval_is_the_believed_one() -> None:
    found = Calibration().half_width_s(DAY_OF_HORIZONS_S)
    assert found == pytest.approx(uncertainty_s(DAY_OF_HORIZONS_S), abs=1)


def test_the_interval_becomes_that_of_the_misses_and_follows_them() -> None:
    wide = taught(100, 120)
    assert wide.half_width_s(DAY_OF_HORIZONS_S) == pytest.approx(132, rel=0.08)
    narrow = taught(20, 360, wide, start=120)
    assert narrow.half_width_s(DAY_OF_HORIZONS_S) == pytest.approx(26.5, rel=0.12)


def test_a_stretch_given_twice_teaches_once() -> None:
    once, twice = taught(50, 3), taught(50, 3)
    twice.learn(np.array([0]), np.array([0]), 3 * MINUTE_US, MINUTE_US)
    assert once.half_width_s(HORIZON_S).tolist() == twice.half_width_s(HORIZON_S).tolist()


def test_a_prediction_whose_bus_is_never_reported_is_forgotten() -> None:
    calibration = Calibration()
    calibration.add(np.array([7]), np.array([0]), np.array([60]))
    for minute in (9, 11):
        calibration.learn(np.array([8]), np.array([0]), minute * MINUTE_US, MINUTE_US)
        assert len(calibration) == (minute < 10)
