"""E-cash: a chip pays by itself within its limits, and asks beyond them."""

import numpy as np
import pytest

from devices.cards.choices import Cryptogram
from devices.cards.purse.ecash import EcashPurses, Offers
from devices.cards.purse.rules import EcashRules
from sim.errors import UsageError
from tests.devices.cards.purse.one_by_one import Chip


def offered(owner: EcashPurses, *rows: tuple[int, int, int]) -> list[str]:
    """Offer rows of purse, day and cents, in order of time."""
    purse, day, cents = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    answered = owner.pay(Offers(np.arange(len(rows)), purse, day, cents))
    return [Cryptogram(code).word for code in answered.cryptogram.tolist()]


def test_a_payment_above_three_hundred_yuan_asks_the_issuer() -> None:
    assert offered(EcashPurses(np.array([90_000])), (0, 1, 30_000), (0, 1, 30_001)) == ["tc", "arqc"]


def test_a_day_has_a_thousand_yuan_whatever_is_loaded_in_between() -> None:
    owner = EcashPurses(np.array([100_000]))
    assert offered(owner, *[(0, 1, 30_000)] * 3) == ["tc"] * 3
    assert owner.load(np.array([0]), np.array([90_000])).tolist() == [True]
    assert offered(owner, (0, 1, 10_001), (0, 1, 10_000), (0, 1, 1), (0, 2, 1)) == ["arqc", "tc", "arqc", "tc"]


def test_a_purse_pays_what_it_has_and_no_cent_more() -> None:
    owner = EcashPurses(np.array([500, 500]))
    assert offered(owner, (0, 1, 501), (1, 1, 500), (0, 1, 499), (1, 1, 1)) == ["arqc", "tc", "tc", "arqc"]
    assert owner.balance_cents.tolist() == [1, 0]


def test_a_load_has_room_up_to_a_thousand_yuan() -> None:
    owner = EcashPurses(np.array([99_000, 99_001]))
    assert owner.load(np.arange(2), np.array([1_000, 1_000])).tolist() == [True, False]


def test_nothing_is_no_amount() -> None:
    owner = EcashPurses(np.array([500]))
    for act in (lambda: offered(owner, (0, 1, 0)), lambda: owner.load(np.array([0]), np.array([-5]))):
        with pytest.raises(ValueError, match="amounts are above 0"):
            act()


def test_columns_do_what_single_payments_do() -> None:
    rng = np.random.default_rng(3)
    time, purse, cents = rng.permutation(3_000), rng.integers(0, 60, 3_000), rng.integers(1, 36_000, 3_000)
    start = rng.integers(0, 1_000_000, 60)
    owner = EcashPurses(start)
    said = owner.pay(Offers(time, purse, time // 600, cents)).cryptogram == Cryptogram.TC
    chips = [Chip(balance) for balance in start.tolist()]
    for place in np.argsort(time).tolist():
        assert chips[purse[place]].pay(int(time[place]) // 600, int(cents[place])) == said[place]
    assert owner.balance_cents.tolist() == [chip.balance for chip in chips]
    assert 0.1 < said.mean() < 0.9


def test_limits_below_nothing_are_refused_together() -> None:
    with pytest.raises(UsageError, match="limits of e-cash: once_cents is -1: below 0; day_cents is -2: below 0"):
        EcashRules(once_cents=-1, day_cents=-2)
