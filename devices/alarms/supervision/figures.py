"""Figures of supervision: how devices are watched over, and what befalls paths and power.

Owns the numbers with grade and source. What is made of them is the business of the module that reads each.
"""

from sim.figures import Figure, Grade

_EN = "assumption: EN 50136-1 by memory, its tables were in no excerpt"
REPORTING_TIME = Figure(
    "time in which the loss of a path is reported, by class (25 h, 30 min, 3 min, 90 s)",
    value=(90_000, 1_800, 180, 90),
    unit="s",
    source=f"{_EN}: SP2/DP1, SP3/DP2, SP4/DP3, SP5/DP4",
)
SPARE = Figure(
    "share of the reporting time that is left for repeats after a heartbeat is due",
    value=0.1,
    unit="share",
    source="assumption",
    low=0.02,
    high=0.5,
)
ATTEMPTS = Figure(
    "tries of a heartbeat before it is missed",
    value=3,
    unit="tries",
    grade=Grade.B,
    source="three misses are offline: default of GB/T 28181-2016, as a note quotes it",
    low=1,
    high=5,
)
ATTEMPT_LOSS = Figure("tries of a heartbeat that get no answer", value=0.03, unit="share", low=0, high=0.12)
RECONNECT = Figure(
    "from the end of a trouble to the first heartbeat, mean",
    value=20.0,
    unit="s",
    source="assumption: exponential, so that a neighbourhood does not come back in one instant",
    low=1,
    high=300,
)
PERIODIC_TEST = Figure(
    "from one periodic test report of a panel (602) to the next",
    value=24.0,
    unit="h",
    source="assumption: daily, as panels come; GB 50440 asks for two test alarms a month of fire devices (exam notes, B)",
    low=1,
    high=744,
)

RSSI = Figure(
    "received signal strength of gateways over the air, from and to", value=(-100.0, -65.0), unit="dBm", source="assumption: indoors"
)

# What befalls lines.
LINE_TROUBLES = Figure(
    "troubles of a home's line or gateway",
    value=0.055,
    unit="per day",
    source="assumption: with their length such that 2 % of devices are offline at any time",
    low=0.01,
    high=0.5,
)
LINE_TROUBLE = Figure("length of a trouble of a home's line, median", value=5.0, unit="h", low=0.1, high=24)
LINE_SIGMA = Figure("spread of troubles of lines, sigma of the logarithm", value=1.0, unit="ratio", low=0.5, high=1.5)
OFFLINE = Figure(
    "devices offline at any time",
    value=0.02,
    unit="share",
    source="assumption; worst month of one service 12.3 % (B)",
    low=0.005,
    high=0.12,
)
JAMS = Figure("jamming of a panel's radio", value=0.02, unit="per year", low=0, high=1)
JAM = Figure("length of a jamming, median", value=10.0, unit="min", low=1, high=60)

# Power.
MAINS_LOSSES = Figure("losses of mains in a home", value=2.0, unit="per year", source="assumption: breaker and supply", low=0.2, high=10)
MAINS_LOSS = Figure("length of a loss of mains, median", value=40.0, unit="min", low=5, high=240)
MAINS_SIGMA = Figure("spread of losses of mains, sigma of the logarithm", value=1.2, unit="ratio", low=0.5, high=1.5)
MAINS_REPORT = Figure(
    "from a loss of mains to its report, mean",
    value=10.0,
    unit="min",
    source="assumption: half to one and a half times as long, so that a neighbourhood does not report at once",
    low=1,
    high=60,
)
RESERVE = Figure(
    "reserve of a device on mains (panel, gas detector, call hub)",
    value=(12.0, 0.0, 24.0),
    unit="h",
    source="assumption: 12 h as for grade 2, a day for social alarms, none in a gas detector",
)
GATEWAYS_ON_RESERVE = Figure(
    "home gateways of fixed lines that outlast a loss of mains", value=0.05, unit="share", source="assumption: few have a battery"
)
RESERVE_LOW = Figure("part of a battery's time after which it is reported low", value=0.8, unit="share", low=0.6, high=0.95)
BATTERY_LIFE = Figure(
    "life of a battery, median (smoke detector, pendant, pull cord)", value=(3.0, 2.0, 4.0), unit="years", source="assumption"
)
BATTERY_SIGMA = Figure("spread of battery lives, sigma of the logarithm", value=0.2, unit="ratio", low=0.05, high=0.5)
BATTERY_CHANGE = Figure("from the report of a low battery to its change, median", value=10.0, unit="d", low=1, high=60)
BATTERY_CHANGE_SIGMA = Figure("spread of changes of batteries, sigma of the logarithm", value=0.8, unit="ratio", low=0.3, high=1.5)
NEGLECTED = Figure("batteries that nobody changes before they are empty", value=0.1, unit="share", low=0, high=0.5)
EMPTY = Figure("an empty battery is changed after, at most", value=14.0, unit="d", low=1, high=14)

# Weather and supply: by the severity of an incident.
POWER_CUT_HOMES = Figure(
    "buildings without mains in a power cut of severity 1", value=1.0, unit="share", source="assumption: of every neighbourhood"
)
STORM_MAINS = Figure("buildings without mains in a storm of severity 1", value=0.08, unit="share", low=0, high=0.5)
STORM_LINES = Figure("lines cut by a storm of severity 1", value=0.04, unit="share", low=0, high=0.5)
RE_ENERGISED = Figure(
    "part of a power cut in which feeders are switched on again, at its end", value=0.1, unit="share", source="assumption", low=0, high=1
)

SUPERVISION_FIGURES = (
    REPORTING_TIME,
    SPARE,
    ATTEMPTS,
    ATTEMPT_LOSS,
    RECONNECT,
    PERIODIC_TEST,
    RSSI,
    LINE_TROUBLES,
    LINE_TROUBLE,
    LINE_SIGMA,
    OFFLINE,
    JAMS,
    JAM,
    MAINS_LOSSES,
    MAINS_LOSS,
    MAINS_SIGMA,
    MAINS_REPORT,
    RESERVE,
    GATEWAYS_ON_RESERVE,
    RESERVE_LOW,
    BATTERY_LIFE,
    BATTERY_SIGMA,
    BATTERY_CHANGE,
    BATTERY_CHANGE_SIGMA,
    NEGLECTED,
    EMPTY,
    POWER_CUT_HOMES,
    STORM_MAINS,
    STORM_LINES,
    RE_ENERGISED,
)
