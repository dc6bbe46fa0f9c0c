"""A real timetable driven: without noise every headway is the planned one, and no bus is faster than a bus, jumps, or is in two places."""

import os
from pathlib import Path

import numpy as np
import pytest

from devices.buses.parameters import DispatchParameters
from devices.buses.signs.cohort import SignParameters
from devices.buses.system import Buses
from tests.devices.buses.bus_runs import NOBODY, PERFECT, STEADY, ride
from tests.devices.buses.test_empty_runs import EVERY_SECOND, MOST_M_S, jumps_m_s

CAIRNS = Path(os.environ.get("CITYBEAT_FEEDS") or Path(__file__).parents[4] / "shared" / "data") / "cairns_gtfs.zip"

pytestmark = pytest.mark.skipif(not CAIRNS.exists(), reason="the Cairns feed is not at hand")


def test_without_noise_every_headway_of_a_real_timetable_is_the_planned_one() -> None:
    buses = Buses(gtfs=CAIRNS, riders=NOBODY, running=STEADY, sensors=PERFECT, dispatch=DispatchParameters(servers=0))
    outcome = ride(buses, hours=2, warm_up=2)
    for quarter in ("first_quarter", "middle", "last_quarter"):
        ratio = outcome.samples["buses.headway_ratio", quarter]
        assert len(ratio) > 200
        assert abs(ratio - 1).max() < 1e-3
    assert set(outcome.samples["buses.punctual_departure", ""]) == {1.0}


def test_with_noise_no_bus_of_a_real_timetable_is_faster_than_a_bus_or_jumps_and_departures_are_punctual() -> None:
    outcome = ride(Buses(gtfs=CAIRNS, positions=EVERY_SECOND, signs=SignParameters(share=0)), hours=2, warm_up=2)
    assert outcome.columns["vehicle_position"]["speed_m_s"].max() < MOST_M_S
    assert jumps_m_s(outcome).max() < MOST_M_S
    assert outcome.samples["buses.punctual_departure", ""].mean() >= 0.90
    assert len(np.unique(outcome.columns["vehicle_position"]["device"])) > 50
