"""The figures of the alarm centre: how much is called, who answers, how long it takes, who comes.

Owns numbers with unit, grade and source. What is made of them is the business of the modules beside.
"""

from sim.figures import Figure, Grade

_ANKANG = "solved from weekly bulletins of Ankang police: 66.5 % within 5 min, 10 % after 30 min"
_NEWS = "Xinmin Evening News 2012 on 11 years of Ankangtong; users growing linearly to 80,000"

# --- Care calls ---------------------------------------------------------------------------------------------------
CARE_CALLS = Figure(
    "care calls a day, whole city",
    value=3_000,
    unit="calls",
    grade=Grade.C,
    source="1.48 m calls 2013-2019 in Pudong, a fifth of the city",
    low=1_000,
    high=5_000,
)
CARE_FROM_TO = Figure("hours of care calls, from and to", value=(9, 17), unit="h", source="assumption")

# --- What callers do ------------------------------------------------------------------------------------------------------
PATIENCE = Figure("mean patience of a caller", value=180, unit="s", source="assumption", low=60, high=600)
REDIAL = Figure("callers who gave up and dial again", value=0.7, unit="share", source="assumption", low=0.3, high=0.95)
REDIAL_PAUSE = Figure("pause before dialling again", value=60, unit="s", source="assumption", low=10, high=300)
AT_THE_PHONE = Figure("homes that answer the centre's call", value=0.6, unit="share", source="assumption", low=0.3, high=0.9)
KEYHOLDER_REACHED = Figure("keyholders who answer and come", value=0.7, unit="share", source="assumption", low=0.4, high=0.95)

# --- Operators ------------------------------------------------------------------------------------------------------------
OPERATORS = Figure(
    "operators of a full shift",
    value=52,
    unit="persons",
    source="assumption: 97.5 % in 60 s from 17 to 19 h of a winter workday of 2015, on 19 of 20 seeds",
    low=30,
    high=90,
)
CARE_TRAINED = Figure("operators trained for emergency calls", value=0.75, unit="share", source="assumption", low=0.5, high=1)
HANDLING = Figure("mean handling time", value=180, unit="s", source="assumption", low=120, high=330)
HANDLING_CV = Figure("variation of handling times", value=0.8, unit="share", source="assumption: log-normal (Brown et al. 2005)", low=0.5)
CANCELLED_HANDLING = Figure("handling time of a cancelled alarm", value=30, unit="s", source="assumption", low=10, high=90)
CARE_TALK = Figure("mean length of a care call", value=150, unit="s", source="assumption", low=60, high=400)
ASSESSMENT = Figure("part of a call before the operator decides", value=0.3, unit="share", source="assumption", low=0.1, high=0.6)
RINGING = Figure("ringing before nobody answers", value=25, unit="s", source="assumption: five rings", low=15, high=40)
BREAK = Figure("break in a shift", value=30, unit="min", source="assumption", low=15, high=60)
FORWARDING = Figure(
    "forwarding of a confirmed fire", value=1.0, unit="s", source="assumption: median of an automatic line", low=0.3, high=2
)
FORWARDING_SIGMA = Figure("spread of forwarding, of the logarithm", value=0.4, unit="ratio", source="assumption", low=0.2, high=0.6)

# --- Police policy --------------------------------------------------------------------------------------------------------
FALSE_CALLS = Figure(
    "false calls after which police response ends", value=3, unit="calls", grade=Grade.B, source="UK police policy", high=5
)
FALSE_WITHIN = Figure("in a rolling", value=365, unit="d", grade=Grade.B, source="UK police policy: twelve months")
PAST_FALSE_CALLS = Figure(
    "false police calls a system and year before the run",
    value=0.5,
    unit="1/year",
    grade=Grade.B,
    source="Model States Program",
    low=0.2,
    high=1.5,
)
PAST_SHAPE = Figure(
    "shape of the gamma of systems' rates",
    value=0.25,
    unit="ratio",
    grade=Grade.C,
    source="then a fifth of the systems make 80 % (Model States Program)",
    low=0.15,
    high=0.5,
)

FALSE_A_DAY = Figure(
    "false alarms a day from one site",
    value=5,
    unit="alarms",
    grade=Grade.B,
    source="GB 50440-2007, course notes: more than five must be dealt with",
)

# --- Who comes: accepted after, on the road (medians or means), on the spot -----------------------------------------------
POLICE_ACCEPTING = Figure(
    "police sign an order after",
    value=12,
    unit="s",
    grade=Grade.C,
    source="log-normal of CV 0.5: then 98.5 % within 30 s; bulletins of Ankang police: 97.6-98.9 %",
    low=5,
    high=20,
)
ACCEPTING = Figure("another service accepts after", value=45, unit="s", source="assumption: first order of dispatch", low=10, high=120)
KEYHOLDER_TRAVEL = Figure("mean travel of a keyholder", value=25, unit="min", source="assumption", low=10, high=60)
COMMUNITY_TRAVEL = Figure(
    "mean travel of a community worker", value=15, unit="min", source="assumption within UL 827's 5-45 min", low=5, high=45
)
POLICE_TRAVEL = Figure("median travel of police", value=2.39, unit="min", grade=Grade.C, source=_ANKANG)
POLICE_LEAST = Figure("least travel of police", value=1, unit="min", source="assumption: a patrol in the next street", low=0.5, high=1.5)
POLICE_SIGMA = Figure("spread of police travel beyond the least, of the logarithm", value=2.37, unit="ratio", grade=Grade.C, source=_ANKANG)
FIRE_TRAVEL = Figure("mean travel of the fire brigade", value=8, unit="min", source="assumption", low=4, high=15)
AMBULANCE_TRAVEL = Figure(
    "mean travel of an ambulance",
    value=11.6,
    unit="min",
    grade=Grade.C,
    source="120 response 12.4 min (Jiemian 2020) less 45 s of accepting (K)",
)
UTILITY_TRAVEL = Figure("mean travel of the gas utility", value=30, unit="min", source="assumption", low=15, high=60)
TRAVEL_CV = Figure("variation of travel times", value=0.5, unit="share", source="assumption: log-normal", low=0.3, high=0.8)
LONGEST_TRAVEL = Figure("longest travel", value=2, unit="h", source="assumption: then another unit is there", low=1, high=4)
TRAVEL_EXPONENT = Figure(
    "travel grows with area a resident to the power of",
    value=0.25,
    unit="ratio",
    source="assumption: half of the square root law",
    high=0.5,
)
ON_THE_SPOT = Figure("mean time on the spot", value=20, unit="min", source="assumption, CV as of travel", low=10, high=60)
COMMUNITY_UNITS = Figure("community workers on duty, whole city", value=240, unit="persons", source="assumption", low=50, high=1_000)
POLICE_UNITS = Figure("patrols free for alarms, whole city", value=600, unit="patrols", source="assumption", low=100, high=2_000)
FIRE_UNITS = Figure("fire engines, whole city", value=400, unit="engines", source="assumption", low=100, high=1_000)
AMBULANCE_UNITS = Figure("ambulances on duty, whole city", value=400, unit="ambulances", source="assumption", low=100, high=1_000)
UTILITY_UNITS = Figure("gas crews on duty, whole city", value=120, unit="crews", source="assumption", low=30, high=300)

CENTRE_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
