"""What a script needs to bring a system of its own: one import.

Owns nothing; every name is described where it is declared. `docs/engineers.md` shows them at work.
"""

from enum import auto

from pydantic import Field

from devices.causes import ALIGHTING, BOARDING, BREAKDOWN, GAS_LEAK, POWER_CUT, ROAD_CLOSED, STORM
from sim.city.causes import Cause, Heard, Told
from sim.city.day_drawing import Meal
from sim.city.day_figures import DAY_FIGURES
from sim.city.days import Day, Days
from sim.city.declared import Count, Declared
from sim.city.demand import METRO, Demand, HourProfile
from sim.city.incidents import Occurrence
from sim.city.links import Link, Links, Outage
from sim.city.network_figures import NETWORK_FIGURES
from sim.city.networks import AccessNetwork, Bearer, access_links
from sim.city.people_figures import PEOPLE_FIGURES
from sim.city.places import Places
from sim.city.residents import CommunityType, Occupation, Residents, UserGroup
from sim.city.site import Site, Steps
from sim.events.batches import LiveStatus, Span
from sim.events.kinds import ABSENT_INT, Choice, Kind, choice, flag, instant, integer, real, text
from sim.figures import Figure, Grade
from sim.judge.measures import Measure, Objective, Statistic
from sim.notes import Note
from sim.parameters import DurationUs, Factor, Parameters, RatePerS, Share, from_figure
from sim.system import Installation, System, Timing
from sim.toolkit.availability import Availability
from sim.toolkit.beats import Rhythm, beats
from sim.toolkit.desks import Desk, Outcome
from sim.toolkit.draws import Draws, Window, by_district, gamma_factor, lognormal, lognormal_mean
from sim.toolkit.reports import Columns, Reports, report
from sim.toolkit.table import Table
from sim.toolkit.teams import Team
from sim.units import DAY_US, HOUR_US, MINUTE_US, MS_US, NEVER_US, SECOND_US

__all__ = [
    "ABSENT_INT",
    "ALIGHTING",
    "BOARDING",
    "BREAKDOWN",
    "DAY_FIGURES",
    "DAY_US",
    "GAS_LEAK",
    "HOUR_US",
    "METRO",
    "MINUTE_US",
    "MS_US",
    "NETWORK_FIGURES",
    "NEVER_US",
    "PEOPLE_FIGURES",
    "POWER_CUT",
    "ROAD_CLOSED",
    "SECOND_US",
    "STORM",
    "AccessNetwork",
    "Availability",
    "Bearer",
    "Cause",
    "Choice",
    "Columns",
    "CommunityType",
    "Count",
    "Day",
    "Days",
    "Declared",
    "Demand",
    "Desk",
    "Draws",
    "DurationUs",
    "Factor",
    "Field",
    "Figure",
    "Grade",
    "Heard",
    "HourProfile",
    "Installation",
    "Kind",
    "Link",
    "Links",
    "LiveStatus",
    "Meal",
    "Measure",
    "Note",
    "Objective",
    "Occupation",
    "Occurrence",
    "Outage",
    "Outcome",
    "Parameters",
    "Places",
    "RatePerS",
    "Reports",
    "Residents",
    "Rhythm",
    "Share",
    "Site",
    "Span",
    "Statistic",
    "Steps",
    "System",
    "Table",
    "Team",
    "Timing",
    "Told",
    "UserGroup",
    "Window",
    "access_links",
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
