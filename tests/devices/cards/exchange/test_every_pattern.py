"""Every loss, delay, repetition and reordering of the messages of a payment or a load ends with money where it belongs."""

import gc
from collections.abc import Iterator

import pytest

from devices.cards.books import book
from devices.cards.choices import AccountClass, Entry, Mti
from devices.cards.ledger.accounts import Accounts
from devices.cards.ledger.auditor import Auditor, Told
from devices.cards.ledger.ledger import Ledger
from devices.cards.ledger.postings import moved
from tests.devices.cards.exchange.adversary import Booked, Case, Search
from tests.devices.cards.exchange.cases import KEY, LARGE, SMALL, declining, load, payment
from tests.devices.cards.exchange.mistakes import MISTAKES

CASES = {  # the case, how many messages are disturbed, how many worlds there are at least, and how it may end
    "a load": (load(), 5, 60_000, {"loaded", "reversed"}),
    "a load that the card has no room for": (load(has_room=False), 5, 50_000, {"reversed"}),
    "a load that the bank declines": (load(declining), 5, 6_000, {"declined", "reversed"}),
    "a payment": (payment(), 5, 400_000, {"approved", "reversed"}),
    "a payment that is cancelled, or not": (payment(cancels=True), 3, 20_000, {"approved", "reversed"}),
    "a payment too large for a stand-in": (payment(cents=LARGE), 4, 60_000, {"approved", "declined", "reversed"}),
    "a payment that the issuer declines": (payment(decide=declining), 4, 60_000, {"approved", "declined", "reversed"}),
    "an authorisation": (payment(Mti.AUTHORISATION_REQUEST), 4, 60_000, {"approved", "reversed"}),
}


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Let the garbage collector rest: half a million worlds hold no cycle."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "a payment")) for name in CASES])
def test_no_double_debit_no_lost_cent_and_no_reversal_left_open(name: str) -> None:
    case, disturbances, worlds, stages = CASES[name]
    search = Search(case, disturbances).run()
    assert search.wrong == []
    assert search.worlds >= worlds
    assert search.stages() == stages
    assert [found for _, booked in search.ends for found in audited(booked)] == []


@pytest.mark.parametrize("case", [load(), payment(), payment(Mti.AUTHORISATION_REQUEST)])
def test_without_a_disturbance_everything_is_approved(case: Case) -> None:
    assert Search(case, disturbances=0).run().stages() <= {"approved", "loaded"}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_found(name: str) -> None:
    case, found = MISTAKES[name]
    (wrong,) = Search(case, disturbances=2).run().wrong
    assert found in wrong


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_shows_only_when_messages_are_disturbed(name: str) -> None:
    assert Search(MISTAKES[name][0], disturbances=0).run().wrong == []


def audited(booked: Booked) -> list[str]:
    """Book what an exchange booked, in its order, and return what the auditor makes of the rows."""
    accounts = Accounts()
    places = {account_class: int(accounts.open_many(account_class, 1)[0]) for account_class in AccountClass}
    ledger = Ledger(accounts)
    ledger.post(moved(Entry.OPENING, places[AccountClass.OUTSIDE], places[AccountClass.BANK], 100_000), 0)
    for time_us, entry in enumerate(booked):
        book(ledger, entry, places, SMALL, KEY.reference, time_us)
    auditor, rows = Auditor(accounts.of_class), ledger.rows_before(len(booked) + 1)
    auditor.read(Told(*(rows[name] for name in Told._fields)))
    assert auditor.balances.tolist() == accounts.balance.tolist()
    return auditor.findings(closed=True)


def test_the_auditor_finds_what_a_mistake_books() -> None:
    assert audited((Entry.DEBIT, Entry.EARN)) == []
    assert audited((Entry.DEBIT, Entry.EARN, Entry.DEBIT, Entry.EARN)) == [
        f"exchange {KEY.reference}: debit stands 2 times",
        f"exchange {KEY.reference}: earn stands 2 times",
    ]
    assert any("lost between banks" in found for found in audited((Entry.DEBIT, Entry.CREDIT, Entry.LOAD)))
