"""Figures of gas alarms (A3), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure, Grade

_PAGE = "a commercial page splits causes: leak 42 %, false 35 %, fault 18 %, placement 5 % (B weak)"
_GB = "GB 15322.2 (household detectors) by memory"

# --- How often, and why -----------------------------------------------------------------------------------------------
RATE = Figure("gas alarms a detector home and year", value=0.1, unit="1/year", low=0.05, high=0.3)
RATE_SHAPE = Figure(
    "shape of the gamma of homes' rates of gas alarms",
    value=0.5,
    unit="ratio",
    source="assumption: a fifth of the homes then makes two thirds of the alarms",
    low=0.25,
    high=2,
)
REAL = Figure("real share of gas alarms", value=0.42, unit="share", source=f"assumption: {_PAGE}")
VAPOUR = Figure(
    "false gas alarms by vapour", value=0.69, unit="share", source=f"assumption: {_PAGE}; what is no fault, 40 of 58", low=0.5, high=0.9
)
LEAKS_AT_MEALS = Figure("leaks while something is cooked", value=0.7, unit="share", source="assumption: burner out, hose off", low=0.4)
VAPOUR_AT_MEALS = Figure("vapour while something is cooked", value=0.6, unit="share", source="assumption: hotpot, spirits; else sprays")
GAS_HOURS = Figure(
    "gas alarms by hour",
    value=(0.3, 0.3, 0.3, 0.35, 0.5, 1.1, 2.1, 1.8, 0.95, 0.65, 0.85, 1.9, 1.4, 0.55, 0.5, 0.5, 0.6, 2.0, 3.1, 1.6, 0.85, 0.75, 0.65, 0.4),
    unit="weight",
    source="assumption: what the sources above make of the meals of a fortnight of days",
)

# --- Gas in a kitchen -------------------------------------------------------------------------------------------------
LEL = Figure("lower explosive limit of methane", value=5.0, unit="% of volume", source="assumption: the usual table value", low=4.4)
KITCHEN = Figure("air that gas is mixed into", value=15.0, unit="m3", source="assumption: a kitchen of 6 m2, door closed", low=8, high=60)
CLOSED_AIR = Figure("air changes of a closed kitchen", value=1.0, unit="1/h", source="assumption", low=0.3, high=3)
OPEN_AIR = Figure("air changes with windows open", value=12.0, unit="1/h", source="assumption: cross-ventilation", low=5, high=30)
MEAL_RELEASE = Figure(
    "release of a burner that went out or a hose that came off, median",
    value=0.6,
    unit="m3/h",
    source="assumption: a burner of 4 kW burns 0.4 m3/h",
    low=0.2,
    high=3,
)
PIPE_RELEASE = Figure("release of a leaking pipe or valve, median", value=0.25, unit="m3/h", low=0.1, high=1)
VAPOUR_RELEASE = Figure("vapour, as the methane that shows as much, median", value=0.5, unit="m3/h", low=0.2, high=2)
RELEASE_SIGMA = Figure("spread of releases of gas, sigma of the logarithm", value=0.6, unit="ratio", low=0.3, high=1)
LEAST = Figure(
    "least release, over that which comes to the low level in the end",
    value=1.5,
    unit="ratio",
    source="assumption: what leaks less is smelt, not detected",
    low=1.2,
    high=3,
)
STUCK = Figure("what a faulty sensor shows, from and to", value=(11.0, 60.0), unit="%LEL", source="assumption")
RISER_RELEASE = Figure(
    "release of a leak of severity 1 in the riser into each flat of its floor", value=1.5, unit="m3/h", source="assumption", low=0.3, high=5
)
RISER_REACH = Figure("floors over which that falls to 1/e", value=3.0, unit="floors", source="assumption", low=1, high=10)
RISER_LEAST = Figure("least of it that reaches a flat of the building", value=0.35, unit="share", source="assumption", low=0.1, high=1)
RISER_SPREAD = Figure("spread between flats of what seeps in, sigma of the logarithm", value=0.2, unit="ratio", low=0, high=0.5)
RISER_UP = Figure("time of gas from one floor to the next", value=20.0, unit="s", source="assumption", low=5, high=60)

# --- Detector and valve -----------------------------------------------------------------------------------------------
LOW_LEVEL = Figure("low alarm", value=10.0, unit="%LEL", source=f"assumption: within 5 to 25 % of {_GB}", low=5, high=25)
HIGH_LEVEL = Figure(
    "high alarm, at which the valve closes", value=20.0, unit="%LEL", source=f"assumption: below the upper end of {_GB}", low=10
)
SEMICONDUCTOR = Figure(
    "detectors with a semiconductor sensor", value=0.7, unit="share", source="assumption: the others are catalytic", low=0.4
)
RESPONSE = Figure(
    "response t90 of a sensor (semiconductor, catalytic), middle of 20-30 and 10-15 s",
    value=(25.0, 12.5),
    unit="s",
    grade=Grade.B,
    source="a commercial page (weak); that it means t90 is read into it",
)
RESPONSE_SPREAD = Figure(
    "half of its range, over its middle", value=0.2, unit="ratio", grade=Grade.B, source="the same page: 20-30, 10-15 s"
)
VALVE_TIME = Figure("valve closed after, median", value=3.0, unit="s", source="assumption: a clamp motor on a ball valve", low=0.5, high=10)
VALVE_SIGMA = Figure("spread of the closing of valves, sigma of the logarithm", value=0.4, unit="ratio", low=0.2, high=0.8)
VALVE_FAILS = Figure("valves that do not close when told to", value=0.02, unit="share", source="assumption", low=0, high=0.2)
SILENT = Figure(
    "sensors that are poisoned and show nothing",
    value=0.0,
    unit="share",
    source="assumption: none; silicone vapour does it",
    low=0,
    high=0.05,
)
SENSOR_LIFE = Figure("life of a sensor", value=5.0, unit="years", source="assumption: what makers print on it", low=3, high=10)
REPLACED = Figure("from the end of its life to a new one, mean", value=90.0, unit="d", source="assumption", low=7, high=365)
BACKGROUND = Figure("what a detector shows of clean air, at most", value=1.0, unit="%LEL", source="assumption", low=0, high=3)
SAMPLE_EVERY = Figure(
    "samples of a detector in clean air, every",
    value=6.0,
    unit="h",
    source="assumption: one for each quarter of the day shows drift and costs less than heartbeats do",
    low=1,
    high=24,
)
SAMPLE_ABOVE = Figure("samples of a detector above its low level, every", value=30.0, unit="s", source="assumption", low=5, high=60)

# --- What people do ---------------------------------------------------------------------------------------------------
REACTION = Figure("those at home open windows after, median", value=60.0, unit="s", source="assumption: awake", low=20, high=300)
REACTION_ASLEEP = Figure(
    "those at home open windows after, median, when all are asleep",
    value=180.0,
    unit="s",
    source="assumption: the sounder wakes them",
    low=60,
    high=900,
)
REACTION_SIGMA = Figure("spread of the reaction to gas alarms, sigma of the logarithm", value=0.7, unit="ratio", low=0.3, high=1)
BY_HAND = Figure("those who also turn off gas or pot", value=0.8, unit="share", source="assumption", low=0.4, high=1)
ISOLATION = Figure("the utility shuts off gas after its arrival, mean", value=3.0, unit="min", source="assumption", low=1, high=15)

GAS_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
