"""Figures of gas alarms (A3), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure

RATE = Figure("gas alarms a detector home and year", value=0.1, unit="1/year", low=0.05, high=0.3)
REAL = Figure("real share of gas alarms", value=0.42, unit="share", source="assumption: a commercial page has leaks at 42 %")
COOKING_HOURS = Figure(
    "gas alarms by hour",
    value=(0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.8, 1.2, 1.0, 0.6, 0.8, 1.6, 1.6, 0.8, 0.6, 0.7, 1.2, 2.2, 2.4, 1.8, 1.0, 0.7, 0.5, 0.4),
    unit="weight",
    source="assumption: meals, highest 17-20 h as home fires (NFPA)",
)

GAS_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
