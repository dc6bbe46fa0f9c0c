"""The auditor: finds every cent that was made, lost or moved twice, from rows alone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from devices.cards.choices import AccountClass, Entry
from devices.cards.ledger.accounts import Accounts
from devices.cards.ledger.auditor import Auditor, Told
from devices.cards.ledger.ledger import Ledger
from devices.cards.ledger.postings import moved

OUTSIDE, BANK, SWITCH, MERCHANT = range(4)
CLASSES = (AccountClass.OUTSIDE, AccountClass.BANK, AccountClass.SWITCH, AccountClass.MERCHANT)


class Row(NamedTuple):
    number: int
    entry: int
    reference: int
    account: int
    cents: int
    balance_cents: int


def ledger_of_two_payments() -> Ledger:
    accounts = Accounts()
    for account_class in CLASSES:
        accounts.open_many(account_class, 1)
    ledger = Ledger(accounts)
    ledger.post(moved(Entry.OPENING, OUTSIDE, BANK, 10_000), 0)
    for reference in (1, 2):
        ledger.post(moved(Entry.DEBIT, BANK, SWITCH, 250, reference), 1)
        ledger.post(moved(Entry.EARN, SWITCH, MERCHANT, 250, reference), 2)
    return ledger


def rows_of(ledger: Ledger) -> list[Row]:
    return [Row(*(int(row[name]) for name in Row._fields)) for row in ledger.rows_before(9)]


def tape() -> list[Row]:
    return rows_of(ledger_of_two_payments())


def auditor_of(*calls: list[Row]) -> Auditor:
    auditor = Auditor(np.array(CLASSES, dtype=np.int32))
    for rows in calls:
        auditor.read(Told(*np.array(rows, dtype=np.int64).reshape(-1, len(Row._fields)).T))
    return auditor


def findings(*calls: list[Row], closed: bool = True) -> list[str]:
    return auditor_of(*calls).findings(closed=closed)


def test_clean_books_come_to_the_same_balances_and_no_finding() -> None:
    rows = tape()
    auditor = auditor_of(rows[3::-1], [], rows[4:])
    assert auditor.findings(closed=True) == []
    assert auditor.balances.tolist() == ledger_of_two_payments().accounts.balance.tolist() == [-10_000, 9_500, 0, 500]


def without_entry_2(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.number != 2]


def a_cent_more(rows: list[Row]) -> list[Row]:
    return [*rows[:-1], rows[-1]._replace(cents=251, balance_cents=501)]


def a_wrong_balance(rows: list[Row]) -> list[Row]:
    return [rows[0], rows[1]._replace(balance_cents=9_999), *rows[2:]]


def a_leg_twice(rows: list[Row]) -> list[Row]:
    return [*rows, rows[-1]]


def one_reference(rows: list[Row]) -> list[Row]:
    return [row._replace(reference=1) if row.reference else row for row in rows]


def an_end_in_the_middle(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.number < 4]


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        (without_entry_2, "entry 2 is missing"),
        (a_cent_more, "entry 4: 1 cents out of nowhere"),
        (a_wrong_balance, "entry 0: account 1 is told 9999 cents, its rows come to 10000"),
        (a_leg_twice, "entry 4: account 3 has a second leg, a record that came twice"),
        (one_reference, "exchange 1: debit stands 2 times"),
        (an_end_in_the_middle, "account 2: 250 cents are lost between banks"),
    ],
)
def test_every_mistake_is_found(mistake: Callable[[list[Row]], list[Row]], found: str) -> None:
    assert found in findings(mistake(tape()))


def test_what_is_under_way_is_not_lost_while_exchanges_are_open() -> None:
    assert findings(an_end_in_the_middle(tape()), closed=False) == []


def test_a_debit_may_be_taken_back_but_not_twice() -> None:
    ledger = ledger_of_two_payments()
    ledger.post(moved(Entry.GIVE_BACK, MERCHANT, SWITCH, 250, 2), 3)
    ledger.post(moved(Entry.CREDIT, SWITCH, BANK, 250, 2), 3)
    rows = rows_of(ledger)
    assert findings(rows) == []
    again = [row._replace(number=row.number + 1) for row in rows if row.number == 6]
    assert any("debit stands -1 times" in finding for finding in findings([*rows, *again]))


def test_what_is_taken_back_was_done() -> None:
    row = Row(0, Entry.CREDIT, 5, SWITCH, -10, -10)
    assert "exchange 5: credit without debit" in findings([row, row._replace(account=BANK, cents=10, balance_cents=10)])


def test_an_entry_may_come_late_but_not_again() -> None:
    rows = tape()
    early, late = [row for row in rows if row.number != 3], [row for row in rows if row.number == 3]
    assert "entry 3 is missing" in findings(early)
    assert not any("missing" in found or "second" in found for found in findings(early, late))
    assert "entry 3 came a second time, later" in findings(rows, late)


def test_a_hundred_thousand_entries_by_columns_are_clean_in_slices() -> None:
    accounts = Accounts()
    accounts.open_many(AccountClass.BANK, 500)
    ledger, rng = Ledger(accounts), np.random.default_rng(2)
    auditor = Auditor(accounts.of_class)
    for hour in range(4):
        source = rng.integers(0, 500, 25_000)
        times = np.full(25_000, hour)
        ledger.move(Entry.PAY_OUT, times, source, (source + 1) % 500, rng.integers(1, 900, 25_000), times)
        told = ledger.rows_before(hour + 1)
        auditor.read(Told(*(told[name] for name in Told._fields)))
    assert auditor.findings(closed=True) == []
    assert auditor.balances.tolist() == accounts.balance.tolist()
