"""E-cash: what a chip approves by itself, and when it asks its issuer instead.

Owns balances and daily sums of e-cash purses, as columns. What the issuer answers is the business of exchanges.
"""

from typing import NamedTuple

import numpy as np

from devices.cards.choices import Cryptogram
from devices.cards.purse.rounds import rounds
from devices.cards.purse.rules import EcashRules
from sim.arrays import Flags, Int, Places


class Offers(NamedTuple):
    """Payments that are tried offline, in any order: columns of equal length; `day` counts days."""

    time_us: Int
    purse: Places
    day: Int
    cents: Int


class Answered(NamedTuple):
    """What chips said, in the order of the offers: TC, and the amount is paid, or ARQC, and it is not; the balance after it."""

    cryptogram: Int
    balance_cents: Int


class EcashPurses:
    """The e-cash of bank cards; a purse is a place in every column."""

    def __init__(self, balance_cents: Int, rules: EcashRules | None = None) -> None:
        """Begin with balances and nothing paid today."""
        self.rules = rules or EcashRules()
        self.balance_cents = balance_cents.astype(np.int64)
        self.day = np.zeros(len(balance_cents), dtype=np.int64)
        self.day_cents = np.zeros(len(balance_cents), dtype=np.int64)  # paid in `day`

    def pay(self, offers: Offers) -> Answered:
        """Let chips answer, each purse's in order of time. Raises ValueError for an amount that is not above 0."""
        _refuse_nothing(offers.cents)
        count = len(offers.purse)
        answered = Answered(np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64))
        for places in rounds(offers.purse, offers.time_us):
            for told, fresh in zip(answered, self._round(Offers(*(column[places] for column in offers))), strict=True):
                told[places] = fresh
        return answered

    def load(self, purse: Places, cents: Int) -> Flags:
        """Fill purses, each at most once in a call; return which had room. Raises ValueError for an amount that is not above 0."""
        _refuse_nothing(cents)
        room: Flags = self.balance_cents[purse] + cents <= self.rules.most_cents
        self.balance_cents[purse[room]] += cents[room]
        return room

    def _round(self, offers: Offers) -> Answered:
        purse, cents = offers.purse, offers.cents
        today = np.where(self.day[purse] == offers.day, self.day_cents[purse], 0)
        offline = (cents <= self.rules.once_cents) & (today + cents <= self.rules.day_cents) & (cents <= self.balance_cents[purse])
        paid = np.where(offline, cents, 0)
        self.day[purse], self.day_cents[purse] = offers.day, today + paid
        self.balance_cents[purse] -= paid
        return Answered(np.where(offline, Cryptogram.TC, Cryptogram.ARQC), self.balance_cents[purse])


def _refuse_nothing(cents: Int) -> None:
    if np.any(cents <= 0):
        msg = f"an amount of {int(cents.min())} cents: amounts are above 0"
        raise ValueError(msg)
