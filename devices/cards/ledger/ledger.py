"""The ledger: posts entries to accounts, all legs or none, and keeps every leg as a row.

Owns balances as they change and the rows that tell of it. Whether the rows add up is the business of `auditor`, which asks nobody here.
"""

from typing import NamedTuple

import numpy as np

from devices.cards.choices import Entry
from devices.cards.ledger.accounts import Accounts
from devices.cards.ledger.postings import Posting, RefusedPosting
from sim.arrays import Int, Places, Records
from sim.toolkit.table import Table


class LegRow(NamedTuple):
    """One leg as it goes on the tape: `number` counts entries from 0, `balance_cents` is the account's after the whole entry."""

    time_us: int
    number: int
    entry: int
    reference: int
    account: int
    cents: int
    balance_cents: int


class Ledger:
    """Books of a city. `entries` is how many were posted."""

    def __init__(self, accounts: Accounts) -> None:
        """Begin without entries; accounts may be opened later too."""
        self.accounts = accounts
        self.entries = 0
        self._rows = Table(LegRow)

    def post(self, posting: Posting, time_us: int) -> None:
        """Book all legs. Raises RefusedPosting where an account would fall below its floor, IndexError for an unknown one."""
        after: dict[int, int] = {}
        for leg in posting.legs:
            self._known(leg.account)
            after[leg.account] = after.get(leg.account, int(self.accounts.balance[leg.account])) + leg.cents
        self._refuse(posting.entry, np.fromiter(after, dtype=np.intp), np.fromiter(after.values(), dtype=np.int64))
        for account, cents in after.items():
            self.accounts.balance[account] = cents
        for leg in posting.legs:
            self._rows.add(
                LegRow(time_us, self.entries, posting.entry, posting.reference, leg.account, leg.cents, after[leg.account]),
            )
        self.entries += 1

    def move(self, entry: Entry, time_us: Int, source: Places, to: Places, cents: Int, reference: Int) -> None:
        """Book many entries of two legs each, as columns in order of time.

        What an account holds must suffice for all of them together. Raises RefusedPosting, and books none, where it does not or where
        an amount is not above 0. The balance told is that after its own row, as if they were booked one by one.
        """
        if np.any(cents <= 0):
            msg = f"{entry.word}: {int(cents.min())} cents cannot be moved; turn the accounts around"
            raise RefusedPosting(msg)
        account = np.column_stack([source, to]).ravel()
        change = np.column_stack([-cents, cents]).ravel()
        touched, place = np.unique(account, return_inverse=True)
        after = self.accounts.balance[touched]
        np.add.at(after, place, change)
        self._refuse(entry, touched, after)
        told = _running(account, change, self.accounts.balance)
        self.accounts.balance[touched] = after
        self._rows.extend(
            time_us=np.repeat(time_us, 2),
            number=np.repeat(np.arange(self.entries, self.entries + len(cents)), 2),
            entry=np.full(len(account), int(entry)),
            reference=np.repeat(reference, 2),
            account=account,
            cents=change,
            balance_cents=told,
        )
        self.entries += len(cents)

    def rows_before(self, time_us: int) -> Records:
        """Take the rows of entries before an instant: they leave for the tape and are kept here no longer."""
        return self._rows.take_before(time_us)

    def _known(self, account: int) -> None:
        if not 0 <= account < len(self.accounts):
            msg = f"no account {account}: there are {len(self.accounts)}"
            raise IndexError(msg)

    def _refuse(self, entry: Entry, account: Places, after: Int) -> None:
        """Raise RefusedPosting where an account loses and would then hold less than it may."""
        held = self.accounts.balance[account]
        below = (after < self.accounts.floor[account]) & (after < held)
        if below.any():
            first = int(np.flatnonzero(below)[0])
            name, floor = self.accounts.name(int(account[first])), int(self.accounts.floor[account[first]])
            msg = f"{entry.word}: {name} holds {held[first]} cents and may not fall to {after[first]}, below {floor}; nothing was booked"
            raise RefusedPosting(msg)


def _running(account: Places, change: Int, balance: Int) -> Int:
    """Return each row's balance after it, from the balances before all."""
    order = np.argsort(account, kind="stable")
    sums = np.cumsum(change[order])
    own = account[order]
    first = np.flatnonzero(np.r_[True, own[1:] != own[:-1]])[: len(own)]
    before = np.repeat(sums[first] - change[order][first], np.diff(np.r_[first, len(own)]))
    told = np.empty_like(change)
    told[order] = balance[own] + sums - before
    return told
