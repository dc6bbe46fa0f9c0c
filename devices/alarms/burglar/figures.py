"""Figures of burglar alarms (A1), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure, Grade

RATE = Figure(
    "burglar alarms at the centre a system and year",
    value=2.5,
    unit="1/year",
    source="assumption: 0.5 dispatches after verification",
    low=1,
)
REAL = Figure(
    "real share of burglar alarms", value=0.03, unit="share", grade=Grade.B, source="US DoJ guide no. 5: 94-99 % false", low=0.01, high=0.06
)
ENTRY_HOURS = Figure(
    "burglar alarms by hour",
    value=(0.4, 0.3, 0.3, 0.3, 0.3, 0.4, 0.8, 1.6, 1.8, 1.2, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.2, 1.6, 1.8, 1.4, 1.0, 0.8, 0.7, 0.5),
    unit="weight",
    source="assumption: 80 % are errors around entry and exit (Security Sales & Integration), when homes are left and entered",
)
CANCELLED = Figure("false burglar alarms cancelled by the user", value=0.4, unit="share", source="assumption", low=0.1, high=0.7)
CANCEL_AFTER = Figure("the user cancels after", value=45, unit="s", source="assumption: median", low=10, high=180)
CANCEL_SIGMA = Figure("spread of that, of the logarithm", value=0.8, unit="ratio", source="assumption", low=0.4, high=1.2)
CONFIRMED_FALSE = Figure("false burglar alarms with two activations", value=0.3, unit="share", source="assumption", low=0.1, high=0.5)
CONFIRMED_REAL = Figure("burglaries with two activations", value=0.85, unit="share", source="assumption", low=0.6, high=1)

BURGLAR_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
