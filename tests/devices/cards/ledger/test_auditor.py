"""The auditor: finds every cent that was made, lost or moved twice, from rows alone."""

from collections.abc import Callable

import pytest

from devices.cards.choices import AccountClass, Entry
from devices.cards.ledger.accounts import Accounts
from devices.cards.ledger.auditor import Auditor, Told
from devices.cards.ledger.ledger import Ledger
from devices.cards.ledger.postings import moved

OUTSIDE, BANK, SWITCH, MERCHANT = range(4)
CLASSES = {place: AccountClass[name] for place, name in enumerate(("OUTSIDE", "BANK", "SWITCH", "MERCHANT"))}


def ledger_of_two_payments() -> Ledger:
    accounts = Accounts()
    for account_class in CLASSES.values():
        accounts.open_many(account_class, 1)
    ledger = Ledger(accounts)
    ledger.post(moved(Entry.OPENING, OUTSIDE, BANK, 10_000), 0)
    for reference in (1, 2):
        ledger.post(moved(Entry.DEBIT, BANK, SWITCH, 250, reference), 1)
        ledger.post(moved(Entry.EARN, SWITCH, MERCHANT, 250, reference), 2)
    return ledger


def tape() -> list[Told]:
    names = Told._fields
    return [Told(*(int(row[name]) for name in names)) for row in ledger_of_two_payments().rows_before(9)]


def findings(rows: list[Told], *, closed: bool = True) -> list[str]:
    auditor = Auditor(CLASSES)
    auditor.read(rows)
    return auditor.findings(closed=closed)


def test_clean_books_come_to_the_same_balances_and_no_finding() -> None:
    auditor = Auditor(CLASSES)
    rows = tape()
    auditor.read(reversed(rows[:4]))
    auditor.read(rows[4:])
    assert auditor.findings(closed=True) == []
    assert [auditor.balances[place] for place in CLASSES] == ledger_of_two_payments().accounts.balance.tolist() == [-10_000, 9_500, 0, 500]


def without_entry_2(rows: list[Told]) -> list[Told]:
    return [row for row in rows if row.number != 2]


def a_cent_more(rows: list[Told]) -> list[Told]:
    return [*rows[:-1], rows[-1]._replace(cents=251, balance_cents=501)]


def a_wrong_balance(rows: list[Told]) -> list[Told]:
    return [rows[0], rows[1]._replace(balance_cents=9_999), *rows[2:]]


def a_leg_twice(rows: list[Told]) -> list[Told]:
    return [*rows, rows[-1]]


def one_reference(rows: list[Told]) -> list[Told]:
    return [row._replace(reference=1) if row.reference else row for row in rows]


def an_end_in_the_middle(rows: list[Told]) -> list[Told]:
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
def test_every_mistake_is_found(mistake: Callable[[list[Told]], list[Told]], found: str) -> None:
    assert found in findings(mistake(tape()))


def test_what_is_under_way_is_not_lost_while_exchanges_are_open() -> None:
    assert findings(an_end_in_the_middle(tape()), closed=False) == []


def test_a_debit_may_be_taken_back_but_not_twice() -> None:
    ledger = ledger_of_two_payments()
    ledger.post(moved(Entry.GIVE_BACK, MERCHANT, SWITCH, 250, 2), 3)
    ledger.post(moved(Entry.CREDIT, SWITCH, BANK, 250, 2), 3)
    rows = [Told(*(int(row[name]) for name in Told._fields)) for row in ledger.rows_before(9)]
    assert findings(rows) == []
    again = [row._replace(number=row.number + 1) for row in rows if row.number == 6]
    assert any("debit stands -1 times" in finding for finding in findings([*rows, *again]))
