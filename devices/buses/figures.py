"""The figures of bus operation: riders, running times, vehicles, sensors, dispatchers.

Owns numbers with unit, grade and source. The network's and the cohorts' figures stand in their own modules.
"""

from sim.figures import Figure, Grade

_SHOCKLEY = "Shockley, Salinas, Taylor, Making Headways, TRR 2016: 99,453 dwells, Los Angeles 2014"
_CHINA_DAILY = "18.04 m rides a day of which bus 40.4 % (China Daily subsite, 2014)"
_GUESS = "assumption"
_SEEN = "first-quarter CV from positions of a US city"

RIDES_PER_BUS = Figure("rides a bus and day", 440, "rides", Grade.C, f"{_CHINA_DAILY} over 16,500 buses (K)", 250, 700)
SPARE_SHARE = Figure("share of the fleet not in service", 0.15, "share", Grade.K, f"{_GUESS}: 12.3 x 0.85 buses in service", 0.08, 0.25)
LINE_CV = Figure("variation of rides a bus between lines", 0.25, "share", Grade.K, _GUESS, 0.0, 0.5)
TIDE = Figure("riders in the direction of the peak, above the mean", 0.4, "share", Grade.K, _GUESS, 0.0, 0.7)
STOP_CV = Figure("variation of riders between stops of a line", 0.6, "share", Grade.K, _GUESS, 0.2, 1.0)
RIDE = Figure("mean length of a ride", 5.0, "km", Grade.K, _GUESS, 3, 8)
PATIENCE = Figure("longest wait of a rider for a bus with room", 30, "min", Grade.K, f"{_GUESS}: then riders go another way", 15, 60)
CARD_SHARE = Figure("share of boardings paid by card", 0.8, "share", Grade.K, _GUESS, 0.6, 0.95)
BOARD_CARD = Figure("boarding time with a card", 2.0, "s", Grade.A, _SHOCKLEY, 1.5, 3)
BOARD_CASH = Figure("boarding time with cash", 4.0, "s", Grade.A, _SHOCKLEY, 3, 6)
ALIGHT = Figure("alighting time", 1.8, "s", Grade.K, f"{_GUESS}: TCQSM plans 2.5 s through a rear door", 1.2, 2.5)
DEAD_TIME = Figure("dead time of a stop: doors and pulling out", 4.0, "s", Grade.K, f"{_GUESS}: TCQSM plans 3-5 s", 3, 5)
DWELL_CV = Figure("unexplained variation of a dwell", 0.4, "share", Grade.K, f"{_GUESS}: planning CV of the whole dwell 0.6", 0.2, 0.6)
CROWDING_SLOWDOWN = Figure("boarding time of a full bus over that of a seated one", 1.5, "ratio", Grade.K, _GUESS, 1.0, 2.0)
SEATS = Figure("seats of a bus", 34, "persons", Grade.K, f"{_GUESS}: 12 m city bus", 25, 40)
CAPACITY = Figure("places of a bus", 80, "persons", Grade.K, f"{_GUESS}: 12 m city bus", 60, 100)

DEPARTURE_CV = Figure("headway CV at the terminal of frequent lines", 0.25, "share", Grade.K, _GUESS, 0.1, 0.4)
DEPARTURE_SPARSE = Figure("that CV at 17 min over that of frequent lines", 2.0, "ratio", Grade.C, f"{_SEEN}, 17 min: 0.44, 0.45", 1, 2.5)
FREQUENT = Figure("headway up to which a line is frequent", 6, "min", Grade.K, f"{_GUESS}: core lines have 3-6 min", 4, 10)
SPARSE = Figure("headway from which a line is sparse", 17, "min", Grade.C, f"{_SEEN}: the longest measured", 12, 20)
DEPARTURE_REACH = Figure(
    "headway above which departures get no more irregular", 17, "min", Grade.K, f"{_GUESS}: the longest measured", 12, 30
)
DEPARTURE_WINDOW = Figure("widest stretch of ordinary departures", 330, "s", Grade.K, f"{_GUESS}: within -1 to +5 min", 60, 360)
HELD_UP_SHARE = Figure("departures that are held up", 0.08, "share", Grade.K, f"{_GUESS}: reliefs and defects", 0.01, 0.1)
LEG_CV = Figure("variation of a running time between two stops", 0.2, "share", Grade.K, f"{_GUESS}: lights and traffic", 0.1, 0.4)
TRIP_CV = Figure("variation of a trip's pace", 0.02, "share", Grade.K, f"{_GUESS}: driver and vehicle", 0.0, 0.06)
HOUR_CV = Figure("variation of an hour's pace on a line", 0.08, "share", Grade.K, f"{_GUESS}: shared by the trips of the hour", 0.0, 0.2)
RECOVERY = Figure("running time that a late driver saves at most", 0.05, "share", Grade.K, f"{_GUESS}: slack in timetables", 0, 0.1)
STORM_SLOWDOWN = Figure("running time in the worst storm over the usual", 1.5, "ratio", Grade.K, _GUESS, 1.1, 2.0)
TURNAROUND = Figure("least time between two trips", 60, "s", Grade.K, _GUESS, 30, 300)
DOORS_BEFORE = Figure("doors open before a departure from the terminal", 30, "s", Grade.K, _GUESS, 10, 120)
CANCEL_LATE = Figure("lateness at which a trip is given up", 45, "min", Grade.K, _GUESS, 20, 90)
BREAKDOWN_DISTANCE = Figure("distance between breakdowns on the road", 10_000, "km", Grade.K, _GUESS, 3_000, 30_000)
BREAKDOWN_REPAIR = Figure("time until a broken bus is back in the depot", 120, "min", Grade.K, f"{_GUESS}: log-normal, CV 0.5", 45, 300)
INCIDENT_SHARE = Figure("buses that break down in the worst breakdown incident", 0.1, "share", Grade.K, _GUESS, 0.01, 0.3)

