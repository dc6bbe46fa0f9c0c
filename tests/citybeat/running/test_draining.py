"""Patience ends when a count has stood still for long enough, and begins anew."""

from citybeat.running.draining import Patience


def test_it_ends_once_for_each_time_that_a_count_stood_still() -> None:
    patience = Patience(2.0)
    seen = [(count, now) for now, count in enumerate([5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7])]
    assert [now for count, now in seen if patience.over(count, float(now))] == [4, 10]
