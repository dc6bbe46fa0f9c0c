"""Terms: how long parties wait for each other, and what a switch may approve by itself.

Owns the terms of an exchange and their refusal. Who keeps them is the business of the machines beside.
"""

from dataclasses import dataclass, fields

from devices.cards.exchange import figures
from sim.errors import UsageError


@dataclass(frozen=True, slots=True)
class Terms:
    """Waits in µs, the limit of stand-in in cents."""

    response_us: int = figures.TERMINAL_TIMEOUT.us
    issuer_us: int = figures.ISSUER_TIMEOUT.us
    card_us: int = figures.CARD_TIMEOUT.us
    advice_us: int = figures.ADVICE_REPEAT.us
    reversal_us: int = figures.REVERSAL_REPEAT.us
    stand_in_cents: int = int(float(figures.STAND_IN_LIMIT))

    def __post_init__(self) -> None:
        """Raise UsageError, with all problems, for terms that cannot be kept."""
        wrong = [f"{field.name} is {value}: below 0" for field in fields(self) if (value := getattr(self, field.name)) < 0]
        if self.response_us <= self.issuer_us:
            wrong.append(f"response_us {self.response_us} ends before issuer_us {self.issuer_us}: nobody would wait for a stand-in")
        if wrong:
            msg = f"terms of exchange: {'; '.join(wrong)}"
            raise UsageError(msg)
