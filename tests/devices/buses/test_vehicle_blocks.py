"""Vehicles run blocks: one trip after the other, late when they must, replaced only by vehicles that exist."""

import numpy as np
import pytest

from devices.buses.parameters import DispatchParameters, RunningParameters
from devices.buses.system import Buses
from sim.city.incidents import Incident
from sim.units import HOUR_US, MINUTE_US, SECOND_US
from tests.devices.buses.bus_runs import NOBODY, PERFECT, STEADY, by_hand, clock_us, ride, shuttle, trip_states


def test_a_steady_vehicle_departs_and_arrives_as_timetabled() -> None:
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=STEADY, sensors=PERFECT), hours=1)
    departed = trip_states(outcome, "departed")["time_us"]
    assert abs(departed - [clock_us(outcome, 5), clock_us(outcome, 30), clock_us(outcome, 55)]).max() < SECOND_US
    last = outcome.visits[outcome.visits["place"] == 10][0]
    assert abs(last["arrive_us"] - clock_us(outcome, 25)) < 15 * SECOND_US


def test_a_vehicle_never_runs_two_trips_at_once_and_keeps_the_order_of_its_block() -> None:
    outcome = ride(Buses(dispatch=DispatchParameters(servers=0)), hours=2, start=6)
    network = outcome.installation.fleet.timetable.network
    assert len(np.unique(outcome.visits["vehicle"])) > 50
    for vehicle in np.unique(outcome.visits["vehicle"]):
        mine = outcome.visits[outcome.visits["vehicle"] == vehicle]
        assert (mine["arrive_us"][1:] >= mine["depart_us"][:-1]).all()
        trips = list(dict.fromkeys(mine["trip"].tolist()))
        block = network.blocks[network.trips[trips[0]].block]
        first = block.index(trips[0])
        assert tuple(trips) == block[first : first + len(trips)]


def test_a_late_arrival_delays_the_next_departure_and_layover_is_the_only_slack() -> None:
    storm = Incident(what="storm", after=0, lasting=30 * MINUTE_US)
    calm = by_hand(shuttle([5]), riders=NOBODY, running=STEADY, sensors=PERFECT)
    outcome = ride(calm, hours=1.5, incidents=(storm,))
    first, second = outcome.visits[outcome.visits["place"] == 10][0], trip_states(outcome, "departed")["time_us"][1]
    late_us = first["arrive_us"] - clock_us(outcome, 25)
    assert late_us > 5 * MINUTE_US
    assert second == first["depart_us"] + STEADY.turnaround


def test_a_trip_too_late_is_given_up_and_said_to_be_cancelled() -> None:
    storm = Incident(what="storm", after=0, lasting=2 * HOUR_US)
    running = STEADY.model_copy(update={"storm_slowdown": 4.0})
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=running), hours=2.5, incidents=(storm,))
    relation = outcome.columns["trip_state"]["schedule_relationship"]
    assert (relation == 3).sum() >= 1
    assert (outcome.samples["buses.trips_operated", ""] == 0).sum() == (relation == 3).sum()


@pytest.mark.parametrize(("spare_share", "vehicles"), [(0.0, 1), (0.5, 2)])
def test_a_broken_bus_is_replaced_only_by_a_vehicle_that_exists(spare_share: float, vehicles: int) -> None:
    broken = Incident(what="breakdown", after=8 * MINUTE_US, lasting=MINUTE_US)
    running = STEADY.model_copy(update={"spare_share": spare_share, "repair": 10 * HOUR_US, "incident_share": 1.0})
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=running), hours=2, incidents=(broken,))
    assert len(outcome.installation.fleet.vehicles) == vehicles
    assert len(trip_states(outcome, "broken_down")["time_us"]) == 1
    driven = np.unique(outcome.visits["vehicle"])
    assert len(driven) == vehicles
    swaps = outcome.columns.get("dispatch", {"instruction": np.zeros(0)})["instruction"] == 4
    assert swaps.sum() == vehicles - 1


def test_a_repaired_vehicle_goes_on_with_its_block_when_nobody_relieved_it() -> None:
    broken = Incident(what="breakdown", after=8 * MINUTE_US, lasting=MINUTE_US)
    running = STEADY.model_copy(update={"repair": 20 * MINUTE_US, "incident_share": 1.0})
    outcome = ride(by_hand(shuttle([5]), riders=NOBODY, running=running), hours=2, incidents=(broken,))
    assert len(trip_states(outcome, "completed")["time_us"]) >= 1
    assert len(np.unique(outcome.visits["vehicle"])) == 1


def test_departures_at_the_terminal_are_as_irregular_as_the_parameter_says() -> None:
    departures = [3.0 * number for number in range(1, 41)]
    network = shuttle(departures, blocks=40, run_min=30, layover_min=300)
    calm = {"leg_cv": 0.0, "trip_cv": 0.0, "hour_cv": 0.0}
    running = RunningParameters(departure_cv=0.3, doors_before=0, breakdown_km=1e12, **calm)
    headways = []
    for seed in range(4):
        buses = by_hand(network, riders=NOBODY, running=running, dispatch=DispatchParameters(servers=0))
        departed = np.sort(trip_states(ride(buses, hours=2.2, seed=seed), "departed")["time_us"])
        headways.append(np.diff(departed))
    every = np.concatenate(headways)
    assert every.std() / every.mean() == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize(("severity", "least", "most"), [(0.0, 0, 0), (0.25, 8, 32), (1.0, 55, 105)])
def test_an_incident_breaks_as_many_buses_as_its_severity_says_and_perhaps_none(severity: float, least: int, most: int) -> None:
    network = shuttle([0.5 * number for number in range(40)], blocks=40, run_min=60, layover_min=300)
    running = STEADY.model_copy(update={"incident_share": 0.2})
    buses = by_hand(network, riders=NOBODY, running=running, dispatch=DispatchParameters(servers=0))
    incident = Incident(what="breakdown", after=25 * MINUTE_US, lasting=MINUTE_US, severity=severity)
    broken = [len(trip_states(ride(buses, hours=0.7, seed=seed, incidents=(incident,)), "broken_down")["time_us"]) for seed in range(10)]
    assert least <= sum(broken) <= most  # 10 x 40 buses x a fifth x severity: four standard deviations about it
