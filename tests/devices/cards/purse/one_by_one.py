"""The rules of the transit card and of e-cash once more, tap by tap in plain words: a reference for the columns.

Owns no figure: amounts stand here as people say them. It shares no code with what it is held against.
"""

from dataclasses import dataclass


@dataclass
class Card:
    """A transit card; money in cents, time in minutes."""

    balance: int
    month: int = -1
    metro: int = 0
    last: tuple[float, str, int] | None = None

    def tap(self, minute: float, mode: str, line: int, month: int, fare: int) -> tuple[bool, int, bool]:
        """Return whether it passes, what is paid and whether it was a transfer."""
        if month != self.month:
            self.month, self.metro = month, 0
        transfer = self._transfers(minute, mode, line)
        due = max(fare - 100, 0) if transfer else fare
        if mode == "metro" and self.metro >= 7_000:
            due = due * 9 // 10
        if due and self.balance < due and not (self.balance >= 0 and due < 1_000):
            return False, 0, False
        self.balance -= due
        self.metro += due if mode == "metro" else 0
        self.last = (minute, mode, line)
        return True, due, transfer

    def _transfers(self, minute: float, mode: str, line: int) -> bool:
        if self.last is None or minute - self.last[0] > 120:
            return False
        before, before_line = self.last[1:]
        return {mode, before} == {"bus", "metro"} or (mode == before == "bus" and line != before_line)


@dataclass
class Chip:
    """The e-cash of a bank card, in cents."""

    balance: int
    day: int = -1
    today: int = 0

    def pay(self, day: int, cents: int) -> bool:
        """Return whether it is paid offline."""
        if day != self.day:
            self.day, self.today = day, 0
        if cents > 30_000 or self.today + cents > 100_000 or cents > self.balance:
            return False
        self.balance -= cents
        self.today += cents
        return True
