"""The metro's timetable: which train a rider takes, and what a standstill does to it."""

import numpy as np

from devices.metro.network import network
from devices.metro.timetable import Standstill, Stretch, Timetable, after, before, departures, without_overlaps

HOUR_S = 3_600.0
LINE_2 = 1
DOWN = [Standstill(LINE_2, 8 * HOUR_S, 8.5 * HOUR_S)]


def rides(origin: str, target: str, from_s: list[float], standstills: list[Standstill]) -> tuple[np.ndarray, np.ndarray]:
    plan = network()
    here, there = (np.full(len(from_s), plan.names.index(name)) for name in (origin, target))
    return Timetable.of(plan, free_day=False).ride(here, there, np.array(from_s), standstills)


def test_trains_come_every_3_minutes_at_the_peak_and_every_6_at_other_hours_and_on_free_days() -> None:
    workday, free_day = departures(free_day=False), departures(free_day=True)
    assert set(np.diff(workday[(workday >= 7 * HOUR_S) & (workday < 10 * HOUR_S)])) == {180.0}
    assert set(np.diff(workday[(workday >= 11 * HOUR_S) & (workday < 16 * HOUR_S)])) == {360.0}
    assert set(np.diff(free_day)) == {360.0}


def test_a_rider_takes_the_next_train_and_is_there_after_its_running_time() -> None:
    plan = network()
    from_s = np.arange(8 * HOUR_S, 9 * HOUR_S, 7.0).tolist()
    board_s, alight_s = rides("East-Nanjing-Road", "Century-Avenue", from_s, [])
    waited_s = board_s - from_s
    assert 0 <= waited_s.min() < 10
    assert 170 < waited_s.max() <= 180
    ride_s = plan.ride_s[plan.names.index("East-Nanjing-Road"), plan.names.index("Century-Avenue")]
    assert np.allclose(alight_s - board_s, ride_s)


def test_a_rider_after_the_last_train_is_still_taken_home() -> None:
    board_s, _ = rides("East-Nanjing-Road", "Century-Avenue", [27 * HOUR_S], [])
    assert board_s[0] == 27 * HOUR_S


def test_a_line_that_stands_takes_nobody_and_keeps_those_in_its_trains() -> None:
    from_s = [7.4 * HOUR_S, 7.98 * HOUR_S, 8.25 * HOUR_S, 12 * HOUR_S]
    usual_s, usual_end_s = rides("Hongqiao-Station", "Century-Avenue", from_s, [])
    board_s, alight_s = rides("Hongqiao-Station", "Century-Avenue", from_s, DOWN)
    assert board_s[0] == usual_s[0]
    assert alight_s[0] == usual_end_s[0] < 8 * HOUR_S + 1 or alight_s[0] > 8.5 * HOUR_S
    assert alight_s[1] > 8.5 * HOUR_S
    assert alight_s[1] > usual_end_s[1]
    assert 8.5 * HOUR_S <= board_s[2] < 8.5 * HOUR_S + 180
    assert (board_s[3], alight_s[3]) == (usual_s[3], usual_end_s[3])


def test_another_line_runs_on() -> None:
    from_s = [8.25 * HOUR_S]
    assert rides("Xujiahui", "Xinzhuang", from_s, DOWN)[1] == rides("Xujiahui", "Xinzhuang", from_s, [])[1]


def test_trains_keep_their_order_and_the_plan_is_caught_up_with() -> None:
    planned_s = np.arange(7 * HOUR_S, 11 * HOUR_S, 30.0)
    line = np.full(len(planned_s), LINE_2)
    real_s = after(line, planned_s, DOWN)
    assert (np.diff(real_s) > 0).all()
    assert not ((real_s > 8 * HOUR_S) & (real_s < 8.5 * HOUR_S)).any()
    late = real_s > planned_s
    assert planned_s[late].min() == 8 * HOUR_S
    assert planned_s[late].max() == 9 * HOUR_S - 30  # at twice the pace half an hour is made up in one
    assert np.allclose(before(line, real_s, DOWN), planned_s)


def test_a_line_that_stands_for_two_reasons_stands_once_and_two_standstills_add_up() -> None:
    assert without_overlaps([Stretch(6, 12), Stretch(2, 10), Stretch(12, 13), Stretch(20, 30)]) == (Stretch(2, 13), Stretch(20, 30))
    twice = [*DOWN, Standstill(LINE_2, 8.75 * HOUR_S, 9 * HOUR_S)]
    planned_s = np.arange(7 * HOUR_S, 12 * HOUR_S, 30.0)
    line = np.full(len(planned_s), LINE_2)
    real_s = after(line, planned_s, twice)
    assert (np.diff(real_s) > 0).all()
    assert not ((real_s > 8.75 * HOUR_S) & (real_s < 9 * HOUR_S)).any()
    assert np.allclose(before(line, real_s, twice), planned_s)
