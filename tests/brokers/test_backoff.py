"""The back-off: twice as long each time up to a limit, never at the same moment as another, and anew after a success."""

import random

from brokers.backoff import Backoff


def test_delays_double_up_to_a_limit_and_are_half_to_all_of_that() -> None:
    backoff = Backoff(1.0, 6.0, random.Random(1))
    for longest_s in (1.0, 2.0, 4.0, 6.0, 6.0):
        backoff.failed(100.0)
        assert longest_s / 2 <= backoff.wait_s(100.0) <= longest_s


def test_a_try_is_due_when_its_delay_has_passed() -> None:
    backoff = Backoff(1.0, 6.0)
    assert backoff.wait_s(0.0) == 0.0
    backoff.failed(100.0)
    assert 0.0 < backoff.wait_s(100.4) <= 0.6
    assert backoff.wait_s(101.0) == 0.0


def test_after_a_success_the_next_try_is_due_at_once_and_the_next_delay_the_first_again() -> None:
    backoff = Backoff(1.0, 6.0)
    for _ in range(4):
        backoff.failed(0.0)
    backoff.reset()
    assert backoff.wait_s(0.0) == 0.0
    assert backoff.next_s() <= 1.0


def test_two_that_failed_together_do_not_come_back_together() -> None:
    assert len({Backoff(1.0, 6.0, random.Random(seed)).next_s() for seed in range(20)}) == 20
