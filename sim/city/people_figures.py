"""Figures of people: how many homes there are, who lives in them and how, with grade and source.

Owns the numbers. What is made of them is `sim.city.people`'s business.
"""

from sim.figures import Figure, Grade

_GUESS = "assumption"
_CENSUS = "2010 census, communique of the municipal bureau of statistics, 2011-05-03"
_DISABLED = "second national sample survey of disability (2006) and year-end registers, as reported by Cast Business China, 2008-03-25"

HOMES = Figure("homes of the whole city", 9_000_000, "homes", Grade.C, "24.15 m residents; 8.9-9.0 m", 8_250_000, 9_000_000)
HOME_SIZE = Figure("persons in a home", 2.49, "persons", Grade.A, f"{_CENSUS}: 20.58 m in 8.25 m family households")
AGED = Figure("residents aged 60 and over", 0.171, "share", Grade.C, "4.14 m registered in 2014 of 24.26 m residents; others came young")
VERY_AGED = Figure("of those aged 60 and over, aged 80 and over", 0.188, "share", Grade.C, "0.78 m (2015) of 4.14 m (2014)", 0.15, 0.2)
LIVING_ALONE = Figure("homes of somebody aged 60 and over living alone", 0.03, "share", Grade.K, f"{_GUESS}: 240,000-280,000", 0.027, 0.035)
DISABLED = Figure(
    "homes of somebody registered as disabled",
    0.029,
    "share",
    Grade.C,
    f"269,000 over 1.12 a home and 8.25 m homes; {_DISABLED}",
    0.02,
    0.118,
)
DISABLED_AT_WORK = Figure("registered disabled persons of working age at work", 0.48, "share", Grade.C, f"80,000 of 168,000; {_DISABLED}")
AT_WORK = Figure("residents of 18 to 59 who go to work", 0.78, "share", Grade.K, _GUESS, 0.7, 0.85)
SCHOOL_AGE = Figure("age at which a child first leaves the home for the day", 3, "years", Grade.K, f"{_GUESS}: kindergarten", 2, 7)

# Who lives together (E aged 60 and over, A adult, C child), as a share of all homes. Assumptions, chosen so that the homes of those who
# live alone, the size of a home and the share of the aged are those above.
HOUSEHOLDS: tuple[tuple[str, float], ...] = (
    ("E", 0.03),
    ("A", 0.17),
    ("AA", 0.235),
    ("EE", 0.055),
    ("EA", 0.03),
    ("AC", 0.015),
    ("AAC", 0.14),
    ("AAA", 0.11),
    ("EAA", 0.055),
    ("AACC", 0.015),
    ("EAAC", 0.03),
    ("EEAA", 0.02),
    ("AAAA", 0.03),
    ("EEAAC", 0.055),
    ("EEAAA", 0.01),
)
HOUSEHOLD_SHARES = Figure(
    f"homes by who lives there: {', '.join(who for who, _ in HOUSEHOLDS)}",
    tuple(share for _, share in HOUSEHOLDS),
    "share",
    Grade.K,
    f"{_GUESS}: E aged 60 and over, A adult, C child; in the mean the size of a home and the share of the aged",
)

# By type of community: old, standard, pilot.
COMMUNITY_TYPES = Figure("communities that are old, standard, pilot", (0.35, 0.60, 0.05), "share", Grade.K, f"{_GUESS}: pilots are few")
FLOORS = Figure("floors of a building by type of community", (6, 11, 18), "floors", Grade.K, _GUESS)
HOMES_A_FLOOR = Figure("homes on a floor by type of community", (6, 4, 4), "homes", Grade.K, f"{_GUESS}: all stairs of a building")
COMMUNITY_SIZE = Figure("homes of a community", 720, "homes", Grade.K, f"{_GUESS}: 9.0 m homes in 12,500 communities", 400, 1_000)
COMMUNITY_CV = Figure("variation of the size of communities", 0.6, "share", Grade.K, f"{_GUESS}: log-normal", 0.3, 1.0)
COMMUNITY_RADIUS = Figure("radius of a community", 150, "m", Grade.K, _GUESS, 80, 300)

PEOPLE_FIGURES = (
    HOMES,
    HOME_SIZE,
    AGED,
    VERY_AGED,
    LIVING_ALONE,
    DISABLED,
    DISABLED_AT_WORK,
    AT_WORK,
    SCHOOL_AGE,
    HOUSEHOLD_SHARES,
    COMMUNITY_TYPES,
    FLOORS,
    HOMES_A_FLOOR,
    COMMUNITY_SIZE,
    COMMUNITY_CV,
    COMMUNITY_RADIUS,
)
