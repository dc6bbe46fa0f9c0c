"""Figures of demand: hour curves and scatter, with grade and source.

Owns the numbers. What is made of them is `sim.city.demand`'s.
"""

from sim.figures import Figure, Grade

_METRO = (
    "MetroFlow, Shanghai metro, May-Aug 2017: middle of the quartile boxes of its figure, digitised, ±2 %; r = 0.996 against SHMetro 2016"
)
# By hour from midnight; the figure has bars from 6 to 22 h.
WORKDAY_ENTRIES = (
    (0.0,) * 6
    + (0.319, 0.893, 0.965, 0.418, 0.251, 0.243, 0.264, 0.251, 0.255, 0.293, 0.412, 0.731, 0.710, 0.359, 0.278, 0.228, 0.090)
    + (0.0,)
)
FREE_DAY_ENTRIES = (
    (0.0,) * 6
    + (0.142, 0.242, 0.309, 0.290, 0.270, 0.260, 0.288, 0.294, 0.298, 0.312, 0.342, 0.342, 0.300, 0.256, 0.250, 0.215, 0.095)
    + (0.0,)
)
_CALLS = "5-minute counts of a US bank's calls on 164 days of 2003"

DAY_CV = Figure(
    "day factor CV",
    value=0.09,
    unit="share",
    grade=Grade.C,
    source=f"{_CALLS}: variation of day totals, weekday effect included",
    low=0.05,
    high=0.15,
)
SLOT_DISPERSION = Figure(
    "variance/mean of a slot's counts",
    value=2.0,
    unit="ratio",
    grade=Grade.C,
    source=f"{_CALLS}: same weekday, same slot",
    low=1.2,
    high=3.4,
)
SLOT_DISPERSION_IN_DAY = Figure(
    "variance/mean of a slot's counts, days scaled",
    value=1.34,
    unit="ratio",
    grade=Grade.C,
    source=f"{_CALLS}: each day scaled to its total",
)

# With day factor D and slot factor S of mean 1 a slot of mean m counts has variance/mean 1 + m (E[D²] E[S²] - 1), and 1 + m var(S)
# once days are scaled. The three figures above together fix m, the volume at which they hold at once, and var(S).
_SURPLUS = float(SLOT_DISPERSION) - 1.0
_SURPLUS_IN_DAY = float(SLOT_DISPERSION_IN_DAY) - 1.0
_SECOND_MOMENT = 1.0 + float(DAY_CV) ** 2
DISPERSION_VOLUME = Figure(
    "counts in a slot at which both dispersions hold",
    value=round((_SURPLUS - _SURPLUS_IN_DAY * _SECOND_MOMENT) / (_SECOND_MOMENT - 1.0), 1),
    unit="events in 5 min",
    grade=Grade.C,
    source="solved from the two dispersions and the day factor",
)
SLOT_CV = Figure(
    "slot factor CV",
    value=round((_SURPLUS_IN_DAY / float(DISPERSION_VOLUME)) ** 0.5, 4),
    unit="share",
    grade=Grade.C,
    source="square root of the dispersion left in a day over that volume",
)
METRO_WORKDAY = Figure("metro entries by hour, workday", value=WORKDAY_ENTRIES, unit="million", grade=Grade.C, source=_METRO)
METRO_FREE_DAY = Figure("metro entries by hour, free day", value=FREE_DAY_ENTRIES, unit="million", grade=Grade.C, source=_METRO)
BROADENING = Figure(
    "bus boardings: metro curve broadened by", value=1, unit="h", source="assumption: no Shanghai curve of boardings was found"
)

DEMAND_FIGURES = (
    METRO_WORKDAY,
    METRO_FREE_DAY,
    BROADENING,
    DAY_CV,
    SLOT_DISPERSION,
    SLOT_DISPERSION_IN_DAY,
    DISPERSION_VOLUME,
    SLOT_CV,
)