BEACON_SHARE = Figure("stops with a beacon", 0.1, "share", Grade.K, _GUESS, 0, 0.5)
DOOR_SHARE = Figure("buses with a door contact", 0.5, "share", Grade.K, _GUESS, 0, 1)
GPS_MISS = Figure("arrivals missed by a GPS fence", 0.04, "share", Grade.K, _GUESS, 0.01, 0.1)
DOOR_MISS = Figure("arrivals missed by a door contact", 0.01, "share", Grade.K, _GUESS, 0.0, 0.05)
BEACON_MISS = Figure("arrivals missed by a beacon", 0.02, "share", Grade.K, _GUESS, 0.0, 0.05)
FALSE_HITS = Figure("arrivals reported at the next stop by mistake", 0.003, "share", Grade.K, _GUESS, 0, 0.02)
GPS_LAG = Figure("longest lag of a GPS fence", 10, "s", Grade.K, f"{_GUESS}: one position interval", 1, 30)
REPORT_DELAY = Figure("delay from detection to the centre", 2.0, "s", Grade.K, f"{_GUESS}: log-normal, sigma 0.6", 0.3, 10)
COUNTER_SHARE = Figure("buses with door counters; the others count cards", 0.5, "share", Grade.K, _GUESS, 0, 1)
COUNTER_MISS = Figure(
    "riders a door counter misses", 0.04, "share", Grade.B, "±5 % class; vendors claim 95-98 %, 2-3 % called normal", 0.02, 0.09
)
COUNTER_DOUBLE = Figure(
    "riders a door counter sees twice", 0.02, "share", Grade.B, "a test gave 105 % on, 91 % off (King County Metro, UTA)", 0, 0.05
)

LINES_PER_DESK = Figure("lines of one dispatcher", 5, "lines", Grade.B, "one dispatcher runs 4-5 lines (jiaotongxing news, Jan 2016)", 4, 5)
GAP_FACTOR = Figure("headway that is called a gap, over the planned", 2.0, "ratio", Grade.K, _GUESS, 1.5, 3)
BUNCH_FACTOR = Figure(
    "headway that is called a bunch, over the planned", 0.25, "ratio", Grade.K, f"{_GUESS}: a quarter of the mean", 0.1, 0.4
)
MISSING_AFTER = Figure("time after which a departure is missing", 5, "min", Grade.B, "on-time window -1 to +5 min (TCQSM 1st ed.)", 3, 10)
DECISION = Figure("a dispatcher's time for one alert", 40, "s", Grade.K, f"{_GUESS}: log-normal, CV 0.8", 10, 120)
ORDER_DELAY = Figure("from the instruction to the driver", 8, "s", Grade.K, _GUESS, 2, 60)
LONGEST_HOLD = Figure("longest hold", 120, "s", Grade.K, _GUESS, 30, 300)
QUIET = Figure("no second alert for the same bus within", 15, "min", Grade.K, _GUESS, 5, 30)
INSERT_READY = Figure("from the order to the departure of an inserted bus", 4, "min", Grade.K, _GUESS, 2, 15)
BREAKDOWN_CALL = Figure("from a breakdown to the driver's call", 60, "s", Grade.K, _GUESS, 10, 300)

G3_RTT = Figure("round trip on 3G", 185, "ms", Grade.K, f"{_GUESS}: 120-250 ms", 120, 250)
LTE_RTT = Figure("round trip on LTE", 61, "ms", Grade.B, "OpenSignal USA, Aug 2016/17 via 5G Technology World", 57, 65)
LTE_SHARE = Figure("share of buses on LTE", 0.5, "share", Grade.K, f"{_GUESS}: between the 2015 and 2017 milestones of the outline", 0, 1)
LINK_SIGMA = Figure("spread of the link's latency, sigma of its logarithm", 0.5, "ratio", Grade.K, _GUESS, 0.2, 1.0)

FIGURES: tuple[Figure, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Figure))
