"""Figures of exchanges (C1, C3), with grade and source.

Owns the numbers. What is made of them is the business of `terms`.
"""

from sim.figures import Figure, Grade

_VISA = "Issuer response timeouts, by a former Visa specialist"

ISSUER_TIMEOUT = Figure("issuer time-out at a point of sale", value=10.0, unit="s", grade=Grade.B, source=_VISA, low=5, high=25)
TERMINAL_TIMEOUT = Figure(
    "a terminal's wait for its response", value=30.0, unit="s", source="assumption: three issuer time-outs", low=15, high=60
)
ADVICE_REPEAT = Figure("an advice is repeated after", value=60.0, unit="s", low=10, high=300)
REVERSAL_REPEAT = Figure("a reversal is repeated after", value=30.0, unit="s", low=10, high=300)
CARD_TIMEOUT = Figure("a kiosk's wait for its card", value=3.0, unit="s", source="assumption: a script of some 500 ms", low=1, high=10)
STAND_IN_LIMIT = Figure(
    "most that a switch approves in an issuer's stead",
    value=30_000,
    unit="cents",
    source="assumption: the limit of payments without a PIN",
    low=0,
    high=100_000,
)

FIGURES = (ISSUER_TIMEOUT, TERMINAL_TIMEOUT, ADVICE_REPEAT, REVERSAL_REPEAT, CARD_TIMEOUT, STAND_IN_LIMIT)
