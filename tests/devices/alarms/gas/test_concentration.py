"""The closed form of gas and sensor agrees with a numerical integration, and crossings are where it says."""

from math import exp, inf, isinf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.alarms.gas.concentration import CLEAN, Air, Level, after, crossing_s, percent_a_second, reached_s

HOUR_S = 3_600.0
T90 = log(10.0)


def air(release_m3_h: float = 0.6, air_changes_h: float = 1.0, t90_s: float = 25.0) -> Air:
    return Air(percent_a_second(release_m3_h, 15.0, 5.0), air_changes_h / HOUR_S, t90_s / T90)


def integrated(level: Level, air: Air, seconds: float, step_s: float = 0.05) -> Level:
    """Integrate V dC/dt = G - Q C and T dS/dt = C - S by the midpoint rule, without the closed form."""
    gas, shown = level
    for _ in range(round(seconds / step_s)):
        half = gas + (air.release - air.air_changes * gas) * step_s / 2
        half_shown = shown + (gas - shown) / air.lag_s * step_s / 2
        gas, shown = gas + (air.release - air.air_changes * half) * step_s, shown + (half - half_shown) / air.lag_s * step_s
    return Level(gas, shown)


def test_release_is_said_in_percent_of_the_lower_explosive_limit() -> None:
    assert percent_a_second(0.75, 15.0, 5.0) * HOUR_S == pytest.approx(100.0)  # 5 % of 15 m3 in an hour


@pytest.mark.parametrize(
    "conditions", [air(), air(2.0), air(0.2, 0.3), air(0.0, 12.0), air(1.0, 12.0, 12.0)], ids=["burner", "hose", "pipe", "windows", "both"]
)
@pytest.mark.parametrize("begin", [CLEAN, Level(40.0, 22.0), Level(2.0, 30.0)])
def test_the_closed_form_agrees_with_a_numerical_integration_to_one_percent(conditions: Air, begin: Level) -> None:
    for seconds in (5.0, 60.0, 600.0, 3_600.0):
        closed, numeric = after(begin, conditions, seconds), integrated(begin, conditions, seconds)
        np.testing.assert_allclose(closed, numeric, rtol=0.01, atol=1e-6)


def test_whole_histories_agree_when_release_and_ventilation_change_between() -> None:
    closed = numeric = CLEAN
    for conditions, seconds in ((air(1.5), 400.0), (air(1.5, 12.0), 90.0), (air(0.0, 12.0), 300.0), (air(0.0), 2_000.0)):
        closed, numeric = after(closed, conditions, seconds), integrated(numeric, conditions, seconds)
        np.testing.assert_allclose(closed, numeric, rtol=0.01)


def test_a_sensor_shows_nine_tenths_of_a_step_after_its_response_time() -> None:
    step = Level(20.0, 0.0)
    held = Air(20.0 / HOUR_S, 1.0 / HOUR_S, 25.0 / T90)  # what is vented is released again
    assert after(step, held, 25.0).shown == pytest.approx(18.0)


def test_gas_reaches_a_level_as_the_logarithm_says_and_never_one_above_its_limit() -> None:
    conditions = air(0.6)
    limit = conditions.release / conditions.air_changes
    assert limit == pytest.approx(80.0)
    assert reached_s(CLEAN, conditions, 10.0) == pytest.approx(HOUR_S * log(80.0 / 70.0))
    assert isinf(reached_s(CLEAN, conditions, 81.0))
    assert reached_s(Level(30.0, 0.0), conditions, 10.0) == 0.0


@given(
    release=st.floats(0.0, 5.0),
    changes=st.floats(0.1, 60.0),
    t90=st.floats(10.0, 30.0),
    gas=st.floats(0.0, 120.0),
    shown=st.floats(0.0, 120.0),
    threshold=st.floats(1.0, 90.0),
    rising=st.booleans(),
)
def test_a_crossing_is_the_first_one_and_lies_where_it_is_said(
    release: float, changes: float, t90: float, gas: float, shown: float, threshold: float, *, rising: bool
) -> None:
    conditions, begin = air(release, changes, t90), Level(gas, shown)
    at_s = crossing_s(begin, conditions, threshold, rising=rising)
    times = np.linspace(0.0, min(at_s, 4 * HOUR_S), 200)[:-1]
    before = np.array([after(begin, conditions, seconds).shown for seconds in times])
    began_beyond = begin.shown >= threshold if rising else begin.shown <= threshold
    if not began_beyond:
        assert (before < threshold + 1e-9).all() if rising else (before > threshold - 1e-9).all()
    if at_s < inf:
        assert after(begin, conditions, at_s).shown == pytest.approx(threshold, rel=1e-6)


def test_what_is_shown_may_rise_over_a_level_and_fall_below_it_again_while_the_gas_only_falls() -> None:
    begin, conditions = Level(40.0, 5.0), air(0.0, 12.0)
    up_s, down_s = (crossing_s(begin, conditions, 10.0, rising=rising) for rising in (True, False))
    assert 0 < up_s < 10 < down_s
    assert after(begin, conditions, down_s).gas < 10.0  # the sensor lags behind
    assert after(begin, conditions, HOUR_S).gas == pytest.approx(40.0 * exp(-12.0))
