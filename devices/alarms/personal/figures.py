"""Figures of emergency calls (A4), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside. Figures disagree, and are chosen so: Shanghai's presses
(5.5 a user and year) hold fewer emergencies (0.044 medical ones a user and year) than users have (at least 0.48, BMC Geriatrics), for most
of those who lie do not press (83 %). With 3 % of presses in an emergency, half of them falls, 0.49 falls a user and year leave somebody
lying and 0.18 users are unwell; a gamma of shape 1 over users then gives 40 % of them an emergency in a year, where 38 % were found. Of
these a press is made in 25 %. Ambulances come to 62 % of emergencies in Victoria but to 0.8 % of Shanghai's presses, 27 % of emergencies:
Shanghai's level is taken with Victoria's ratio of falls (44 %) to unwell (81 %).
"""

from sim.figures import Figure, Grade

_NEWS = "Xinmin Evening News 2012 on 11 years of Ankangtong; users growing linearly to 80,000"
_VICTORIA = "42,180 clients in Victoria, Australasian Journal on Ageing 2021"
_GERMAN = "German study of personal emergency response systems, 2010"
_RULES = "two news items on the small devices of Changning, 2020: later than the plan"

# --- How often, and why ---------------------------------------------------------------------------------------------------
RATE = Figure("presses a hub and year", value=5.5, unit="1/year", grade=Grade.C, source=_NEWS, low=3, high=25)
REAL = Figure(
    "presses in an emergency", value=0.03, unit="share", grade=Grade.B, source="5 % genuine (Aster 2021), 1-5 %", low=0.01, high=0.05
)
EMERGENCY_HOURS = Figure(
    "presses by hour",
    value=(0.35,) * 8 + (1.0,) * 14 + (0.35,) * 2,
    unit="weight",
    source="assumption: plateau 8-21 h, night 30-40 % of it",
)
CALLING_SHAPE = Figure(
    "shape of the gamma of users' presses",
    value=0.5,
    unit="ratio",
    source="assumption: then a fifth of the users make two thirds of the presses",
    low=0.25,
    high=2,
)
NEED_SHAPE = Figure(
    "shape of the gamma of users' emergencies",
    value=1.0,
    unit="ratio",
    grade=Grade.C,
    source="then 40 % of users have one in a year; 38.2 % had (BMC Geriatrics 2015, 15:140)",
    low=0.5,
    high=4,
)
REASONS = Figure(
    "presses without an emergency: wish, by accident, test",
    value=(0.55, 0.35, 0.10),
    unit="share",
    source="assumption: requests are most (2.4 m in 11 years of Ankangtong)",
)
FALLS = Figure("falls of presses in an emergency", value=0.5, unit="share", grade=Grade.A, source=_VICTORIA)
AMBULANCE_FALL = Figure(
    "ambulances of presses after a fall",
    value=0.19,
    unit="share",
    grade=Grade.C,
    source=f"44 % ({_VICTORIA}) over 2.3",
)
AMBULANCE_UNWELL = Figure(
    "ambulances of presses of the unwell",
    value=0.35,
    unit="share",
    grade=Grade.C,
    source=f"81 % ({_VICTORIA}) over 2.3",
)
VOICELESS = Figure("presses without a voice", value=0.15, unit="share", source="assumption", low=0.05, high=0.3)

# --- Pendants and cords ---------------------------------------------------------------------------------------------------
WEARING = Figure(
    "users who wear the pendant never, by day, always",
    value=(0.24, 0.40, 0.36),
    unit="share",
    source=f"assumption but for never: 24 % (A, {_GERMAN})",
)
BATHROOM = Figure("falls and pains in the bathroom", value=0.25, unit="share", source="assumption", low=0.1, high=0.4)
PRESS_DELAY = Figure("from lying or feeling unwell to a press, mean", value=3, unit="min", source="assumption", low=1, high=10)
UNWELL_PRESS = Figure("unwell users who press, and do not telephone", value=0.5, unit="share", source="assumption", low=0.2, high=0.8)
CORD_BY_MISTAKE = Figure("presses by accident at the cord, where there is one", value=0.3, unit="share", source="assumption: a light cord")

