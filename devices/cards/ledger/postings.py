"""Postings: what moves between accounts, as legs that add up to nothing.

Owns the balance of an entry and its refusal. What has been posted before is the business of `ledger`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from devices.cards.choices import Entry


class RefusedPosting(ValueError):  # noqa: N818  (what happens to it is its name)
    """A posting that would create, destroy or overdraw money; nothing of it was booked."""


class Leg(NamedTuple):
    """What one account gains, or loses when below 0."""

    account: int
    cents: int


@dataclass(frozen=True, slots=True)
class Posting:
    """Legs of one entry; `reference` is the number of the exchange or record it belongs to."""

    entry: Entry
    legs: tuple[Leg, ...]
    reference: int = 0

    def __post_init__(self) -> None:
        """Raise RefusedPosting where legs do not balance, are no whole cents, or are fewer than two."""
        if any(type(leg.cents) is not int for leg in self.legs):
            msg = f"{self.entry.word}: money is whole cents, not {[leg.cents for leg in self.legs]}"
            raise RefusedPosting(msg)
        left = sum(leg.cents for leg in self.legs)
        if left or len(self.legs) < 2:  # noqa: PLR2004  (double entry)
            msg = f"{self.entry.word}: {len(self.legs)} legs leave {left} cents; every posting has two or more and leaves none"
            raise RefusedPosting(msg)


def moved(entry: Entry, source: int, to: int, cents: int, reference: int = 0) -> Posting:
    """Return the posting that moves an amount. Raises RefusedPosting for one that is not above 0."""
    if cents <= 0:
        msg = f"{entry.word}: {cents} cents cannot be moved; turn the accounts around"
        raise RefusedPosting(msg)
    return Posting(entry, (Leg(source, -cents), Leg(to, cents)), reference)
