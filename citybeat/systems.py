"""What a script needs to bring a system of its own: one import.

Owns nothing; every name is described where it is declared. `docs/engineers.md` shows them at work.
"""

from enum import auto

from devices.causes import ALIGHTING, BOARDING, BREAKDOWN, GAS_LEAK, POWER_CUT, ROAD_CLOSED, STORM
from sim.city.causes import Cause, Heard, Told
from sim.city.declared import Count, Declared
from sim.city.links import Link
from sim.city.site import Site, Steps
from sim.events.batches import LiveStatus, Span
from sim.events.kinds import ABSENT_INT, Choice, Kind, choice, flag, instant, integer, real, text
from sim.figures import Figure, Grade
from sim.judge.measures import Measure, Objective, Statistic
from sim.parameters import DurationUs, Factor, Parameters, RatePerS, Share, from_figure
from sim.system import Installation, System, Timing
from sim.toolkit.availability import Availability
from sim.toolkit.beats import Rhythm, beats
from sim.toolkit.desks import Desk, Outcome
from sim.toolkit.draws import Draws, Window, by_district, gamma_factor, lognormal, lognormal_mean
from sim.toolkit.reports import Columns, Reports, report
from sim.toolkit.table import Table
from sim.units import DAY_US, HOUR_US, MINUTE_US, MS_US, SECOND_US

__all__ = [
    "ABSENT_INT",
    "ALIGHTING",
    "BOARDING",
    "BREAKDOWN",
    "DAY_US",
    "GAS_LEAK",
    "HOUR_US",
    "MINUTE_US",
    "MS_US",
    "POWER_CUT",
    "ROAD_CLOSED",
    "SECOND_US",
    "STORM",
    "Availability",
    "Cause",
    "Choice",
    "Columns",
    "Count",
    "Declared",
    "Desk",
    "Draws",
    "DurationUs",
    "Factor",
    "Figure",
    "Grade",
    "Heard",
    "Installation",
    "Kind",
    "Link",
    "LiveStatus",
    "Measure",
    "Objective",
    "Outcome",
    "Parameters",
    "RatePerS",
    "Reports",
    "Rhythm",
    "Share",
    "Site",
    "Span",
    "Statistic",
    "Steps",
    "System",
    "Table",
    "Timing",
    "Told",
    "Window",
    "auto",
    "beats",
    "by_district",
    "choice",
    "flag",
    "from_figure",
    "gamma_factor",
    "instant",
    "integer",
    "lognormal",
    "lognormal_mean",
    "real",
    "report",
    "text",
]
