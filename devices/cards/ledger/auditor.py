"""The auditor: finds from rows alone, as a tape has them, whether money was conserved to the cent.

Owns the findings. It shares no code with `ledger` and asks for none of its balances: whoever checks must be able to find it wrong.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from devices.cards.choices import AccountClass, Entry
from sim.arrays import Code, Flags, Int

TAKEN_BACK = {  # what may stand once, by reference, and what takes it back; a load on a card is never taken back
    Entry.HOLD: Entry.RELEASE,
    Entry.DEBIT: Entry.CREDIT,
    Entry.EARN: Entry.GIVE_BACK,
    Entry.LOAD: None,
}
JUDGED = sorted({entry for pair in TAKEN_BACK.items() for entry in pair if entry is not None})


class Told(NamedTuple):
    """Legs of entries as the tape tells them, in columns; entries are numbered from 0 without a gap."""

    number: Int
    entry: Int
    reference: Int
    account: Int
    cents: Int
    balance_cents: Int


class Auditor:
    """Adds up rows slice by slice. `balances` is what they come to, by account."""

    def __init__(self, of_class: Code) -> None:
        """`of_class` is the class of every account, by its place."""
        self.balances: Int = np.zeros(len(of_class), dtype=np.int64)
        self._of_class = of_class
        self._next = 0  # above every number that was read
        self._missing: set[int] = set()
        self._done: Counter[tuple[int, int]] = Counter()
        self._wrong: list[str] = []

    def read(self, told: Told) -> None:
        """Add rows in any order; all legs of an entry come in one call. Raises IndexError for an account that has no class."""
        if not len(told.number):
            return
        order = np.lexsort((told.account, told.number))
        rows = Told(*(column[order] for column in told))
        first = _begins(rows.number)
        self._count(rows.number[first])
        self._check_legs(rows, first)
        judged = first & np.isin(rows.entry, JUDGED)
        self._done.update(zip(rows.reference[judged].tolist(), rows.entry[judged].tolist(), strict=True))
        self._compare(rows)

    def findings(self, *, closed: bool) -> list[str]:
        """Return what is wrong, one sentence each. Where all exchanges are `closed`, nothing may be left between banks."""
        missing = [f"entry {number} is missing" for number in sorted(self._missing)]
        return [*self._wrong, *missing, *self._exchanges(), *(self._lost() if closed else ())]

    def _count(self, numbers: Int) -> None:
        """Keep account of which entries were never read, and of those that were read in an earlier call."""
        for number in numbers[numbers < self._next].tolist():
            if number not in self._missing:
                self._wrong.append(f"entry {number} came a second time, later")
        self._missing -= set(numbers.tolist()) if self._missing else set()
        fresh = numbers[numbers >= self._next]
        if len(fresh):
            end = int(fresh[-1]) + 1
            if len(fresh) < end - self._next:
                self._missing |= set(range(self._next, end)) - set(fresh.tolist())
            self._next = end

    def _check_legs(self, rows: Told, first: Flags) -> None:
        places = np.flatnonzero(first)
        left = np.add.reduceat(rows.cents, places)
        for place, cents in zip(places[left != 0].tolist(), left[left != 0].tolist(), strict=True):
            self._wrong.append(f"entry {rows.number[place]}: {cents} cents out of nowhere")
        for place in np.flatnonzero(~first & ~_begins(rows.account)).tolist():
            self._wrong.append(f"entry {rows.number[place]}: account {rows.account[place]} has a second leg, a record that came twice")

    def _compare(self, rows: Told) -> None:
        """Hold the balances told against those recomputed; of each account the first that differs is found."""
        by_account = Told(*(column[np.argsort(rows.account, kind="stable")] for column in rows))
        places = np.flatnonzero(_begins(by_account.account))
        accounts, gained = by_account.account[places], np.add.reduceat(by_account.cents, places)
        sums = np.cumsum(by_account.cents)
        before = self.balances[accounts] - (sums[places] - by_account.cents[places])
        found = sums + np.repeat(before, np.diff(places, append=len(sums)))
        self.balances[accounts] += gained
        wrong = np.flatnonzero(found != by_account.balance_cents)
        for place in wrong[_begins(by_account.account[wrong])].tolist():
            number, account, told = (int(column[place]) for column in (by_account.number, by_account.account, by_account.balance_cents))
            self._wrong.append(f"entry {number}: account {account} is told {told} cents, its rows come to {found[place]}")

    def _exchanges(self) -> Iterator[str]:
        for (reference, entry), times in self._done.items():
            back = TAKEN_BACK.get(Entry(entry), entry)
            stands = times - (0 if back is None else self._done[reference, back])
            if stands not in {0, 1}:
                yield f"exchange {reference}: {Entry(entry).word} stands {stands} times"
        for reference, entry in self._done:
            for done in (done for done, back in TAKEN_BACK.items() if back == entry and (reference, done) not in self._done):
                yield f"exchange {reference}: {Entry(entry).word} without {done.word}"

    def _lost(self) -> Iterator[str]:
        for account in np.flatnonzero((self._of_class == AccountClass.SWITCH) & (self.balances != 0)).tolist():
            yield f"account {account}: {self.balances[account]} cents are lost between banks"


def _begins(column: Int) -> Flags:
    """Return where a value differs from the one before it; the first does."""
    return np.concatenate([[True], column[1:] != column[:-1]])[: len(column)]
