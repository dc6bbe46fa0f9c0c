"""The figures of bus operation: riders, running times, vehicles, sensors, dispatchers.

Owns numbers with unit, grade and source. The network's and the cohorts' figures stand in their own modules.
"""

from sim.figures import Figure, Grade

_SHOCKLEY = "Shockley, Salinas, Taylor, Making Headways, TRR 2016: 99,453 dwells, Los Angeles 2014"
_CHINA_DAILY = "18.04 m rides a day of which bus 40.4 % (China Daily subsite, 2014)"
_SEEN = "first-quarter CV from positions of a US city"

RIDES_PER_BUS = Figure(
    "rides a bus and day", value=440, unit="rides", grade=Grade.C, source=f"{_CHINA_DAILY} over 16,500 buses (K)", low=250, high=700
)
SPARE_SHARE = Figure(
    "share of the fleet not in service", value=0.15, unit="share", source="assumption: 12.3 x 0.85 buses in service", low=0.08, high=0.25
)
LINE_CV = Figure("variation of rides a bus between lines", value=0.25, unit="share", low=0.0, high=0.5)
TIDE = Figure("riders in the direction of the peak, above the mean", value=0.4, unit="share", low=0.0, high=0.7)
STOP_CV = Figure("variation of riders between stops of a line", value=0.6, unit="share", low=0.2, high=1.0)
RIDE = Figure("mean length of a ride", value=5.0, unit="km", low=3, high=8)
PATIENCE = Figure(
    "longest wait of a rider for a bus with room", value=30, unit="min", source="assumption: then riders go another way", low=15, high=60
)
CARD_SHARE = Figure("share of boardings paid by card", value=0.8, unit="share", low=0.6, high=0.95)
BOARD_CARD = Figure("boarding time with a card", value=2.0, unit="s", grade=Grade.A, source=_SHOCKLEY, low=1.5, high=3)
BOARD_CASH = Figure("boarding time with cash", value=4.0, unit="s", grade=Grade.A, source=_SHOCKLEY, low=3, high=6)
ALIGHT = Figure("alighting time", value=1.8, unit="s", source="assumption: TCQSM plans 2.5 s through a rear door", low=1.2, high=2.5)
DEAD_TIME = Figure("dead time of a stop: doors and pulling out", value=4.0, unit="s", source="assumption: TCQSM plans 3-5 s", low=3, high=5)
DWELL_CV = Figure(
    "unexplained variation of a dwell", value=0.4, unit="share", source="assumption: planning CV of the whole dwell 0.6", low=0.2, high=0.6
)
CROWDING_SLOWDOWN = Figure("boarding time of a full bus over that of a seated one", value=1.5, unit="ratio", low=1.0, high=2.0)
SEATS = Figure("seats of a bus", value=34, unit="persons", source="assumption: 12 m city bus", low=25, high=40)
CAPACITY = Figure("places of a bus", value=80, unit="persons", source="assumption: 12 m city bus", low=60, high=100)

DEPARTURE_CV = Figure("headway CV at the terminal of frequent lines", value=0.25, unit="share", low=0.1, high=0.4)
DEPARTURE_SPARSE = Figure(
    "that CV at 17 min over that of frequent lines",
    value=2.0,
    unit="ratio",
    grade=Grade.C,
    source=f"{_SEEN}, 17 min: 0.44, 0.45",
    low=1,
    high=2.5,
)
FREQUENT = Figure(
    "headway up to which a line is frequent", value=6, unit="min", source="assumption: core lines have 3-6 min", low=4, high=10
)
SPARSE = Figure(
    "headway from which a line is sparse", value=17, unit="min", grade=Grade.C, source=f"{_SEEN}: the longest measured", low=12, high=20
)
DEPARTURE_REACH = Figure(
    "headway above which departures get no more irregular", value=17, unit="min", source="assumption: the longest measured", low=12, high=30
)
DEPARTURE_WINDOW = Figure(
    "widest stretch of ordinary departures", value=330, unit="s", source="assumption: within -1 to +5 min", low=60, high=360
)
HELD_UP_SHARE = Figure(
    "departures that are held up", value=0.08, unit="share", source="assumption: reliefs and defects", low=0.01, high=0.1
)
LEG_CV = Figure(
    "variation of a running time between two stops", value=0.2, unit="share", source="assumption: lights and traffic", low=0.1, high=0.4
)
TRIP_CV = Figure("variation of a trip's pace", value=0.02, unit="share", source="assumption: driver and vehicle", low=0.0, high=0.06)
HOUR_CV = Figure(
    "variation of an hour's pace on a line",
    value=0.08,
    unit="share",
    source="assumption: shared by the trips of the hour",
    low=0.0,
    high=0.2,
)
RECOVERY = Figure(
    "running time that a late driver saves at most", value=0.05, unit="share", source="assumption: slack in timetables", low=0, high=0.1
)
STORM_SLOWDOWN = Figure("running time in the worst storm over the usual", value=1.5, unit="ratio", low=1.1, high=2.0)
TURNAROUND = Figure("least time between two trips", value=60, unit="s", low=30, high=300)
DOORS_BEFORE = Figure("doors open before a departure from the terminal", value=30, unit="s", low=10, high=120)
CANCEL_LATE = Figure("lateness at which a trip is given up", value=45, unit="min", low=20, high=90)
BREAKDOWN_DISTANCE = Figure("distance between breakdowns on the road", value=10_000, unit="km", low=3_000, high=30_000)
BREAKDOWN_REPAIR = Figure(
    "time until a broken bus is back in the depot", value=120, unit="min", source="assumption: log-normal, CV 0.5", low=45, high=300
)
INCIDENT_SHARE = Figure("buses that break down in the worst breakdown incident", value=0.1, unit="share", low=0.01, high=0.3)

