"""The back-off: soon after a connection of use, later and later otherwise, and not for ever."""

import random

import pytest

from brokers.mqtt.client_values import ClientOptions
from brokers.mqtt.reconnects import BRIEF_CONNECTIONS, FLAPPING_CONNECTIONS, LASTING_S, Reconnects

OPTIONS = ClientOptions(first_delay_s=1.0, longest_delay_s=6.0, give_up_after_s=60.0)


@pytest.fixture
def reconnects() -> Reconnects:
    return Reconnects(OPTIONS, random.Random(1))


def test_failed_tries_come_later_and_later_up_to_a_limit(reconnects: Reconnects) -> None:
    reconnects.lost(0.0)
    bounds = [1.0]
    waits = [reconnects.wait_s(0.0)]
    for delay_s in (2.0, 4.0, 6.0, 6.0):
        reconnects.failed(0.0)
        waits.append(reconnects.wait_s(0.0))
        bounds.append(delay_s)
    assert all(bound / 2 <= wait <= bound for wait, bound in zip(waits, bounds, strict=True))
    assert reconnects.wait_s(10.0) == 0.0


def test_two_clients_do_not_return_at_the_same_moment() -> None:
    waits = set()
    for seed in range(20):
        one = Reconnects(OPTIONS, random.Random(seed))
        one.lost(0.0)
        waits.add(one.wait_s(0.0))
    assert len(waits) == 20


def test_connections_that_break_at_once_are_futile_after_a_few(reconnects: Reconnects) -> None:
    reconnects.lost(0.0)
    for number in range(FLAPPING_CONNECTIONS):
        assert not reconnects.flapping()
        reconnects.opened(float(number))
        reconnects.lost(float(number))
    assert reconnects.flapping()


@pytest.mark.parametrize("useful", [True, False], ids=["used", "long"])
def test_a_connection_that_was_used_or_held_long_is_not_futile(reconnects: Reconnects, *, useful: bool) -> None:
    for number in range(2 * FLAPPING_CONNECTIONS):
        at_s = 10 + number * 100.0
        reconnects.opened(at_s)
        reconnects.useful = useful
        reconnects.lost(at_s + (0.0 if useful else LASTING_S + 1))
        assert not reconnects.flapping()
        assert reconnects.wait_s(at_s) <= LASTING_S + 2


def test_connections_of_use_that_all_break_soon_are_futile_after_more_of_them(reconnects: Reconnects) -> None:
    for number in range(BRIEF_CONNECTIONS):
        assert not reconnects.flapping()
        reconnects.opened(10.0 + number)
        reconnects.useful = True
        reconnects.lost(10.5 + number)
    assert reconnects.flapping()


def test_the_broker_is_given_up_after_the_time_counted_from_the_loss(reconnects: Reconnects) -> None:
    reconnects.lost(100.0)
    assert not reconnects.exhausted(159.0)
    assert reconnects.exhausted(161.0)
