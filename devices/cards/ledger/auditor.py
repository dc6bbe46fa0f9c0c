"""The auditor: finds from rows alone, as a tape has them, whether money was conserved to the cent.

Owns the findings. It shares no code with `ledger` and asks for none of its balances: whoever checks must be able to find it wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from devices.cards.choices import AccountClass, Entry

TAKEN_BACK = {  # what may stand once, by reference, and what takes it back; a load on a card is never taken back
    Entry.HOLD: Entry.RELEASE,
    Entry.DEBIT: Entry.CREDIT,
    Entry.EARN: Entry.GIVE_BACK,
    Entry.LOAD: None,
}


class Told(NamedTuple):
    """One leg of an entry as the tape tells it; entries are numbered from 0 without a gap."""

    number: int
    entry: int
    reference: int
    account: int
    cents: int
    balance_cents: int


class Auditor:
    """Adds up rows slice by slice. `balances` is what they come to, by account."""

    def __init__(self, of_class: Mapping[int, AccountClass]) -> None:
        """`of_class` tells the class of every account."""
        self.balances: dict[int, int] = defaultdict(int)
        self._of_class = of_class
        self._left: dict[int, int] = defaultdict(int)
        self._seen: set[tuple[int, int]] = set()
        self._done: Counter[tuple[int, int]] = Counter()
        self._wrong: list[str] = []

    def read(self, rows: Iterable[Told]) -> None:
        """Add rows, which may come in any order within a call."""
        for row in sorted(rows, key=lambda row: row.number):
            if (row.number, row.account) in self._seen:
                self._wrong.append(f"entry {row.number}: account {row.account} has a second leg, a record that came twice")
            if row.number not in self._left:
                self._done[row.reference, row.entry] += 1
            self._seen.add((row.number, row.account))
            self._left[row.number] += row.cents
            self._compare(row)

    def findings(self, *, closed: bool) -> list[str]:
        """Return what is wrong, one sentence each. Where all exchanges are `closed`, nothing may be left between banks."""
        return [*self._wrong, *self._entries(), *self._exchanges(), *(self._lost() if closed else ())]

    def _compare(self, row: Told) -> None:
        self.balances[row.account] += row.cents
        found = self.balances[row.account]
        if found != row.balance_cents:
            self._wrong.append(f"entry {row.number}: account {row.account} is told {row.balance_cents} cents, its rows come to {found}")

    def _entries(self) -> Iterable[str]:
        for number, cents in self._left.items():
            if cents:
                yield f"entry {number}: {cents} cents out of nowhere"
        for number in range(max(self._left, default=-1) + 1):
            if number not in self._left:
                yield f"entry {number} is missing"

    def _exchanges(self) -> Iterable[str]:
        for (reference, entry), times in self._done.items():
            back = TAKEN_BACK.get(Entry(entry), entry)
            stands = times - (0 if back is None else self._done[reference, back])
            if stands not in {0, 1}:
                yield f"exchange {reference}: {Entry(entry).word} stands {stands} times"

    def _lost(self) -> Iterable[str]:
        for account, cents in sorted(self.balances.items()):
            if cents and self._of_class[account] is AccountClass.SWITCH:
                yield f"account {account}: {cents} cents are lost between banks"
