"""Sensors and counters: the centre knows what they report, with their delays, misses, false hits and miscounts."""

import numpy as np
import pytest

from devices.buses.choices import StopAction
from devices.buses.parameters import RiderParameters, SensorParameters
from devices.buses.system import Buses
from sim.events.kinds import ABSENT_INT
from sim.units import NEVER_US, SECOND_US
from tests.devices.buses.bus_runs import PERFECT, STEADY, Outcome, by_hand, ride, shuttle


@pytest.fixture(scope="module")
def ordinary() -> Outcome:
    return ride(Buses(), hours=2)


@pytest.fixture(scope="module")
def perfect() -> Outcome:
    return ride(Buses(sensors=PERFECT), hours=1, districts=("Pudong",))


def test_missed_arrivals_are_as_many_as_the_sensors_miss(ordinary: Outcome) -> None:
    missed = ordinary.samples["buses.missed_arrival", ""]
    assert len(missed) > 3_000
    # 10 % of stops have beacons (2 % missed); of the others half the buses have door contacts (1 %), half GPS (4 %).
    assert missed.mean() == pytest.approx(0.1 * 0.02 + 0.9 * (0.5 * 0.01 + 0.5 * 0.04), abs=0.01)


def test_what_was_seen_was_seen_after_it_happened_and_at_the_latest_a_gps_beat_later(ordinary: Outcome) -> None:
    rows = ordinary.columns["stop_event"]
    real = ~rows["false_hit"] & (rows["stop_action"] != StopAction.DOORS_CLOSE)
    lag_us = (rows["time_us"] - rows["true_us"])[real]
    assert lag_us.min() >= 0
    assert lag_us.max() <= 10 * SECOND_US + 1_000  # and what strict order adds on a tie


def test_false_hits_are_rare_arrivals_without_a_bus(ordinary: Outcome) -> None:
    rows = ordinary.columns["stop_event"]
    false = rows["false_hit"]
    assert (rows["true_us"][false] == ABSENT_INT).all()
    assert (rows["stop_action"][false] == StopAction.ARRIVE).all()
    assert false.sum() / (ordinary.visits["next_us"] != NEVER_US).sum() == pytest.approx(0.003, abs=0.003)


def test_perfect_sensors_report_every_call_once(perfect: Outcome) -> None:
    rows = perfect.columns["stop_event"]
    end_us = perfect.engine.hours.end_us
    visits = perfect.visits
    called = (visits["stopped"] == 1) & (visits["place"] > 0)
    seen_later = 20 * SECOND_US
    before = visits["depart_us"] < end_us - seen_later
    assert (rows["stop_action"] == StopAction.ARRIVE).sum() == pytest.approx(called.sum(), abs=5)
    left = before & (visits["next_us"] != NEVER_US)
    departs = np.isin(rows["stop_action"], [StopAction.DEPART, StopAction.SKIP]) & (rows["true_us"] < end_us - seen_later)
    assert departs.sum() == left.sum()


def test_only_buses_with_door_contacts_report_doors_and_dwell(ordinary: Outcome) -> None:
    rows = ordinary.columns["stop_event"]
    contacts = [device for device, vehicle in ordinary.installation.fleet.vehicles.items() if vehicle.door_contact]
    doors = np.isin(rows["stop_action"], [StopAction.DOORS_OPEN, StopAction.DOORS_CLOSE])
    assert doors.sum() > 1_000
    assert np.isin(rows["device"][doors], contacts).all()
    with_dwell = ~np.isnan(rows["dwell_s"])
    assert np.isin(rows["device"][with_dwell], contacts).all()
    assert (rows["stop_action"][with_dwell] == StopAction.DEPART).all()


