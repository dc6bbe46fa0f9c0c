"""Figures of the metro, with grade and source.

Owns the numbers. What is made of them is the business of the modules that read them.
"""

from sim.figures import Figure, Grade

_CARDS = "Shenzhen card records of one hour"
_PLACE = "assumption: no survey of the city was found"

RIDES = Figure(
    "metro entries of a mean workday, whole city",
    value=6_959_000,
    unit="rides",
    grade=Grade.C,
    source="sum of the hours of MetroFlow's figure, May-Aug 2017; 7.74 m in 2014 (C)",
    low=6_500_000,
    high=7_740_000,
)
# Share of those who enter in an hour that leave home, by hour from midnight; the others go home or come from somewhere else.
OUTWARD_WORKDAY = Figure(
    "metro: entries that lead away from home, by hour of a workday",
    value=(*(0.5,) * 6, 0.95, 0.93, 0.88, 0.75, 0.6, 0.5, 0.5, 0.5, 0.45, 0.4, 0.3, 0.15, 0.12, 0.15, 0.15, 0.12, 0.1, 0.1),
    unit="share",
)
OUTWARD_FREE_DAY = Figure(
    "metro: entries that lead away from home, by hour of a free day",
    value=(*(0.5,) * 6, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.55, 0.55, 0.5, 0.45, 0.4, 0.3, 0.25, 0.2, 0.2, 0.15, 0.1, 0.1),
    unit="share",
)
HOME_POWER = Figure("metro: homes at a station by its district's density, to the power", value=0.25, unit="", source=_PLACE, low=0, high=1)
WORK_REACH = Figure("metro: work and shops fall to 1/e at this distance from the centre", value=6, unit="km", source=_PLACE, low=4, high=15)
STATION_CV = Figure("metro: variation of one station from its neighbours", value=0.5, unit="share", source=_PLACE, low=0.2, high=1)
TRIP_SCALE = Figure(
    "metro: destinations fall to 1/e with this much longer a ride",
    value=9,
    unit="min",
    source="assumption: gravity by time, median ride about 20 min",
    low=5,
    high=20,
)
TRIP_SEEN = Figure(
    "metro trip time, 10, 50 and 90 %",
    value=(3.5, 8.0, 19.0),
    unit="min",
    grade=Grade.C,
    source=f"{_CARDS}: biased short, for a trip has to begin and end in the hour",
)
CARD_SHARE = Figure(
    "metro riders with a card; others hold a single ticket", value=0.9, unit="share", source="assumption", low=0.7, high=0.95
)
STORM_SHIFT = Figure("metro: more riders in the worst storm, who leave the bus", value=0.1, unit="share", low=0.0, high=0.3)
GIVE_UP = Figure("riders who turn away when their first line stands", value=0.5, unit="share", low=0.2, high=0.9)

SPEED = Figure("metro: speed with stops", value=35, unit="km/h", source="assumption: commercial speed of an urban line", low=30, high=40)
DETOUR = Figure("metro: track over the straight line", value=1.15, unit="ratio", low=1.0, high=1.4)
SHORTEST_RUN = Figure("metro: shortest run from station to station, with the stop", value=80, unit="s", low=60, high=120)
HEADWAY_PEAK = Figure("metro: headway at the peak", value=3, unit="min", source="assumption: 2-4 min by line", low=2, high=5)
HEADWAY_OFF = Figure("metro: headway at other hours", value=6, unit="min", low=4, high=10)
PEAK_HOURS = Figure(
    "metro: hours with the headway of the peak", value=(7, 8, 9, 17, 18, 19), unit="h", source="assumption: as entries peak"
)
FIRST_TRAIN = Figure(
    "metro: first train from the end of a line",
    value=3.5,
    unit="h after midnight",
    source="assumption: trains also start along the lines; this early every station has one when it opens",
    low=3,
    high=6,
)
LAST_TRAIN = Figure("metro: last train from the end of a line", value=24.5, unit="h after midnight", source="assumption: all come home")
OPEN_FROM = Figure("metro: stations open", value=5.5, unit="h after midnight", low=5, high=6)
OPEN_UNTIL = Figure("metro: stations close", value=24.0, unit="h after midnight", low=23, high=25)
RECOVERY = Figure("metro: trains that were held up follow each other so much closer", value=2, unit="ratio", low=1.2, high=3)

WALK = Figure("metro: way between gate and platform", value=(40.0, 110.0), unit="s", source="assumption: uniform")
TRANSFER = Figure("metro: way from platform to platform", value=180, unit="s", low=60, high=400)
TRANSFER_SPREAD = Figure("metro: half-width of that way", value=0.4, unit="share")
GATE_GAP = Figure(
    "least time between two passages of a gate", value=(1.0, 2.0), unit="s", grade=Grade.C, source=f"{_CARDS}: minimum gap 1-2 s"
)
GATE_TAPS = Figure(
    "p95 of a gate's taps a minute", value=8, unit="taps/min", grade=Grade.C, source=f"{_CARDS}: p95 of gates", low=6, high=10
)
BUSIEST_GATE = Figure(
    "the busiest gate", value=20, unit="taps/min", grade=Grade.C, source=f"{_CARDS}: 19 taps in 60 s, rounded up", low=18, high=30
)
GATE_LOAD = Figure(
    "taps a minute that a station's gates are planned for at its busiest hour",
    value=4,
    unit="taps/min",
    source="assumption: so that the busiest minutes stay below those seen",
    low=3,
    high=12,
)
PLATFORM = Figure(
    "persons in a station for each of its lines that are not yet a crowd",
    value=1_200,
    unit="persons",
    source="assumption: platforms and halls of some 1,500 m² with 0.8 persons/m²",
    low=800,
    high=2_500,
)
BUSY = Figure("metro: occupancy from which a station is busy", value=0.5, unit="share", low=0.3, high=0.7)

METRO_FIGURES: tuple[Figure, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Figure))
