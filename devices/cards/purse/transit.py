"""Transit purses: what a tap costs after its discounts, and whether the purse lets it through.

Owns balances, monthly sums and last taps of all purses, as columns. What a journey costs at full fare is the business of `fares`; whether a
card is on the deny list is that of its validator.
"""

from typing import NamedTuple

import numpy as np

from devices.cards.choices import TapMode, TapResult
from devices.cards.purse.rounds import rounds
from devices.cards.purse.rules import TransitRules
from sim.arrays import Flags, Int, Places
from sim.units import LONG_AGO_US

NO_ROUTE = -1


class Taps(NamedTuple):
    """Taps that charge a fare, in any order: columns of equal length. `route` is any number of the line, `month` counts months."""

    time_us: Int
    purse: Places
    mode: Int
    route: Int
    month: Int
    fare_cents: Int


class Charged(NamedTuple):
    """What came of taps, in their order; what was not let through costs nothing. `balance_cents` is the purse's after the tap."""

    result: Int
    paid_cents: Int
    discount_cents: Int
    balance_cents: Int
    transfer: Flags


class TransitPurses:
    """The purses of transit cards; a purse is a place in every column."""

    def __init__(self, balance_cents: Int, rules: TransitRules | None = None) -> None:
        """Begin with balances, nothing spent this month, and nobody on a journey."""
        self.rules = rules or TransitRules()
        count = len(balance_cents)
        self.balance_cents = balance_cents.astype(np.int64)
        self.month = np.zeros(count, dtype=np.int64)
        self.metro_cents = np.zeros(count, dtype=np.int64)  # paid in `month`
        self.last_us = np.full(count, LONG_AGO_US)
        self.last_mode = np.zeros(count, dtype=np.int64)
        self.last_route = np.full(count, NO_ROUTE, dtype=np.int64)

    def tap(self, taps: Taps) -> Charged:
        """Charge taps, each purse's in order of time. Raises ValueError for a fare below 0."""
        if np.any(taps.fare_cents < 0):
            msg = f"a fare of {int(taps.fare_cents.min())} cents: fares are 0 or above"
            raise ValueError(msg)
        count = len(taps.purse)
        result, paid, discount, balance = np.zeros((4, count), dtype=np.int64)
        charged = Charged(result, paid, discount, balance, transfer=np.zeros(count, dtype=np.bool_))
        for places in rounds(taps.purse, taps.time_us):
            for told, fresh in zip(charged, self._round(Taps(*(column[places] for column in taps))), strict=True):
                told[places] = fresh
        return charged

    def load(self, purse: Places, cents: Int) -> Flags:
        """Fill purses, each at most once in a call; return which had room. Raises ValueError for an amount that is not above 0."""
        if np.any(cents <= 0):
            msg = f"a load of {int(cents.min())} cents: loads are above 0"
            raise ValueError(msg)
        room: Flags = self.balance_cents[purse] + cents <= self.rules.most_cents
        self.balance_cents[purse[room]] += cents[room]
        return room

    def _round(self, taps: Taps) -> Charged:
        purse = taps.purse
        transfer = self._is_transfer(taps)
        due = self._due(taps, transfer)
        passes = self._passes(purse, due)
        paid = np.where(passes, due, 0)
        self.balance_cents[purse] -= paid
        self._remember(taps, passes, paid)
        discount = np.where(passes, taps.fare_cents - due, 0)
        result = np.where(passes, TapResult.ACCEPTED, TapResult.INSUFFICIENT)
        return Charged(result, paid, discount, self.balance_cents[purse], transfer & passes)

    def _is_transfer(self, taps: Taps) -> Flags:
        """Return which taps follow one of another line within the window; the metro is one line, within which nobody changes."""
        last, purse = self.last_mode[taps.purse], taps.purse
        soon = taps.time_us - self.last_us[purse] <= self.rules.transfer_within_us
        both = _rides(taps.mode) & _rides(last)
        within_metro = (taps.mode == TapMode.METRO) & (last == TapMode.METRO)
        same_bus_line = (taps.mode == last) & (taps.route == self.last_route[purse])
        transfer: Flags = soon & both & ~within_metro & ~same_bus_line
        return transfer

    def _due(self, taps: Taps, transfer: Flags) -> Int:
        """Return fares less the transfer first, then less the share of who has paid the monthly sum; parts of a cent fall to the rider."""
        due = np.maximum(taps.fare_cents - np.where(transfer, self.rules.transfer_off_cents, 0), 0)
        this_month = np.where(self.month[taps.purse] == taps.month, self.metro_cents[taps.purse], 0)
        often = (taps.mode == TapMode.METRO) & (this_month >= self.rules.monthly_from_cents)
        return np.where(often, np.floor(due * (1 - self.rules.monthly_off) + 1e-9), due).astype(np.int64)

    def _passes(self, purse: Places, due: Int) -> Flags:
        """Return what is covered, what costs nothing, and what overdraws: once, from a balance of 0 or above, for a small fare."""
        balance = self.balance_cents[purse]
        overdraws = (balance >= 0) & (due < self.rules.overdraft_below_cents)
        passes: Flags = (balance >= due) | overdraws | (due == 0)
        return passes

    def _remember(self, taps: Taps, passes: Flags, paid: Int) -> None:
        purse, month = taps.purse[passes], taps.month[passes]
        self.metro_cents[purse] = np.where(self.month[purse] == month, self.metro_cents[purse], 0)
        self.metro_cents[purse] += np.where(taps.mode[passes] == TapMode.METRO, paid[passes], 0)
        self.month[purse] = month
        self.last_us[purse], self.last_mode[purse] = taps.time_us[passes], taps.mode[passes]
        self.last_route[purse] = taps.route[passes]


def _rides(mode: Int) -> Flags:
    """Return which modes take part in transfers."""
    rides: Flags = (mode == TapMode.BUS) | (mode == TapMode.METRO)
    return rides
