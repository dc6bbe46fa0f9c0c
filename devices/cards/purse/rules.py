"""Rules: the limits of purses and the discounts of a transit card.

Owns the rules and their refusal. What they make of taps is the business of `transit` and `ecash`.
"""

from dataclasses import dataclass, fields

from devices.cards.purse import figures
from sim.errors import UsageError
from sim.figures import Figure


def _cents(figure: Figure) -> int:
    return int(float(figure))


@dataclass(frozen=True, slots=True)
class TransitRules:
    """Rules of the transit card: amounts in cents, the window of a transfer in µs, the monthly discount as a share."""

    most_cents: int = _cents(figures.PURSE_MOST)
    transfer_off_cents: int = _cents(figures.TRANSFER_OFF)
    transfer_within_us: int = figures.TRANSFER_WITHIN.us
    monthly_from_cents: int = _cents(figures.MONTHLY_FROM)
    monthly_off: float = float(figures.MONTHLY_OFF)
    overdraft_below_cents: int = _cents(figures.OVERDRAFT_BELOW)

    def __post_init__(self) -> None:
        """Raise UsageError, with all problems, for rules that cannot hold."""
        _refuse("rules of the transit card", [*_below_zero(self), *(["monthly_off is above 1"] if self.monthly_off > 1 else [])])


@dataclass(frozen=True, slots=True)
class EcashRules:
    """Limits of e-cash in cents: of the purse, of one payment without a PIN, and of those of a day."""

    most_cents: int = _cents(figures.ECASH_MOST)
    once_cents: int = _cents(figures.ECASH_ONCE)
    day_cents: int = _cents(figures.ECASH_DAY)

    def __post_init__(self) -> None:
        """Raise UsageError, with all problems, for limits that cannot hold."""
        _refuse("limits of e-cash", _below_zero(self))


def _below_zero(rules: TransitRules | EcashRules) -> list[str]:
    values = {field.name: getattr(rules, field.name) for field in fields(rules)}
    return [f"{name} is {value}: below 0" for name, value in values.items() if value < 0]


def _refuse(what: str, wrong: list[str]) -> None:
    if wrong:
        msg = f"{what}: {'; '.join(wrong)}"
        raise UsageError(msg)
