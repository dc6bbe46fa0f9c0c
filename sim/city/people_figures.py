"""Figures of people: how many homes there are, who lives in them and how, with grade and source.

Owns the numbers. What is made of them is `sim.city.people`'s business.
"""

from sim.figures import Figure, Grade

_GUESS = "assumption"
_CENSUS = "2010 census, communique of the municipal bureau of statistics, 2011-05-03"
_DISABLED = "second national sample survey of disability (2006) and year-end registers, as reported by Cast Business China, 2008-03-25"

HOMES = Figure(
    "homes of the whole city",
    value=9_000_000,
    unit="homes",
    grade=Grade.C,
    source="24.15 m residents; 8.9-9.0 m",
    low=8_250_000,
    high=9_000_000,
)
HOME_SIZE = Figure("persons in a home", value=2.49, unit="persons", grade=Grade.A, source=f"{_CENSUS}: 20.58 m in 8.25 m family households")
AGED = Figure(
    "residents aged 60 and over",
    value=0.171,
    unit="share",
    grade=Grade.C,
    source="4.14 m registered in 2014 of 24.26 m residents; others came young",
)
VERY_AGED = Figure(
    "of those aged 60 and over, aged 80 and over",
    value=0.188,
    unit="share",
    grade=Grade.C,
    source="0.78 m (2015) of 4.14 m (2014)",
    low=0.15,
    high=0.2,
)
LIVING_ALONE = Figure(
    "homes of somebody aged 60 and over living alone", value=0.03, unit="share", source="assumption: 240,000-280,000", low=0.027, high=0.035
)
DISABLED = Figure(
    "homes of somebody registered as disabled",
    value=0.029,
    unit="share",
    grade=Grade.C,
    source=f"269,000 over 1.12 a home and 8.25 m homes; {_DISABLED}",
    low=0.02,
    high=0.118,
)
DISABLED_AT_WORK = Figure(
    "registered disabled persons of working age at work", value=0.48, unit="share", grade=Grade.C, source=f"80,000 of 168,000; {_DISABLED}"
)
AT_WORK = Figure("residents of 18 to 59 who go to work", value=0.78, unit="share", low=0.7, high=0.85)
SCHOOL_AGE = Figure(
    "age at which a child first leaves the home for the day", value=3, unit="years", source="assumption: kindergarten", low=2, high=7
)

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
    value=tuple(share for _, share in HOUSEHOLDS),
    unit="share",
    source="assumption: E aged 60 and over, A adult, C child; in the mean the size of a home and the share of the aged",
)

# By type of community: old, standard, pilot.
COMMUNITY_TYPES = Figure(
    "communities that are old, standard, pilot", value=(0.35, 0.60, 0.05), unit="share", source="assumption: pilots are few"
)
FLOORS = Figure("floors of a building by type of community", value=(6, 11, 18), unit="floors")
HOMES_A_FLOOR = Figure(
    "homes on a floor by type of community", value=(6, 4, 4), unit="homes", source="assumption: all stairs of a building"
)
COMMUNITY_SIZE = Figure(
    "homes of a community", value=720, unit="homes", source="assumption: 9.0 m homes in 12,500 communities", low=400, high=1_000
)
COMMUNITY_CV = Figure("variation of the size of communities", value=0.6, unit="share", source="assumption: log-normal", low=0.3, high=1.0)
COMMUNITY_RADIUS = Figure("radius of a community", value=150, unit="m", low=80, high=300)

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
