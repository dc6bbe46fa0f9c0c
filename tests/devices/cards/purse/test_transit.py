"""Transit purses: discounts, the overdraft that is allowed once, and columns that do what single taps do."""

from collections.abc import Callable
from time import process_time

import numpy as np
import pytest

from devices.cards.choices import TapMode, TapResult
from devices.cards.purse.figures import FIGURES
from devices.cards.purse.rules import TransitRules
from devices.cards.purse.transit import Charged, Taps, TransitPurses
from sim.arrays import Int
from sim.errors import UsageError
from sim.units import MINUTE_US
from tests.devices.cards.purse.one_by_one import Card

BUS, METRO, TAXI = TapMode.BUS, TapMode.METRO, TapMode.TAXI


def purses(*balances: int) -> TransitPurses:
    return TransitPurses(np.array(balances))


def tapped(owner: TransitPurses, *rows: tuple[int, int, TapMode, int, int], month: int = 1) -> Charged:
    """Tap rows of minute, purse, mode, route and fare."""
    minute, purse, mode, route, fare = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return owner.tap(Taps(minute * MINUTE_US, purse, mode, route, np.full(len(minute), month), fare))


@pytest.mark.parametrize(
    ("first", "second", "minutes", "off"),
    [
        ((BUS, 1), (BUS, 2), 120, 100),
        ((BUS, 1), (BUS, 2), 121, 0),
        ((BUS, 1), (METRO, 0), 30, 100),
        ((METRO, 0), (BUS, 1), 30, 100),
        ((METRO, 0), (METRO, 5), 30, 0),
        ((BUS, 1), (BUS, 1), 1, 0),
        ((BUS, 1), (TAXI, 2), 5, 0),
        ((TAXI, 1), (BUS, 2), 5, 0),
    ],
)
def test_a_transfer_is_a_yuan_cheaper(first: tuple[TapMode, int], second: tuple[TapMode, int], minutes: int, off: int) -> None:
    charged = tapped(purses(5_000), (0, 0, *first, 200), (minutes, 0, *second, 300))
    assert (charged.discount_cents.tolist(), charged.paid_cents.tolist()) == ([0, off], [200, 300 - off])
    assert charged.transfer.tolist() == [False, off > 0]


def test_the_metro_is_a_tenth_cheaper_after_seventy_yuan_until_the_month_ends() -> None:
    owner = purses(50_000)
    rides = [(200 * ride, 0, METRO, 0, 1_000) for ride in range(9)]
    assert tapped(owner, *rides).paid_cents.tolist() == [1_000] * 7 + [900] * 2
    assert tapped(owner, (5_000, 0, BUS, 1, 200)).paid_cents.tolist() == [200]
    assert tapped(owner, (5_010, 0, METRO, 1, 300)).paid_cents.tolist() == [180]
    assert tapped(owner, (9_000, 0, METRO, 0, 1_000), month=2).paid_cents.tolist() == [1_000]


@pytest.mark.parametrize(
    ("balance", "fare", "passes"),
    [(0, 999, True), (0, 1_000, False), (-1, 100, False), (100, 999, True), (1_000, 1_000, True), (-500, 0, True), (999, 1_000, False)],
)
def test_a_purse_is_overdrawn_once_and_for_a_small_fare(balance: int, fare: int, passes: bool) -> None:  # noqa: FBT001  (a column of the table)
    charged = tapped(purses(balance), (0, 0, BUS, 1, fare))
    assert charged.result.tolist() == [TapResult.ACCEPTED if passes else TapResult.INSUFFICIENT]
    assert charged.balance_cents.tolist() == [balance - fare if passes else balance]


def test_what_was_refused_begins_no_journey() -> None:
    charged = tapped(purses(-10, 5_000), (0, 0, BUS, 1, 200), (0, 1, BUS, 1, 200), (9, 0, BUS, 2, 200), (9, 1, BUS, 2, 200))
    assert charged.transfer.tolist() == [False, False, False, True]
    assert charged.paid_cents.tolist() == [0, 200, 0, 100]


