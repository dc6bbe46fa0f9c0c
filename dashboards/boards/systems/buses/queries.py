"""What the panels of buses share: stretches, limits, and the queries that several of them ask.

Owns names and bounds, read from the kinds and objectives of the bus system.
"""

from dashboards.grafana.panels import BAD, GOOD, WARN, fixed
from dashboards.grafana.shared import limit_of
from devices.buses.choices import Progress, StopAction
from devices.buses.measures import EARLY_LIMIT_US, HEADWAY, LAST_QUARTER, LATE_LIMIT_US, LEFT_BEHIND, OBJECTIVES, PUNCTUAL
from sim.judge.measures import Statistic
from sim.toolkit.availability import DeviceState
from sim.units import SECOND_US

SMOOTH = "5m"  # headways and departures are rare: a minute holds too few of them
CV_LIMIT = limit_of(OBJECTIVES, HEADWAY.name, Statistic.CV, LAST_QUARTER)
LEFT_LIMIT = limit_of(OBJECTIVES, LEFT_BEHIND.name, Statistic.SHARE)
PUNCTUAL_LIMIT = limit_of(OBJECTIVES, PUNCTUAL.name, Statistic.SHARE)
EARLY_S, LATE_S = EARLY_LIMIT_US // SECOND_US, LATE_LIMIT_US // SECOND_US

# Each line's own CV first, then their mean: a frequent line and a rare one are both regular when each keeps its rhythm.
DEPARTED = f"\"stop_action\" = '{StopAction.DEPART.word}'"
TRIP_DEPARTED = f"\"progress\" = '{Progress.DEPARTED.word}'"
LINE_CV = 'stddev("headway_s") / mean("headway_s") AS "cv"'

SIGN_COLOURS = [fixed(DeviceState.ONLINE.word, GOOD), fixed(DeviceState.STALE.word, WARN), fixed(DeviceState.OFFLINE.word, BAD)]
