import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.buses.choices import StopAction
from devices.buses.journal import Report
from devices.buses.signs.reported_trips import ReportedTrips
from sim.events.batches import Span
from sim.toolkit.table import Table
from sim.units import MINUTE_US, SECOND_US

REPORT = st.tuples(
    st.integers(0, 4),  # trip
    st.integers(0, 179),  # seen, s
    st.integers(0, 20),  # delay, s
    st.integers(0, 9),  # place
    st.sampled_from([StopAction.ARRIVE, StopAction.DEPART]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(REPORT, max_size=40), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 59)), min_size=1, max_size=20))
def test_the_latest_news_of_a_trip_is_the_last_sighting_known_by_then(
    drawn: list[tuple[int, int, int, int, int]], asked: list[tuple[int, int]]
) -> None:
    reports, reported = Table(Report, time="known_us"), ReportedTrips()
    rows = sorted((seen + delay, seen, trip, place, action) for trip, seen, delay, place, action in drawn)
    for known, seen, trip, place, action in rows:
        reports.add(Report(known * SECOND_US, seen * SECOND_US, trip, place, action))
    for minute in range(3):
        span = Span(minute, minute * MINUTE_US, (minute + 1) * MINUTE_US)
        reported.take(span, reports, reported.unread(span, reports)["trip"])
        trips = np.array([trip for trip, _ in asked])
        now_s = np.array([60 * minute + second for _, second in asked])
        latest = reported.latest(trips, now_s * SECOND_US)
        for row, (trip, now) in enumerate(zip(trips, now_s, strict=True)):
            known_then = [each[1] for each in rows if each[2] == trip and each[0] <= now]
            assert latest.known[row] == bool(known_then)
            if known_then:
                assert latest.at_us[row] == max(known_then) * SECOND_US


def test_a_trip_unheard_of_for_an_hour_is_forgotten() -> None:
    reports, reported = Table(Report, time="known_us"), ReportedTrips()
    reports.add(Report(SECOND_US, 0, 0, 3, StopAction.ARRIVE))
    for minute in (0, 1, 62):
        span = Span(minute, minute * MINUTE_US, (minute + 1) * MINUTE_US)
        reported.take(span, reports, reported.unread(span, reports)["trip"])
        assert len(reported.trip) == (0 if minute == 62 else 1)


def test_steps_join_arrivals_at_neighbouring_stops_over_slices_once() -> None:
    reports, reported = Table(Report, time="known_us"), ReportedTrips()
    for seen_s, place, action in (
        (10, 0, StopAction.DEPART),
        (100, 1, StopAction.ARRIVE),
        (120, 1, StopAction.DEPART),
        (170, 2, StopAction.ARRIVE),
    ):
        reports.add(Report((seen_s + 1) * SECOND_US, seen_s * SECOND_US, 7, place, action))
    found = []
    for minute in range(4):
        span = Span(minute, minute * MINUTE_US, (minute + 1) * MINUTE_US)
        reported.take(span, reports, reported.unread(span, reports)["trip"])
        steps = reported.steps()
        found += zip(steps.place, steps.later_place, (steps.later_us - steps.at_us) // SECOND_US, steps.dwell, strict=True)
    assert sorted(found) == [(0, 1, 90, False), (1, 1, 20, True), (1, 2, 70, False)]