def test_a_load_has_room_up_to_a_thousand_yuan() -> None:
    owner = purses(99_000, 99_001, -900)
    assert owner.load(np.arange(3), np.array([1_000, 1_000, 100_900])).tolist() == [True, False, True]
    assert owner.balance_cents.tolist() == [100_000, 99_001, 100_000]
    with pytest.raises(ValueError, match="a load of 0 cents"):
        owner.load(np.arange(1), np.array([0]))


def test_a_fare_below_nothing_is_refused_and_nothing_charged() -> None:
    owner = purses(1_000)
    with pytest.raises(ValueError, match="a fare of -1 cents"):
        tapped(owner, (0, 0, BUS, 1, 200), (1, 0, BUS, 2, -1))
    assert owner.balance_cents.tolist() == [1_000]


def test_no_taps_are_charged_nothing() -> None:
    empty = np.zeros(0, dtype=np.int64)
    assert [len(column) for column in purses(5).tap(Taps(*[empty] * 6))] == [0] * 5


def random_taps(count: int, cards: int, seed: int) -> Taps:
    rng = np.random.default_rng(seed)
    time_us = rng.integers(0, 60 * 24 * 40, count) * MINUTE_US
    mode = rng.choice([BUS, METRO, TAXI], count, p=[0.5, 0.4, 0.1])
    fare: Int = rng.choice([0, 100, 150, 200, 300, 700, 999, 1_000, 2_350], count)
    return Taps(time_us, rng.integers(0, cards, count), mode, rng.integers(0, 4, count), time_us // (30 * 24 * 60 * MINUTE_US), fare)


@pytest.mark.parametrize("seed", range(3))
def test_columns_do_what_single_taps_do(seed: int) -> None:
    taps = random_taps(6_000, 90, seed)
    start = np.random.default_rng(seed).integers(-900, 60_000, 90)
    owner = TransitPurses(start)
    parts = [slice(None)] if seed else [taps.time_us < 10**12, taps.time_us >= 10**12]
    charged = np.zeros((3, 6_000), dtype=np.int64)
    for part in parts:
        told = owner.tap(Taps(*(column[part] for column in taps)))
        charged[:, part] = [told.result == TapResult.ACCEPTED, told.paid_cents, told.transfer]
    cards = [Card(balance) for balance in start.tolist()]
    for place in np.argsort(taps.time_us, kind="stable").tolist():
        row = [int(column[place]) for column in taps]
        said = cards[row[1]].tap(row[0] / MINUTE_US, TapMode(row[2]).word, *row[3:])
        assert tuple(charged[:, place].tolist()) == said
    assert owner.balance_cents.tolist() == [card.balance for card in cards]
    assert 0.02 < charged[2].mean() < 0.5
    assert 0.02 < 1 - charged[0].mean() < 0.9


def test_what_purses_lose_is_what_taps_pay() -> None:
    taps = random_taps(5_000, 70, 9)
    owner = TransitPurses(np.full(70, 30_000))
    paid = owner.tap(taps).paid_cents
    assert int(paid.sum()) == 70 * 30_000 - int(owner.balance_cents.sum()) > 0
    assert int(owner.balance_cents.min()) > -owner.rules.overdraft_below_cents


def test_half_a_million_taps_cost_no_round_for_each_purse(record_property: Callable[[str, object], None]) -> None:
    taps = random_taps(500_000, 200_000, 4)
    owner, before = TransitPurses(np.full(200_000, 90_000)), process_time()
    charged = owner.tap(taps)
    record_property("taps_per_cpu_s", round(500_000 / (process_time() - before)))
    assert int((charged.result == TapResult.ACCEPTED).sum()) == 500_000


def test_rules_that_cannot_hold_are_refused_together() -> None:
    with pytest.raises(UsageError, match="rules of the transit card: most_cents is -1: below 0; monthly_off is above 1"):
        TransitRules(most_cents=-1, monthly_off=1.5)


def test_figures_have_names_of_their_own() -> None:
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