# --- Falls ----------------------------------------------------------------------------------------------------------------
PRESSED = Figure("presses of those who lie for more than 5 min", value=0.17, unit="share", grade=Grade.A, source=f"83 % did not; {_GERMAN}")
LYING = Figure(
    "falls after which somebody lies for more than 5 min",
    value=0.5,
    unit="share",
    source="assumption: over 90 years 80 % of those who fall cannot get up once (BMJ 2008, 337:a2227)",
    low=0.2,
    high=0.8,
)
COLLAPSED = Figure("unwell users who collapse", value=0.1, unit="share", source="assumption", low=0.02, high=0.3)
UP_ALONE = Figure("falls of those who lie, press not, and get up alone", value=0.6, unit="share", source="assumption", low=0.3, high=0.8)
UP_AFTER = Figure("they get up after, median beyond 5 min", value=20, unit="min", source="assumption", low=5, high=60)
UP_SIGMA = Figure("spread of that time, sigma of the logarithm", value=1.0, unit="ratio", source="assumption", low=0.5, high=1.5)
VISITOR = Figure(
    "until somebody comes by or calls, mean of hours by day", value=6, unit="h", source="assumption: family and neighbours", low=2, high=24
)
VISITING_HOURS = Figure("hours in which somebody comes by, from and to", value=(8, 20), unit="h", source="assumption")
HOUSEMATE = Figure("until somebody of the same home finds one who lies, mean", value=1, unit="h", source="assumption", low=0.2, high=4)

# --- Fall detectors -------------------------------------------------------------------------------------------------------
DETECTORS = Figure("pendants that detect falls", value=0.1, unit="share", source="assumption: new in the years of the plan", high=0.5)
SENSITIVITY = Figure(
    "falls that a detector finds",
    value=0.8,
    unit="share",
    grade=Grade.A,
    source="12 of 15 falls in 15,500 h of real life (Gerontology); 80 % (Sensors 2019, 19:1357)",
    low=0.27,
    high=0.95,
)
FALSE_DETECTIONS = Figure(
    "false detections of a worn detector and year",
    value=8.9,
    unit="1/year",
    grade=Grade.C,
    source="0.17 a week and wearer (Sensors 2019, 19:1357)",
    low=4,
    high=200,
)
GRACE = Figure("a detector lets its wearer cancel for", value=30, unit="s", source="assumption: usual setting", low=10, high=90)
CANCELLED = Figure("wearers who are well and cancel in that time", value=0.7, unit="share", source="assumption", low=0.3, high=0.95)

# --- Inactivity -----------------------------------------------------------------------------------------------------------
FITTED = Figure(
    "hubs of those who live alone with the small devices",
    value=0.1,
    unit="share",
    source="assumption: the scheme is of 2020; 0 for the city of the plan",
    high=1,
)
RULE_HOURS = Figure("hours without water, door, motion", value=(12, 24, 24), unit="h", grade=Grade.B, source=_RULES)
WATER_LEAST = Figure("water in 12 h below which somebody asks", value=0.01, unit="m3", grade=Grade.B, source=_RULES)
WATER_AWAKE = Figure(
    "water in an hour awake at home",
    value=0.011,
    unit="m3",
    source="assumption: 5 m3 a month with what is used at night",
    low=0.006,
    high=0.02,
)
WATER_SHAPE = Figure("shape of the gamma of that water", value=4.0, unit="ratio", source="assumption", low=1, high=8)
WATER_HABIT = Figure("variation of the use of water between homes", value=0.3, unit="share", source="assumption", high=0.6)
UP_AT_NIGHT = Figure("times up in an hour of the night", value=0.35, unit="1/h", source="assumption", low=0.1, high=0.5)
FLUSH = Figure("water of a flush", value=0.006, unit="m3", source="assumption", low=0.003, high=0.009)
DOORS_AWAKE = Figure(
    "openings of the door in an hour awake at home",
    value=0.45,
    unit="1/h",
    source="assumption: rubbish, deliveries",
    low=0.1,
    high=1,
)
MOTION_AWAKE = Figure("times that motion is seen in an hour awake at home", value=20, unit="1/h", source="assumption", low=5, high=100)
QUIET_AT_HOME = Figure(
    "false alarms of the rules at home, a fitted home and year",
    value=3.7,
    unit="1/year",
    grade=Grade.C,
    source="found by running the model of activity; all but journeys",
    low=0.5,
    high=10,
)
JOURNEYS = Figure("journeys of a user and year", value=3, unit="1/year", source="assumption", low=0, high=6)
JOURNEY = Figure("length of a journey, median", value=4, unit="d", source="assumption", low=2, high=10)
JOURNEY_SIGMA = Figure("spread of that length, sigma of the logarithm", value=0.6, unit="ratio", source="assumption", low=0.2, high=1)
ANNOUNCED = Figure("journeys of which the centre is told", value=0.7, unit="share", source="assumption", low=0.3, high=0.95)

# --- Tests ----------------------------------------------------------------------------------------------------------------
TEST_PERIOD = Figure("a hub tests its way to the centre every", value=30, unit="d", source="assumption: monthly test call", low=1, high=31)

PERSONAL_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
