"""Panels of what homes say beside their alarms: how much gas there is, and what valves do.

Owns these questions of the board "Alarms". A family that says nothing in a run leaves its panels empty, which is good.
"""

from dashboards.boards.systems.alarms.queries import BARS, SMOOTH
from dashboards.grafana.influxql import events
from dashboards.grafana.panels import BAD, GOOD, WARN, Line, Panel, fixed, lines
from dashboards.grafana.shared import EVERY, limit_of
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.kinds import GAS_SAMPLE, VALVE_STATE
from devices.alarms.gas.measures import OBJECTIVES, VALVE_CLOSED
from sim.judge.measures import Statistic

VALVE_LIMIT_S = limit_of(OBJECTIVES, VALVE_CLOSED.name, Statistic.P95)
NO_GAS = "No gas detector has said anything in the time shown."
LEVEL_COLOURS = [fixed(each.word, colour) for each, colour in zip(GasLevel, (GOOD, WARN, BAD), strict=True)]
VALVE_COLOURS = [fixed(each.word, colour) for each, colour in zip(Valve, (GOOD, WARN, BAD), strict=True)]


def homes() -> list[Panel]:
    """Return the panels of gas."""
    most = events(GAS_SAMPLE, 'max("lel_percent") AS "most"', by=("gas_level",), every=EVERY, fill="none")
    valves = events(VALVE_STATE, 'count("seq") AS "valves"', by=("valve",), every=SMOOTH, fill="none")
    took = events(VALVE_STATE, 'max("closed_after_s") AS "longest"', every=SMOOTH, fill="none")
    return [
        lines(
            "How much gas is there?",
            "Highest concentration that a detector showed in each minute, in percent of the lower explosive limit, by its level.",
            Line(most, "$tag_gas_level"),
            width=8,
            unit="percent",
            least=0,
            overrides=LEVEL_COLOURS,
            quiet_is_good=True,
            nothing=NO_GAS,
        ),
        lines(
            "Do valves close?",
            "Valves in 5 min that closed, failed to, or were opened again.",
            Line(valves, "$tag_valve"),
            width=8,
            least=0,
            decimals=0,
            custom=BARS,
            overrides=VALVE_COLOURS,
            quiet_is_good=True,
            nothing="No valve was told to close in the time shown.",
        ),
        lines(
            "How fast do valves close?",
            "From the high alarm until the valve was closed, longest of 5 min. The line is what is promised of 95 %.",
            Line(took, "longest"),
            width=8,
            unit="s",
            least=0,
            base="transparent",
            limits=((VALVE_LIMIT_S, BAD),),
            drawn=True,
            quiet_is_good=True,
            nothing="No valve has closed in the time shown.",
        ),
    ]
