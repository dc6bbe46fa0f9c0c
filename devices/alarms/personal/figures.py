"""Figures of emergency calls (A4), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure, Grade

_NEWS = "Xinmin Evening News 2012 on 11 years of Ankangtong; users growing linearly to 80,000"

RATE = Figure("presses a hub and year", value=5.5, unit="1/year", grade=Grade.C, source=_NEWS, low=3, high=25)
REAL = Figure(
    "presses in an emergency", value=0.03, unit="share", grade=Grade.B, source="5 % genuine (Aster 2021), 1-5 %", low=0.01, high=0.05
)
AMBULANCE = Figure(
    "emergencies that need an ambulance", value=0.27, unit="share", grade=Grade.C, source=f"0.8 % of presses over 3 %; {_NEWS}", high=0.67
)
EMERGENCY_HOURS = Figure(
    "presses by hour",
    value=(0.35,) * 8 + (1.0,) * 14 + (0.35,) * 2,
    unit="weight",
    source="assumption: plateau 8-21 h, night 30-40 % of it",
)
VOICELESS = Figure("presses without a voice", value=0.15, unit="share", source="assumption", low=0.05, high=0.3)

PERSONAL_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
