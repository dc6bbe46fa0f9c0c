"""The metro's network: what the plan says, and the shortest ways in it."""

from itertools import pairwise

import numpy as np

from devices.metro.lines import HUBS, LINES
from devices.metro.network import CHANGE_S, GATES_S, LEGS, NOWHERE, network
from sim.city.districts import BY_NAME
from sim.geometry import distance_m


def test_there_are_302_stations_on_14_lines_each_in_a_district_of_the_city() -> None:
    plan = network()
    assert (len(plan.names), len(set(plan.names)), len(plan.lines)) == (302, 302, 14)
    assert set(plan.district) <= set(BY_NAME)
    assert {"Chongming", "Jinshan"} & set(plan.district) == set()
    assert plan.lines_at.min() == 1
    assert plan.lines_at[plan.names.index("Railway-Station")] == 3


def test_stations_that_follow_each_other_are_neighbours_and_a_line_runs_both_ways_alike() -> None:
    plan = network()
    for number, line in enumerate(plan.lines):
        here, there = line.stations[:-1], line.stations[1:]
        apart_m = distance_m(plan.latitude[here], plan.longitude[here], plan.latitude[there], plan.longitude[there])
        assert 300 < apart_m.min() < apart_m.max() < 6_000, line.name
        assert (np.diff(plan.offset_s[2 * number, line.stations]) >= 80).all()
    assert np.allclose(plan.ride_s, plan.ride_s.T)


def test_a_ring_is_ridden_the_shorter_way_round() -> None:
    plan = network()
    ring = next(line for line in plan.lines if line.name == "4")
    ride_s = plan.ride_s[np.ix_(ring.stations, ring.stations)]
    assert ride_s[np.isfinite(ride_s)].max() <= ring.ring_s / 2 + 1
    assert ring.stations[0] == plan.names.index(LINES["4"].split()[0])


def test_the_track_of_a_trip_is_longer_than_the_straight_line_and_no_train_runs_faster_than_the_figure() -> None:
    plan = network()
    start, end = (ends.ravel() for ends in np.meshgrid(np.arange(302), np.arange(302)))
    start, end = start[start != end], end[start != end]
    straight_m = distance_m(plan.latitude[start], plan.longitude[start], plan.latitude[end], plan.longitude[end])
    assert (plan.trip_m[start, end] > straight_m).all()
    assert (plan.trip_m[start, end] / (plan.trip_s[start, end] - GATES_S) < 36 / 3.6).all()
    assert np.median(plan.trip_m[start, end]) < 40_000 < plan.trip_m.max() < 126_000
    assert (np.diag(plan.trip_m) == 0).all()


def test_a_trip_takes_its_rides_and_changes_and_none_through_another_station_is_shorter() -> None:
    plan = network()
    rng = np.random.default_rng(1)
    for start, end in rng.integers(len(plan.names), size=(300, 2)).tolist():
        if start == end:
            continue
        calls = [call for call in plan.calls[start, end].tolist() if call != NOWHERE]
        assert calls[0] == start
        assert calls[-1] == end
        assert len(set(calls)) == len(calls) <= LEGS + 1
        rides_s = sum(plan.ride_s[here, there] for here, there in pairwise(calls))
        assert np.isclose(rides_s + CHANGE_S * (len(calls) - 2) + GATES_S, plan.trip_s[start, end], atol=1e-3)
        for via in (plan.names.index(hub) for hub in HUBS):
            if via not in (start, end):
                around_s = plan.trip_s[start, via] - GATES_S + CHANGE_S + plan.trip_s[via, end]
                assert plan.trip_s[start, end] <= around_s + 1e-3
