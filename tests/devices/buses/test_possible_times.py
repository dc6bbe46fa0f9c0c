"""Legs quicker than a bus take their time from the legs beside them; the rest of a timetable stays as published."""

from pathlib import Path

import numpy as np
import pytest

from devices.buses.network.possible_times import possible, spread
from devices.buses.parameters import DispatchParameters
from sim.units import SECOND_US
from tests.devices.buses.bus_runs import NOBODY, STEADY, by_hand, ride, shuttle
from tests.devices.buses.tiny_feeds import clocks, network_of, stop_times, tiny

NO_DISPATCH = DispatchParameters(servers=0)
MOST_M_S = 33


def _spread(arrive_s: list[int], least_s: list[int]) -> list[float]:
    times = np.array(arrive_s) * SECOND_US
    found, departs = spread(times, times, np.array(least_s) * SECOND_US)
    assert (found == departs).all()
    assert (np.diff(found) >= np.array(least_s) * SECOND_US).all()
    return (found / SECOND_US).tolist()


def test_a_leg_takes_what_it_lacks_in_halves_from_both_sides() -> None:
    assert _spread([0, 100, 110, 210], [20, 30, 20]) == [0, 90, 120, 210]


def test_both_ends_of_a_trip_stay_when_it_is_possible_as_a_whole() -> None:
    assert _spread([0, 10, 100], [30, 20]) == [0, 30, 100]
    assert _spread([0, 90, 100], [20, 30]) == [0, 70, 100]


def test_a_trip_too_quick_as_a_whole_ends_later() -> None:
    assert _spread([0, 10, 20], [30, 30]) == [0, 30, 60]


def test_a_stay_gives_its_time_too() -> None:
    arrive, depart = (np.array(each) * SECOND_US for each in ([0, 100, 160], [0, 150, 160]))
    arrives, departs = spread(arrive, depart, np.array([50, 30]) * SECOND_US)
    assert (arrives / SECOND_US).tolist() == [0, 100, 160]
    assert (departs / SECOND_US).tolist() == [0, 130, 160]


def test_any_timetable_comes_out_possible_and_trips_that_were_possible_come_out_as_they_were() -> None:
    rng = np.random.default_rng(3)
    stops = rng.integers(2, 30, 200)
    bounds = np.concatenate([[0], np.cumsum(stops)])
    along = np.concatenate([np.cumsum(rng.uniform(1, 3_000, count)) for count in stops])
    arrive = np.concatenate([np.cumsum(rng.integers(1, 180, count)) for count in stops]) * SECOND_US
    depart = arrive.copy()
    arrives, departs, quick = possible(arrive, depart, along, bounds)
    inner = np.ones(len(along) - 1, dtype=bool)
    inner[bounds[1:-1] - 1] = False
    speed = (np.diff(along) / ((arrives[1:] - departs[:-1]) / SECOND_US))[inner]
    assert 0 < len(quick) < inner.sum()
    assert speed.max() <= 100 / 3.6
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        assert arrives[first] == arrive[first]
        if not ((quick >= first) & (quick < last)).any():
            assert (arrives[first:last] == arrive[first:last]).all()


def test_an_impossible_leg_of_a_feed_is_mended_and_noted_with_its_place(tmp_path: Path) -> None:
    files = tiny()
    for near, far in (("121.410", "121.465"), ("121.415", "121.470")):
        files["stops"] = files["stops"].replace(near, far)
    files["stop_times"] = stop_times(t1="A 7:00 B 7:05 C 7:06 D 7:12", t2="D 7:30 C 7:33 B 7:50 A 7:59")
    network = network_of(tmp_path, files)
    note = next(note for note in network.notes if "quicker than any bus" in note.what)
    assert (note.count, note.file, note.line) == (1, "stop_times.txt", 3)
    trip = network.trips[0]
    assert clocks(trip)[0] == "7:00:00"
    assert trip.arrive_us[-1] == (7 * 60 + 12) * 60 * SECOND_US
    metres = network.patterns[trip.pattern].distance_m
    assert (np.diff(metres) / (np.diff(trip.arrive_us) / SECOND_US)).max() <= 100 / 3.6 + 0.01


@pytest.mark.parametrize("run_min", [2.0, 5.0, 8.0])
def test_no_bus_is_faster_than_a_bus_however_little_time_the_timetable_gives(run_min: float) -> None:
    outcome = ride(by_hand(shuttle([5, 12], blocks=2, run_min=run_min), dispatch=NO_DISPATCH), hours=1.5)
    rows = outcome.columns["vehicle_position"]
    assert len(rows["speed_m_s"]) > 100
    assert 10 < rows["speed_m_s"].max() < MOST_M_S


def test_a_timetable_in_whole_minutes_keeps_its_published_times_and_its_headways() -> None:
    network = shuttle([2, 12, 22], blocks=3, run_min=7, layover_min=300)  # 42 s for 500 m: 44.7 s from standing to standing
    outcome = ride(by_hand(network, riders=NOBODY, running=STEADY, dispatch=NO_DISPATCH), hours=1)
    delay_s = outcome.columns["stop_event"]["delay_s"]
    assert 20 < delay_s.max() < 60  # by the published times it is late: 10 legs of 2.7 s more
    ratio = np.concatenate([values for (measure, _), values in outcome.samples.items() if measure == "buses.headway_ratio"])
    assert len(ratio) > 10
    assert abs(ratio - 1).max() < 1e-6
