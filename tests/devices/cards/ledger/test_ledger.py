"""The ledger: what is booked balances, what is refused leaves no trace, and rows tell all of it."""

import numpy as np
import pytest

from devices.cards.choices import AccountClass, Entry
from devices.cards.ledger.accounts import Accounts
from devices.cards.ledger.ledger import Ledger
from devices.cards.ledger.postings import Leg, Posting, RefusedPosting, moved

END = 1 << 60


def books() -> tuple[Ledger, int, int, int]:
    accounts = Accounts()
    (outside,) = accounts.open(AccountClass.OUTSIDE, ["cash"]).tolist()
    (floating,) = accounts.open(AccountClass.FLOAT, ["float of Pudong"]).tolist()
    purse = int(accounts.open_many(AccountClass.PURSE, 1, floor_cents=-999)[0])
    return Ledger(accounts), outside, floating, purse


def test_a_posting_moves_an_amount_and_leaves_the_whole_as_it_was() -> None:
    ledger, outside, floating, purse = books()
    ledger.post(moved(Entry.CASH_LOAD, outside, purse, 5_000), 1)
    ledger.post(moved(Entry.SPEND, purse, floating, 300), 2)
    assert ledger.accounts.balance.tolist() == [-5_000, 300, 4_700]
    assert (ledger.accounts.total_cents(), ledger.accounts.total_cents(AccountClass.PURSE)) == (0, 4_700)


@pytest.mark.parametrize(
    ("legs", "why"),
    [
        ((Leg(0, -100), Leg(2, 99)), "leave -1 cents"),
        ((Leg(0, 0),), "two or more"),
        ((Leg(0, -1.5), Leg(2, 1.5)), "whole cents"),
    ],
)
def test_a_posting_that_does_not_balance_is_refused(legs: tuple[Leg, ...], why: str) -> None:
    with pytest.raises(RefusedPosting, match=why):
        Posting(Entry.OPENING, legs)


@pytest.mark.parametrize("cents", [0, -5])
def test_an_amount_is_above_nothing(cents: int) -> None:
    with pytest.raises(RefusedPosting, match="turn the accounts around"):
        moved(Entry.OPENING, 0, 1, cents)


def test_an_account_below_its_floor_is_refused_by_name_and_nothing_is_booked() -> None:
    ledger, outside, floating, purse = books()
    with pytest.raises(RefusedPosting, match=r"claim: float of Pudong holds 0 cents and may not fall to -1, below 0; nothing was booked"):
        ledger.post(Posting(Entry.CLAIM, (Leg(outside, -4), Leg(purse, 5), Leg(floating, -1))), 1)
    assert (ledger.accounts.balance.tolist(), ledger.entries, len(ledger.rows_before(END))) == ([0, 0, 0], 0, 0)


def test_an_account_that_is_not_there_is_no_money() -> None:
    ledger, outside, *_ = books()
    with pytest.raises(IndexError, match="no account 7: there are 3"):
        ledger.post(moved(Entry.OPENING, outside, 7, 1), 1)


def test_columns_book_what_single_postings_book_row_by_row() -> None:
    rng = np.random.default_rng(5)
    count = 200
    source, cents = rng.integers(0, 3, count), rng.integers(1, 500, count)
    to, times, reference = (source + 1) % 3, np.arange(count), np.arange(count) + 7
    told = []
    for columns in (True, False):
        accounts = Accounts()
        accounts.open_many(AccountClass.BANK, 3)
        ledger = Ledger(accounts)
        if columns:
            ledger.move(Entry.PAY_OUT, times, source, to, cents, reference)
        else:
            for row in zip(times.tolist(), source.tolist(), to.tolist(), cents.tolist(), reference.tolist(), strict=True):
                ledger.post(moved(Entry.PAY_OUT, *row[1:]), row[0])
        told.append((accounts.balance.tolist(), ledger.entries, ledger.rows_before(END).tolist()))
    assert told[0] == told[1]
    assert len(told[0][2]) == 2 * count


def test_columns_are_refused_together() -> None:
    ledger, _, floating, purse = books()
    places = np.array([purse, purse])
    with pytest.raises(RefusedPosting, match=f"purse {purse} holds 0 cents and may not fall to -1000, below -999"):
        ledger.move(
            Entry.SPEND, np.zeros(2, dtype=np.int64), places, np.full(2, floating), np.array([500, 500]), np.zeros(2, dtype=np.int64)
        )
    with pytest.raises(RefusedPosting, match="0 cents cannot be moved"):
        ledger.move(Entry.SPEND, np.zeros(2, dtype=np.int64), places, np.full(2, floating), np.array([5, 0]), np.zeros(2, dtype=np.int64))
    assert (ledger.accounts.total_cents(AccountClass.PURSE), ledger.entries) == (0, 0)


def test_rows_leave_once() -> None:
    ledger, outside, _, purse = books()
    for at_us in (1, 2, 3):
        ledger.post(moved(Entry.CASH_LOAD, outside, purse, 100), at_us)
    assert [len(ledger.rows_before(at_us)) for at_us in (3, 3, 4)] == [4, 0, 2]
