"""The level of demand is its integral, whatever the load does in between."""

import numpy as np
import pytest

from devices.buses.driving.level import Level
from sim.city.city import Stage
from sim.city.demand import BUS_BOARDINGS, Demand
from sim.streams import Streams
from sim.units import MINUTE_US, SECOND_US
from tests.devices.buses.timetabled import a_city


def test_the_level_is_the_integral_of_the_demand_across_slots_and_changes_of_load() -> None:
    city = a_city(hour=7)
    city.stages = (Stage("rush", city.start_us + 17 * MINUTE_US, city.start_us + 31 * MINUTE_US, 3.0),)
    demand = Demand.of(city, BUS_BOARDINGS, Streams(3))
    level = Level(demand, city.start_us)
    instants = city.start_us + np.cumsum(np.random.default_rng(1).integers(0, 400 * SECOND_US, 200))
    for instant in instants.tolist():
        assert level.at(instant) == pytest.approx(demand.expected(1.0, city.start_us, instant), rel=1e-9)
        assert level.at(instant) == level.at(instant)
