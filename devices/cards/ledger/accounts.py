"""Accounts: whose they are and how much is on each, in columns.

Owns balances and the least an account may hold. Which postings are made is the business of `ledger`.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from devices.cards.choices import AccountClass
from sim.arrays import Code, Int, Places

NO_FLOOR = np.iinfo(np.int64).min
FLOORS = {  # cents; a bank may be overdrawn: its issuer decides, and answers for what others approved in its stead
    AccountClass.HELD: 0,
    AccountClass.FLOAT: 0,
    AccountClass.SETTLEMENT: 0,
}


class Accounts:
    """All accounts of a city; an account is a place in `balance` (cents), `of_class` and `floor`."""

    def __init__(self) -> None:
        """Begin with none."""
        self.balance: Int = np.zeros(0, dtype=np.int64)
        self.floor: Int = np.zeros(0, dtype=np.int64)
        self.of_class: Code = np.zeros(0, dtype=np.int32)
        self._names: dict[int, str] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.balance)

    def open(self, account_class: AccountClass, names: Iterable[str]) -> Places:
        """Open empty accounts, with the floor of their class; return their places."""
        fresh = list(names)
        places = np.arange(len(self), len(self) + len(fresh))
        self._names.update(zip(places.tolist(), fresh, strict=True))
        self._grow(account_class, len(fresh))
        return places

    def open_many(self, account_class: AccountClass, count: int, floor_cents: int | None = None) -> Places:
        """Open `count` accounts without names, such as the purses of a district; return their places."""
        first = len(self)
        self._grow(account_class, count)
        if floor_cents is not None:
            self.floor[first:] = floor_cents
        return np.arange(first, len(self))

    def name(self, account: int) -> str:
        """Return what an account is called in a message."""
        return self._names.get(account, f"{AccountClass(int(self.of_class[account])).word} {account}")

    def total_cents(self, account_class: AccountClass | None = None) -> int:
        """Return what accounts of a class, or all, hold together."""
        return int(self.balance.sum() if account_class is None else self.balance[self.of_class == account_class].sum())

    def _grow(self, account_class: AccountClass, count: int) -> None:
        self.balance = _lengthened(self.balance, np.zeros(count, dtype=np.int64))
        self.floor = _lengthened(self.floor, np.full(count, FLOORS.get(account_class, NO_FLOOR)))
        self.of_class = np.concatenate([self.of_class, np.full(count, account_class, dtype=np.int32)])


def _lengthened(column: Int, more: ArrayLike) -> Int:
    return np.concatenate([column, np.asarray(more, dtype=np.int64)])
