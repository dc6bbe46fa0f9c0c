"""Figures of smoke alarms (A2), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside. Tables by detector type are in the order photoelectric,
ionisation, dual; by distance 5, 10, 20 ft; by growth slow, medium, fast.
"""

from sim.figures import Figure, Grade

_FIRES = "2,168 home fires in 8.94 m homes (Shanghai 2015) over 0.02 % real (Zhejiang): an order of magnitude"
_CPSC = "US CPSC, pilot study of nuisance alarms associated with cooking, 2010: 469 events in 9 homes"
_NFPA = "NFPA 204: 1,055 kW after so long"
_BY_TYPE = "photoelectric, ionisation, dual"
_DAYS = "computed from the figures of days for homes with a detector, at the mean day factor"

# --- How often ------------------------------------------------------------------------------------------------------------
RATE = Figure("smoke alarms a detector home and year", value=1.2, unit="1/year", grade=Grade.C, source=_FIRES, low=0.2, high=5)
REAL = Figure(
    "real share of smoke alarms",
    value=0.0002,
    unit="share",
    grade=Grade.A,
    source="Fire Science and Technology 44(2), 2025: Zhejiang",
    high=0.03,
)
SHAPE = Figure(
    "shape of the gamma of homes' rates of false smoke alarms",
    value=0.5,
    unit="ratio",
    source="assumption: then a fifth of the homes make two thirds",
    low=0.25,
    high=2,
)

# --- Detectors ------------------------------------------------------------------------------------------------------------
TYPES = Figure(f"detectors by type: {_BY_TYPE}", value=(0.85, 0.05, 0.10), unit="share", source="assumption: nearly all are photoelectric")
DISTANCES = Figure(
    "detectors by distance to the stove: 5, 10, 20 ft", value=(0.25, 0.45, 0.30), unit="share", source="assumption: flats are small"
)
SECOND = Figure("detector homes with a second detector", value=0.5, unit="share", source="assumption", low=0.2, high=0.9)

# --- Cooking --------------------------------------------------------------------------------------------------------------
# A meal sounds a detector as often as the CPSC saw. With 1.7 meals a day that is twenty times a year, and 1.2 alarms a year reach the
# centre: figure and figure disagree unless nearly all smoke is silenced at the detector while it verifies. That share is solved from both.
PHOTOELECTRIC = Figure("photoelectric detectors sound at a meal", value=(0.030, 0.060, 0.009), unit="share", grade=Grade.A, source=_CPSC)
IONISATION = Figure("ionisation detectors sound at a meal", value=(0.087, 0.049, 0.011), unit="share", grade=Grade.A, source=_CPSC)
DUAL = Figure("dual detectors sound at a meal", value=(0.113, 0.087, 0.011), unit="share", grade=Grade.A, source=_CPSC)
MEALS = Figure(
    "meals cooked a day in a home with a detector: workday, free day", value=(1.65, 2.08), unit="meals", grade=Grade.C, source=_DAYS
)
VERIFICATION = Figure(
    "from pre-alarm to alarm",
    value=60,
    unit="s",
    source="assumption: the longest alarm verification of NFPA 72; who silences a detector in that time is not heard at the centre",
    low=15,
    high=180,
)
NOT_SILENCED = Figure(
    "cooking smoke that is not silenced while the detector verifies",
    value=0.032,
    unit="share",
    source="assumption, solved from 1.2 alarms a year, 70 % of cooking, meals and the CPSC's shares; other rates solve anew",
    low=0.006,
    high=0.15,
)
HUSHED_AFTER = Figure("smoke silenced in time is silenced after, median", value=25, unit="s", source="assumption", low=10, high=45)
HUSHED_SIGMA = Figure("spread of that time, of the logarithm", value=0.5, unit="ratio", low=0.3, high=0.8)

# --- What else is false, as shares of false alarms; cooking makes the rest ------------------------------------------------
STEAM = Figure("false smoke alarms of steam", value=0.15, unit="share", source="assumption: fumes and steam lead in Zhejiang", high=0.4)
DUST = Figure("false smoke alarms of dust and insects", value=0.10, unit="share", source="assumption", high=0.3)
SENSOR = Figure("false smoke alarms of a faulty sensor", value=0.05, unit="share", source="assumption", high=0.2)
SMALL_FIRES = Figure(
    "cooking alarms of a small fire that is put out at once",
    value=0.014,
    unit="share",
    grade=Grade.C,
    source="50 unreported cooking fires for each reported (NFPA 2006-2010) x 0.02 % real over 70 % of cooking",
    high=0.05,
)
LIGHTNING = Figure("detectors that a whole storm sets off", value=0.0002, unit="share", source="assumption", high=0.002)

# --- How false alarms go on -----------------------------------------------------------------------------------------------
CONFIRMED_FALSE = Figure(
    "false smoke alarms of two detectors",
    value=0.02,
    unit="share",
    source="assumption: well below the city's 235 fire call-outs a day",
    low=0,
    high=0.1,
)
CONFIRMED_REAL = Figure(
    "home fires with two detectors", value=0.5, unit="share", source="assumption: all where there are two", low=0.2, high=0.9
)
SILENCED = Figure("false alarms at the centre that somebody at home cancels", value=0.3, unit="share", source="assumption", high=0.7)
SILENCED_AFTER = Figure("such an alarm is cancelled after, median", value=90, unit="s", source="assumption", low=30, high=300)
CLEARED_AFTER = Figure("smoke clears after, median", value=6, unit="min", source="assumption: windows are opened", low=2, high=20)
SPREAD = Figure("spread of these times, of the logarithm", value=0.6, unit="ratio", source="assumption", low=0.3, high=1)
TOO_MANY = Figure(
    "false alarms of a site within a day that must be dealt with if exceeded", value=5, unit="alarms", grade=Grade.B, source="GB 50440-2007"
)

