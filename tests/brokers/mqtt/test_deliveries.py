"""Tokens: acknowledgements come in any order, PUBACKs leave in the order of delivery."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brokers.mqtt.deliveries import NO_TOKEN, Deliveries


def tokens(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_qos_0_has_no_token_and_qos_1_counts_up() -> None:
    deliveries = Deliveries()
    assert deliveries.admit([0, 7, 0, 9]).tolist() == [NO_TOKEN, 0, NO_TOKEN, 1]
    assert deliveries.admit([]).tolist() == []
    assert deliveries.admit([65_535]).tolist() == [2]
    assert len(deliveries) == 3


def test_an_early_acknowledgement_waits_for_those_before_it() -> None:
    deliveries = Deliveries()
    deliveries.admit([5, 6, 7])
    assert deliveries.acknowledge(tokens(2)) == []
    assert deliveries.acknowledge(tokens(0)) == [5]
    assert deliveries.acknowledge(tokens(1)) == [6, 7]
    assert len(deliveries) == 0


def test_repeated_and_meaningless_tokens_do_nothing() -> None:
    deliveries = Deliveries()
    deliveries.admit([5, 6])
    assert deliveries.acknowledge(tokens(NO_TOKEN, 0, 0, 99)) == [5]
    assert deliveries.acknowledge(tokens(0)) == []
    assert deliveries.acknowledge(tokens()) == []


def test_tokens_of_a_lost_connection_never_acknowledge_the_next_ones_deliveries() -> None:
    deliveries = Deliveries()
    old = deliveries.admit([1, 2, 3])
    deliveries.forget()
    new = deliveries.admit([1, 2])
    assert deliveries.acknowledge(old) == []
    assert deliveries.acknowledge(new) == [1, 2]


@given(st.lists(st.integers(0, 65_535), max_size=60), st.randoms(use_true_random=False))
def test_every_delivery_gets_one_puback_in_order_whatever_the_order_of_acknowledging(ids: list[int], chance) -> None:  # noqa: ANN001 - hypothesis' own type
    deliveries = Deliveries()
    half = len(ids) // 2
    given_tokens = deliveries.admit(ids[:half]).tolist() + deliveries.admit(ids[half:]).tolist()
    chance.shuffle(given_tokens)
    sent: list[int] = []
    while given_tokens:
        count = chance.randint(1, len(given_tokens))
        part, given_tokens = given_tokens[:count], given_tokens[count:]
        sent += deliveries.acknowledge(tokens(*part))
    assert sent == [each for each in ids if each]
    assert len(deliveries) == 0