BEACON_SHARE = Figure("stops with a beacon", value=0.1, unit="share", low=0, high=0.5)
DOOR_SHARE = Figure("buses with a door contact", value=0.5, unit="share", low=0, high=1)
GPS_MISS = Figure("arrivals missed by a GPS fence", value=0.04, unit="share", low=0.01, high=0.1)
DOOR_MISS = Figure("arrivals missed by a door contact", value=0.01, unit="share", low=0.0, high=0.05)
BEACON_MISS = Figure("arrivals missed by a beacon", value=0.02, unit="share", low=0.0, high=0.05)
FALSE_HITS = Figure("arrivals reported at the next stop by mistake", value=0.003, unit="share", low=0, high=0.02)
GPS_LAG = Figure("longest lag of a GPS fence", value=10, unit="s", source="assumption: one position interval", low=1, high=30)
REPORT_DELAY = Figure(
    "delay from detection to the centre", value=2.0, unit="s", source="assumption: log-normal, sigma 0.6", low=0.3, high=10
)
COUNTER_SHARE = Figure("buses with door counters; the others count cards", value=0.5, unit="share", low=0, high=1)
COUNTER_MISS = Figure(
    "riders a door counter misses",
    value=0.04,
    unit="share",
    grade=Grade.B,
    source="±5 % class; vendors claim 95-98 %, 2-3 % called normal",
    low=0.02,
    high=0.09,
)
COUNTER_DOUBLE = Figure(
    "riders a door counter sees twice",
    value=0.02,
    unit="share",
    grade=Grade.B,
    source="a test gave 105 % on, 91 % off (King County Metro, UTA)",
    low=0,
    high=0.05,
)

LINES_PER_DESK = Figure(
    "lines of one dispatcher",
    value=5,
    unit="lines",
    grade=Grade.B,
    source="one dispatcher runs 4-5 lines (jiaotongxing news, Jan 2016)",
    low=4,
    high=5,
)
GAP_FACTOR = Figure("headway that is called a gap, over the planned", value=2.0, unit="ratio", low=1.5, high=3)
BUNCH_FACTOR = Figure(
    "headway that is called a bunch, over the planned",
    value=0.25,
    unit="ratio",
    source="assumption: a quarter of the mean",
    low=0.1,
    high=0.4,
)
MISSING_AFTER = Figure(
    "time after which a departure is missing",
    value=5,
    unit="min",
    grade=Grade.B,
    source="on-time window -1 to +5 min (TCQSM 1st ed.)",
    low=3,
    high=10,
)
DECISION = Figure("a dispatcher's time for one alert", value=40, unit="s", source="assumption: log-normal, CV 0.8", low=10, high=120)
ORDER_DELAY = Figure("from the instruction to the driver", value=8, unit="s", low=2, high=60)
LONGEST_HOLD = Figure("longest hold", value=120, unit="s", low=30, high=300)
QUIET = Figure("no second alert for the same bus within", value=15, unit="min", low=5, high=30)
INSERT_READY = Figure("from the order to the departure of an inserted bus", value=4, unit="min", low=2, high=15)
BREAKDOWN_CALL = Figure("from a breakdown to the driver's call", value=60, unit="s", low=10, high=300)

FIGURES: tuple[Figure, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Figure))