# --- Hours ----------------------------------------------------------------------------------------------------------------
MEAL_HOURS = Figure(
    "smoke alarms by hour",
    value=(0.8, 0.7, 0.7, 0.7, 2.5, 5.4, 10.4, 7.8, 3.5, 2.2, 4.0, 10.0, 4.3, 1.0, 0.8, 0.8, 1.9, 11.2, 14.9, 5.5, 3.6, 3.3, 2.6, 1.3),
    unit="weight",
    grade=Grade.C,
    source=f"{_DAYS}: cooking by 70 %, steam by its hours, the rest even",
)
STEAM_HOURS = Figure(
    "steam by hour",
    value=(0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.5, 1.5, 0.8, 0.3, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.5, 2.5, 2.8, 2.2, 0.8),
    unit="weight",
    source="assumption: showers",
)
FIRE_HOURS = Figure(
    "home fires by hour",
    value=(2.8, 2.5, 2.4, 2.3, 2.2, 2.2, 2.4, 3.0, 3.4, 3.7, 4.2, 4.8, 4.8, 4.5, 4.6, 5.0, 5.8, 6.9, 7.4, 6.8, 5.8, 5.0, 4.3, 3.2),
    unit="weight",
    grade=Grade.C,
    source="NFPA Home Structure Fires: peak 17-20 h, 20 % between 23 and 07 h; the hours between by eye",
)

# --- Fires ----------------------------------------------------------------------------------------------------------------
GROWTH_TIMES = Figure("growth time of a fire: slow, medium, fast", value=(600, 300, 150), unit="s", grade=Grade.B, source=_NFPA)
GROWN = Figure("heat release after the growth time", value=1055, unit="kW", grade=Grade.B, source=_NFPA)
GROWTHS = Figure("fires by growth: slow, medium, fast", value=(0.35, 0.5, 0.15), unit="share", source="assumption: furniture is medium")
SMALL = Figure("fires that find no more to burn than one thing", value=0.5, unit="share", source="assumption: a pan, a bin", high=0.8)
SMALL_KW = Figure("heat release of one thing", value=250, unit="kW", source="assumption", low=150, high=500)
LARGEST = Figure(
    "largest heat release of a home", value=5_000, unit="kW", source="assumption: what windows let burn", low=2_000, high=10_000
)
FLASHOVER = Figure("heat release at which a room flashes over", value=1_000, unit="kW", source="assumption", low=700, high=1_500)
SMOULDERING = Figure(
    "fires that smoulder first: by day, by night", value=(0.15, 0.4), unit="share", source="assumption: cigarettes, bedding"
)
SMOULDERS = Figure("smouldering before flames, median", value=40, unit="min", source="assumption", low=15, high=120)
NOTICED_AT = Figure(
    f"heat release at which a detector responds to flames: {_BY_TYPE}",
    value=(40, 15, 15),
    unit="kW",
    source="assumption: ionisation responds somewhat sooner to flames (NIST 2004)",
)
NOTICED_SMOULDERING = Figure(
    f"part of the smouldering after which a detector responds: {_BY_TYPE}",
    value=(0.5, 1.0, 0.5),
    unit="share",
    source="assumption: photoelectric responds often considerably sooner to smouldering (NIST 2004)",
)
SMOKE_TRAVELS = Figure("smoke takes to the detector, median", value=10, unit="s", source="assumption", low=5, high=40)
SECOND_AT = Figure("heat release at which the second detector responds", value=100, unit="kW", source="assumption", low=50, high=400)
HELD = Figure("fires that people at home and awake keep small until help comes", value=0.4, unit="share", source="assumption", high=0.8)
HELD_AFTER = Figure("they have it in hand after, median", value=60, unit="s", source="assumption", low=20, high=180)
HURT = Figure("fires that need an ambulance: by day, by night", value=(0.05, 0.15), unit="share", source="assumption: half of the deaths")
NIGHT = Figure("night of fires, from and to", value=(23, 7), unit="h", grade=Grade.B, source="NFPA Home Structure Fires")
HEARD_WITHIN = Figure("a fire is heard of at the centre, at the latest, after", value=10, unit="min", source="assumption")

# --- Upkeep ---------------------------------------------------------------------------------------------------------------
DIRTY = Figure("time from a clean to a dirty chamber", value=20, unit="years", source="assumption: 5 % a year", low=5, high=50)
CLEANED = Figure("a dirty detector is cleaned after", value=14, unit="d", source="assumption", low=3, high=60)
LIFE = Figure("life of a detector", value=10, unit="years", source="assumption: replaced after ten years (NFPA 72)", low=8, high=10)
LIFE_CV = Figure(
    "variation of that life, and of the time until it is dirty", value=0.15, unit="share", source="assumption", low=0, high=0.3
)
REPLACED = Figure("a detector at its end is replaced after", value=60, unit="d", source="assumption", low=7, high=365)
TESTS = Figure("test alarms of a detector a month", value=2, unit="1/month", grade=Grade.B, source="GB 50440-2007: at least two a month")
BY_HAND = Figure("homes that test by hand, the others by the device's own clock", value=0.1, unit="share", source="assumption", high=0.5)

SMOKE_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
