"""Figures of a day: when people wake, leave, come back, cook and sleep, with grade and source.

Owns the numbers; most are assumptions and called so. What is drawn from them is `sim.city.days`' business. Tables by occupation are in the
order work, school, home; tables by meal in the order breakfast, lunch, dinner. Hours count from midnight.
"""

from sim.figures import Figure

_GUESS = "assumption"
_BY_OCCUPATION = "work, school, home"
_BY_MEAL = "breakfast, lunch, dinner"
_MORNING = "half of the metro's entries from 6 to 10 h have come by 8:05; people leave a quarter of an hour before"
_EVENING = "half of its entries from 16 to 20 h have come by 17:57; people are back 50 min later"

LEAVE_SHARE_WORKDAY = Figure(f"persons who go out on a workday: {_BY_OCCUPATION}", value=(0.97, 0.97, 0.7), unit="share")
LEAVE_SHARE_FREE_DAY = Figure(f"persons who go out on a free day: {_BY_OCCUPATION}", value=(0.55, 0.5, 0.65), unit="share")
LEAVE_WORKDAY = Figure(f"hour of leaving on a workday: {_BY_OCCUPATION}", value=(7.83, 7.3, 8.6), unit="h", source=f"{_GUESS}: {_MORNING}")
LEAVE_FREE_DAY = Figure(
    f"hour of leaving on a free day: {_BY_OCCUPATION}",
    value=(11.5, 11.5, 9.3),
    unit="h",
    source=f"{_GUESS}: metro entries are even from 8 to 17 h",
)
SPREAD_WORKDAY = Figure(f"spread between persons of that hour, workday: {_BY_OCCUPATION}", value=(0.8, 0.3, 1.2), unit="h")
SPREAD_FREE_DAY = Figure(f"spread between persons of that hour, free day: {_BY_OCCUPATION}", value=(2.8, 2.8, 1.8), unit="h")
LEAVE_VARIATION = Figure("spread of a person's hour of leaving from day to day", value=0.25, unit="h", low=0.1, high=0.6)
AWAY_WORKDAY = Figure(
    f"time away on a workday, median: {_BY_OCCUPATION}", value=(10.95, 9.0, 2.0), unit="h", source=f"{_GUESS}: {_EVENING}"
)
AWAY_FREE_DAY = Figure(f"time away on a free day, median: {_BY_OCCUPATION}", value=(4.0, 3.5, 2.2), unit="h")
AWAY_SIGMA = Figure(f"spread of the time away, sigma of its logarithm: {_BY_OCCUPATION}", value=(0.12, 0.1, 0.5), unit="ratio")
READY = Figure(f"from waking to leaving, median: {_BY_OCCUPATION}", value=(1.0, 0.9, 1.8), unit="h")
READY_SIGMA = Figure("spread of that time, sigma of its logarithm", value=0.3, unit="ratio", low=0.1, high=0.6)
UP_BY_WORKDAY = Figure(f"hour at which persons are up anyhow, workday: {_BY_OCCUPATION}", value=(8.5, 8.0, 7.5), unit="h")
UP_BY_FREE_DAY = Figure(f"hour at which persons are up anyhow, free day: {_BY_OCCUPATION}", value=(9.3, 9.3, 7.8), unit="h")
UP_SPREAD = Figure("spread of that hour", value=0.6, unit="h", low=0.3, high=1.2)
SLEEP_WORKDAY = Figure(
    f"hour of going to sleep before a workday's end: {_BY_OCCUPATION}",
    value=(22.75, 21.5, 21.5),
    unit="h",
    source=f"{_GUESS}; people sleep and rest 9 h 13 min on a workday, naps included (time use survey, National Bureau of Statistics, 2018)",
)
SLEEP_FREE_DAY = Figure(f"hour of going to sleep on a free day: {_BY_OCCUPATION}", value=(23.25, 22.0, 21.75), unit="h")
SLEEP_SPREAD = Figure("spread of that hour between persons", value=0.6, unit="h", low=0.3, high=1.2)
SLEEP_VARIATION = Figure("spread of a person's hour of going to sleep from day to day", value=0.4, unit="h", low=0.2, high=0.8)

COOK_SHARE_WORKDAY = Figure(f"homes that cook when somebody is in, workday: {_BY_MEAL}", value=(0.6, 0.6, 0.75), unit="share")
COOK_SHARE_FREE_DAY = Figure(f"homes that cook when somebody is in, free day: {_BY_MEAL}", value=(0.65, 0.7, 0.8), unit="share")
LUNCH = Figure("hour at which lunch is cooked", value=11.25, unit="h", low=10.75, high=11.75)
DINNER = Figure(
    "hour at which dinner is cooked", value=17.75, unit="h", source=f"{_GUESS}: home fires peak from 17 to 20 h (NFPA)", low=17, high=18.5
)
MEAL_SPREAD = Figure("spread of these hours", value=0.6, unit="h", low=0.3, high=1.0)
COOK_AFTER = Figure("from waking, or coming back, to cooking", value=0.3, unit="h", low=0.1, high=0.6)
COOKING = Figure(f"time of cooking, median: {_BY_MEAL}", value=(0.2, 0.5, 0.65), unit="h")
COOKING_SIGMA = Figure("spread of the time of cooking, sigma of its logarithm", value=0.4, unit="ratio", low=0.2, high=0.7)

DAY_FIGURES = (
    LEAVE_SHARE_WORKDAY,
    LEAVE_SHARE_FREE_DAY,
    LEAVE_WORKDAY,
    LEAVE_FREE_DAY,
    SPREAD_WORKDAY,
    SPREAD_FREE_DAY,
    LEAVE_VARIATION,
    AWAY_WORKDAY,
    AWAY_FREE_DAY,
    AWAY_SIGMA,
    READY,
    READY_SIGMA,
    UP_BY_WORKDAY,
    UP_BY_FREE_DAY,
    UP_SPREAD,
    SLEEP_WORKDAY,
    SLEEP_FREE_DAY,
    SLEEP_SPREAD,
    SLEEP_VARIATION,
    COOK_SHARE_WORKDAY,
    COOK_SHARE_FREE_DAY,
    LUNCH,
    DINNER,
    MEAL_SPREAD,
    COOK_AFTER,
    COOKING,
    COOKING_SIGMA,
)
