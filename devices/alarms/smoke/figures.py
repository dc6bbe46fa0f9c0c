"""Figures of smoke alarms (A2), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure, Grade

_FIRES = "2,168 home fires in 8.94 m homes (Shanghai 2015) over 0.02 % real (Zhejiang): an order of magnitude"

RATE = Figure("smoke alarms a detector home and year", value=1.2, unit="1/year", grade=Grade.C, source=_FIRES, low=0.2, high=5)
REAL = Figure(
    "real share of smoke alarms",
    value=0.0002,
    unit="share",
    grade=Grade.A,
    source="Fire Science and Technology 44(2), 2025: Zhejiang",
    high=0.03,
)
CONFIRMED_FALSE = Figure(
    "false smoke alarms of two detectors",
    value=0.02,
    unit="share",
    source="assumption: well below the city's 235 fire call-outs a day",
    low=0,
    high=0.1,
)
CONFIRMED_REAL = Figure("home fires with two detectors", value=0.5, unit="share", source="assumption", low=0.2, high=0.9)
MEAL_HOURS = Figure(
    "smoke alarms by hour",
    value=(0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.8, 1.2, 1.0, 0.6, 0.8, 1.6, 1.6, 0.8, 0.6, 0.7, 1.2, 2.2, 2.4, 1.8, 1.0, 0.7, 0.5, 0.4),
    unit="weight",
    source="assumption: meals, highest 17-20 h as home fires (NFPA)",
)

SMOKE_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
