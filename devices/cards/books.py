"""Books: which accounts an entry moves money between.

Owns the meaning of what a machine wants booked. When it is booked is the business of `exchange` and of taps, how of `ledger`.
"""

from collections.abc import Mapping

from devices.cards.choices import AccountClass, Entry
from devices.cards.ledger.ledger import Ledger
from devices.cards.ledger.postings import moved

MOVES = {  # from, to
    Entry.HOLD: (AccountClass.BANK, AccountClass.HELD),
    Entry.RELEASE: (AccountClass.HELD, AccountClass.BANK),
    Entry.DEBIT: (AccountClass.BANK, AccountClass.SWITCH),
    Entry.CREDIT: (AccountClass.SWITCH, AccountClass.BANK),
    Entry.EARN: (AccountClass.SWITCH, AccountClass.MERCHANT),
    Entry.GIVE_BACK: (AccountClass.MERCHANT, AccountClass.SWITCH),
    Entry.LOAD: (AccountClass.SWITCH, AccountClass.PURSE),
    Entry.CASH_LOAD: (AccountClass.OUTSIDE, AccountClass.PURSE),
    Entry.SPEND: (AccountClass.PURSE, AccountClass.FLOAT),
    Entry.CLAIM: (AccountClass.FLOAT, AccountClass.SETTLEMENT),
    Entry.PAY_OUT: (AccountClass.SETTLEMENT, AccountClass.MERCHANT),
}


def book(ledger: Ledger, entry: Entry, accounts: Mapping[AccountClass, int], cents: int, reference: int, time_us: int) -> None:
    """Book what a machine asked for between the accounts of those who take part.

    Raises RefusedPosting as the ledger does, KeyError where one of both accounts is not given or the entry has no fixed way (an opening).
    """
    source, to = MOVES[entry]
    ledger.post(moved(entry, accounts[source], accounts[to], cents, reference), time_us)
