"""Cumulative demand is the integral of demand, whatever the load does in between; riders lean towards the direction of each peak."""

import numpy as np
import pytest

from devices.buses.driving.demand import CumulativeDemand, tidal_flow
from sim.city.demand import BUS_BOARDINGS, Demand
from sim.city.profile import Profile, Stage
from sim.streams import Streams
from sim.units import MINUTE_US, SECOND_US
from tests.devices.buses.timetabled import a_site


def test_cumulative_demand_is_the_integral_across_slots_and_changes_of_load() -> None:
    city = a_site(hour=7).city
    rush = Stage("rush", city.start_us + 17 * MINUTE_US, city.start_us + 31 * MINUTE_US, 3.0)
    city.profile = Profile((rush, Stage("ebb", rush.end_us, rush.end_us + 101 * MINUTE_US, 3.0, 0.0)))
    demand = Demand.of(city, BUS_BOARDINGS, Streams(3))
    cumulative = CumulativeDemand(demand, city.start_us)
    instants = city.start_us + np.cumsum(np.random.default_rng(1).integers(0, 400 * SECOND_US, 200))
    for instant in instants.tolist():
        assert cumulative.at(instant) == pytest.approx(demand.expected(1.0, city.start_us, instant), rel=1e-9)
        assert cumulative.at(instant) == cumulative.at(instant)


def test_without_tidal_flow_both_directions_follow_the_curve_of_boardings() -> None:
    for profile in tidal_flow(0.0):
        assert profile.workday == pytest.approx(BUS_BOARDINGS.workday)


def test_the_morning_direction_is_busier_in_the_morning_and_quieter_in_the_evening() -> None:
    morning, evening = tidal_flow(0.4)
    assert morning.workday[8] / evening.workday[8] == pytest.approx(1.4 / 0.6, rel=0.1)
    assert evening.workday[17] / morning.workday[17] == pytest.approx(1.4 / 0.6, rel=0.1)
    assert sum(morning.workday) == pytest.approx(24)
    assert morning.free_day == pytest.approx(evening.free_day)
