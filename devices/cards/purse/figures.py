"""Figures of purses (C7 transit, C2 e-cash), with grade and source.

Owns the numbers. What is made of them is the business of `rules`, `transit`, `ecash` and `fares`.
"""

from sim.figures import Figure, Grade

_CARD = "Shanghai transit card: Wikipedia mirrors; Shine 2020"
_NINETY = f"{_CARD}; one source says 90"
_NOTICES = "bank notices, April 2016"

# --- The transit card ---------------------------------------------------------------------------------------------------
PURSE_MOST = Figure("most in a transit purse", value=100_000, unit="cents", grade=Grade.B, source=_CARD)
TRANSFER_OFF = Figure("off the fare of a transfer", value=100, unit="cents", grade=Grade.B, source=_CARD)
TRANSFER_WITHIN = Figure(
    "a transfer follows within", value=120.0, unit="min", grade=Grade.B, source=f"{_CARD}; one source 90", low=90, high=120
)
MONTHLY_FROM = Figure("metro fares in a month from which they are reduced", value=7_000, unit="cents", grade=Grade.B, source=_CARD)
MONTHLY_OFF = Figure("off metro fares from then on", value=0.1, unit="share", grade=Grade.B, source=_CARD)
OVERDRAFT_BELOW = Figure("fares that a purse may be overdrawn for are below", value=1_000, unit="cents", grade=Grade.B, source=_CARD)

# --- E-cash -------------------------------------------------------------------------------------------------------------
ECASH_MOST = Figure("most in an e-cash purse", value=100_000, unit="cents", grade=Grade.B, source=_NOTICES)
ECASH_ONCE = Figure("most in one payment without a PIN", value=30_000, unit="cents", grade=Grade.B, source=_NOTICES)
ECASH_DAY = Figure("most in a day without a PIN", value=100_000, unit="cents", grade=Grade.B, source=_NOTICES)

# --- Fares --------------------------------------------------------------------------------------------------------------
METRO_FIRST_FARE = Figure("least metro fare", value=300, unit="cents", grade=Grade.B, source="travel pages: 3 yuan up by distance")
METRO_FIRST = Figure("distance of the least metro fare", value=6.0, unit="km", source="assumption: the usual rule")
METRO_STEP = Figure("distance of each further yuan on the metro", value=10.0, unit="km", source="assumption: the usual rule")
METRO_LONGEST = Figure("longest metro journey", value=126.0, unit="km", source="assumption: across the network of 2015", low=100)

FIGURES = (
    PURSE_MOST,
    TRANSFER_OFF,
    TRANSFER_WITHIN,
    MONTHLY_FROM,
    MONTHLY_OFF,
    OVERDRAFT_BELOW,
    ECASH_MOST,
    ECASH_ONCE,
    ECASH_DAY,
    METRO_FIRST_FARE,
    METRO_FIRST,
    METRO_STEP,
    METRO_LONGEST,
)