@pytest.mark.parametrize("dead_time", [10, 500_000, 1_900_000])
def test_a_bus_arrives_opens_closes_and_departs_in_this_order_however_short_its_stay(dead_time: int) -> None:
    hasty = RiderParameters(rides_per_bus=500, dead_time=dead_time, alight=10, board_card=10, board_cash=10, dwell_cv=0)
    sensors = PERFECT.model_copy(update={"door_share": 1.0, "beacon_share": 0.0})
    rows = ride(by_hand(shuttle([5]), riders=hasty, running=STEADY, sensors=sensors), hours=1).columns["stop_event"]
    words = StopAction.ARRIVE, StopAction.DOORS_OPEN, StopAction.DOORS_CLOSE, StopAction.DEPART
    calls = [{word: rows["true_us"][at][rows["stop_action"][at] == word] for word in words} for at in _calls(rows)]
    times = np.array([[mine[word][0] for word in words] for mine in calls if all(map(len, mine.values()))])
    assert len(times) > 10
    assert (np.diff(times, axis=1) >= 0).all()
    assert (times[:, 2] > times[:, 1]).all()


def _calls(rows: dict[str, np.ndarray]) -> list[np.ndarray]:
    keys = np.stack([rows["trip"], rows["stop_sequence"]])
    return [(keys == key[:, None]).all(axis=0) for key in np.unique(keys, axis=1).T]


def test_reports_reach_the_centre_in_order_and_after_their_detection(ordinary: Outcome) -> None:
    reports = ordinary.installation.fleet.journal.reports.rows
    known_us, detected_us = reports["known_us"], reports["detected_us"]
    assert len(known_us) > 500
    assert (np.diff(known_us) >= 0).all()
    assert (known_us >= detected_us).all()
    assert known_us.max() < ordinary.engine.hours.end_us


def test_the_headway_of_a_departure_is_the_time_since_the_last_one_seen_there(perfect: Outcome) -> None:
    rows = perfect.columns["stop_event"]
    left = np.isin(rows["stop_action"], [StopAction.DEPART, StopAction.SKIP])
    keys = np.stack([rows["route"], rows["direction_id"], rows["stop"]])[:, left]
    time_us, headway_s = rows["time_us"][left], rows["headway_s"][left]
    checked = 0
    for key in np.unique(keys, axis=1).T[:50]:
        mine = np.flatnonzero((keys == key[:, None]).all(axis=0))
        gaps_s = np.diff(time_us[mine]) / SECOND_US
        assert headway_s[mine][1:] == pytest.approx(gaps_s, abs=0.11)
        checked += len(gaps_s)
    assert checked > 100


def test_counters_without_error_tell_the_truth(perfect: Outcome) -> None:
    rows = perfect.columns["passenger_count"]
    assert (rows["boarded"] == rows["true_boarded"]).all()
    assert (rows["alighted"] == rows["true_alighted"]).all()
    assert (rows["on_board"] == rows["true_on_board"]).all()
    assert perfect.samples["buses.count_error", ""].max() == 0.0


def test_counters_err_by_a_few_in_a_hundred_and_start_anew_at_the_terminal(ordinary: Outcome) -> None:
    rows = ordinary.columns["passenger_count"]
    apc = rows["method"] == 0
    ratio = rows["boarded"][apc].sum() / rows["true_boarded"][apc].sum()
    assert ratio == pytest.approx(0.98, abs=0.01)  # 4 % missed, 2 % seen twice
    off = np.abs(rows["on_board"] - rows["true_on_board"])[apc]
    assert 0 < off.mean() < 3


def test_buses_without_door_counters_count_cards_and_do_not_know_their_load(ordinary: Outcome) -> None:
    rows = ordinary.columns["passenger_count"]
    cards = rows["method"] == 1
    assert (rows["on_board"][cards] == ABSENT_INT).all()
    assert (rows["boarded"][cards] <= rows["true_boarded"][cards]).all()


def test_a_sensor_that_misses_everything_reports_nothing() -> None:
    blind = SensorParameters(gps_miss=1, door_miss=1, beacon_miss=1, false_hits=0, door_share=0)
    outcome = ride(Buses(sensors=blind), hours=0.5, districts=("Pudong",))
    assert "stop_event" not in outcome.columns
    assert not len(outcome.installation.fleet.journal.reports)
    assert len(outcome.visits) > 100
