"""Figures of burglar alarms (A1), with grade and source.

Owns the numbers. What is made of them is the business of the modules beside. Tables by cause are in the order of `causes.FALSE`.
"""

from sim.figures import Figure, Grade

_CP01 = "manuals of panels to SIA CP-01"
_BY_CAUSE = "entry, exit, sensor, pet, weather, tamper"
_OF_DAYS = "computed from the days of 145,000 homes: sim/city/day_figures.py, which are assumptions"

# --- How often --------------------------------------------------------------------------------------------------------
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
CAUSES = Figure(
    f"false burglar alarms by cause: {_BY_CAUSE}",
    value=(0.50, 0.30, 0.08, 0.04, 0.04, 0.04),
    unit="share",
    grade=Grade.B,
    source="80 % are errors around entry and exit (Security Sales & Integration); the split of both parts an assumption",
)
SHAPE = Figure(
    "shape of the gamma of systems' false burglar alarms",
    value=0.25,
    unit="ratio",
    grade=Grade.C,
    source="then a fifth of the systems make 80 % (Model States Program)",
    low=0.15,
    high=0.5,
)
DURESS = Figure("real burglar alarms that are duress", value=0.03, unit="share", source="assumption: rare", high=0.1)
STORM_WEATHER = Figure("weather's burglar alarms in a storm over usual", value=200, unit="ratio", source="assumption", low=20, high=1_000)
TRIPS_AGAIN = Figure("faulty sensors that trip once more", value=0.4, unit="share", source="assumption", low=0.1, high=0.7)
TRIPS_APART = Figure("from one such trip to the next", value=20, unit="min", source="assumption: mean", low=2, high=60)

# --- How homes arm ----------------------------------------------------------------------------------------------------
ARMS = Figure("panels armed when the last one leaves", value=0.70, unit="share", source="assumption", low=0.3, high=0.95)
ARMS_AT_NIGHT = Figure("panels part set for the night", value=0.35, unit="share", source="assumption", low=0.1, high=0.7)
AUTO_ARM = Figure("panels that arm themselves in an empty home", value=0.15, unit="share", source="assumption", high=0.5)
AUTO_ARM_AFTER = Figure("quiet before a panel arms itself", value=30, unit="min", source="assumption", low=10, high=120)
SHORTEST_AWAY = Figure("shortest absence for which a panel is armed", value=15, unit="min", source="assumption", low=5, high=30)
PERIODS = Figure("homes empty for that long, workday and free day", value=(0.6735, 0.199), unit="share", grade=Grade.C, source=_OF_DAYS)
EMPTY_HOURS = Figure("hours of them a home and day, workday and free day", value=(4.34, 0.548), unit="h", grade=Grade.C, source=_OF_DAYS)
ANNEX = Figure("panels with a second partition, such as a garage", value=0.15, unit="share", source="assumption", high=0.4)
PERIMETER_ZONES = Figure("perimeter zones of a panel, fewest and most", value=(2, 5), unit="zones")
INTERIOR_ZONES = Figure("interior zones of a panel, fewest and most", value=(1, 3), unit="zones")
WIRELESS = Figure("panels with wireless detectors", value=0.7, unit="share", source="assumption: fitted into homes that stand", low=0.3)
BYPASSED = Figure("armings with an open zone that is bypassed", value=0.03, unit="share", source="assumption", high=0.1)

# --- Times of a panel -------------------------------------------------------------------------------------------------
EXIT_DELAY = Figure(
    "exit delay of a panel", value=60, unit="s", grade=Grade.B, source=f"{_CP01}: 60 s unless changed, 45 s and more", low=45, high=180
)
ENTRY_DELAY = Figure(
    "entry delay of a panel",
    value=30,
    unit="s",
    grade=Grade.B,
    source=f"{_CP01}: 30 s and more; assumption: EN 50131-1, 45 s at most",
    high=45,
)
ABORT_WINDOW = Figure(
    "abort window before a burglar alarm is sent", value=30, unit="s", grade=Grade.B, source=f"{_CP01}: dialler delay of 15-45 s", high=45
)
CANCEL_WINDOW = Figure("window in which a code cancels an alarm", value=5, unit="min", source="assumption: CP-01's least")
SWINGER = Figure(
    "trips after which a zone is shut down", value=2, unit="trips", grade=Grade.B, source=f"{_CP01}: 1-6, 2 unless changed", low=1, high=6
)
TYPING = Figure("from the open door to the code, median", value=12, unit="s", source="assumption", low=5, high=25)
TYPING_SIGMA = Figure("spread of the time to the code, of the logarithm", value=0.35, unit="ratio", source="assumption", low=0.2, high=0.6)
WIRED = Figure("from a wired detector to the panel, median", value=0.5, unit="s", source="assumption: loop of 300-500 ms", low=0.2, high=1)
RADIO = Figure("from a wireless detector to the panel, median", value=0.9, unit="s", source="assumption: a repeat or two", low=0.3, high=2)
DETECTION_SIGMA = Figure("spread of detection, of the logarithm", value=0.35, unit="ratio", source="assumption", low=0.2, high=0.5)

# --- What people do about it ------------------------------------------------------------------------------------------
ABORTED = Figure("errors at entry and exit put right in the abort window", value=0.5, unit="share", source="assumption", low=0.2, high=0.8)
CANCELLED = Figure(
    f"false burglar alarms cancelled, somebody being there: {_BY_CAUSE}", value=(0.65, 0.25, 0.6, 0.6, 0.6, 0.35), unit="share"
)
CANCEL_AFTER = Figure("the user cancels after", value=45, unit="s", source="assumption: median", low=10, high=180)
CANCEL_SIGMA = Figure("spread of the time to cancel, of the logarithm", value=0.8, unit="ratio", source="assumption", low=0.4, high=1.2)
RESET_AFTER = Figure("who does not cancel resets after", value=10, unit="min", source="assumption: median", low=5, high=60)
REARM_AFTER = Figure("from a code to arming again after an exit error", value=20, unit="s", source="assumption", low=5, high=60)
KEYHOLDER_STAYS = Figure("from a keyholder's arrival to arming again", value=10, unit="min", source="assumption", low=5, high=30)

# --- Second activations and burglars ----------------------------------------------------------------------------------
CONFIRMED_FALSE = Figure("false burglar alarms with two activations", value=0.3, unit="share", source="assumption", low=0.1, high=0.5)
CONFIRMED_REAL = Figure("burglaries with two activations", value=0.85, unit="share", source="assumption: others flee", low=0.6, high=1)
SECOND = Figure("from the first to the second activation, median", value=20, unit="s", source="assumption", low=5, high=60)
SECOND_SIGMA = Figure(
    "spread of the time to the second activation, of the logarithm", value=0.6, unit="ratio", source="assumption", low=0.3, high=0.9
)
BY_THE_DOOR = Figure("burglars who come by the entry door", value=0.4, unit="share", source="assumption", low=0.2, high=0.7)

ENTRY_HOURS = Figure(
    "burglar alarms by hour",
    value=(
        0.04,
        0.04,
        0.04,
        0.03,
        0.05,
        0.07,
        0.3,
        1.7,
        3.5,
        3.0,
        2.4,
        1.8,
        1.2,
        0.95,
        0.85,
        1.2,
        1.6,
        1.85,
        1.6,
        0.95,
        0.4,
        0.2,
        0.08,
        0.05,
    ),
    unit="weight",
    grade=Grade.C,
    source="computed from a week of 390,000 panels: when homes are left and entered, by the days of their people",
)

BURGLAR_FIGURES = tuple(each for each in list(globals().values()) if isinstance(each, Figure))
