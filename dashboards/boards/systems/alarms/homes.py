"""Panels of what homes say beside their alarms: who is armed, what detectors sound for, what valves do, where nothing stirs.

Owns these questions of the board "Alarms". A family that says nothing in a run leaves its panels empty, which is good.
"""

from dashboards.boards.systems.alarms.queries import BARS, SMOOTH
from dashboards.grafana.influxql import events
from dashboards.grafana.panels import BAD, CALM, GOOD, WARN, Line, Panel, fixed, lines, stacked
from dashboards.grafana.shared import EVERY, census, limit_of
from devices.alarms.burglar.arming import HOMES as ARMED_HOMES
from devices.alarms.burglar.choices import Arming
from devices.alarms.burglar.kinds import PANEL_STATE
from devices.alarms.gas.choices import GasLevel, Valve
from devices.alarms.gas.kinds import GAS_SAMPLE, VALVE_STATE
from devices.alarms.gas.measures import OBJECTIVES, VALVE_CLOSED
from devices.alarms.personal.kinds import INACTIVITY, TEST_CALL
from devices.alarms.smoke.kinds import DETECTOR_EVENT
from devices.alarms.system import DECLARED
from sim.judge.measures import Statistic

VALVE_LIMIT_S = limit_of(OBJECTIVES, VALVE_CLOSED.name, Statistic.P95)
NO_GAS = "No gas detector has said anything in the time shown."
ARMING_COLOURS = [fixed(each.word, colour) for each, colour in zip(Arming, ("#8a8f99", "yellow", GOOD, CALM, WARN), strict=True)]
LEVEL_COLOURS = [fixed(each.word, colour) for each, colour in zip(GasLevel, (GOOD, WARN, BAD), strict=True)]
VALVE_COLOURS = [fixed(each.word, colour) for each, colour in zip(Valve, (GOOD, WARN, BAD), strict=True)]


def homes() -> list[Panel]:
    """Return the panels of homes, family by family."""
    return [*_panels(), *_smoke(), *_gas(), *_hubs()]


def _panels() -> list[Panel]:
    changes = events(PANEL_STATE, 'count("seq") AS "changes"', by=("arming",), every=SMOOTH, fill="none")
    return [
        lines(
            "How are homes armed?",
            "Homes with a panel by how far it is armed, at the end of each minute.",
            Line(census(DECLARED, ARMED_HOMES), "$tag_state"),
            width=8,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=ARMING_COLOURS,
            quiet_is_good=True,
            nothing="No home that is simulated has a panel.",
        ),
        lines(
            "Who arms and disarms?",
            "What panels say in 5 min, by how far they are armed from then on: people leave in the morning and come in the evening.",
            Line(changes, "$tag_arming"),
            width=8,
            least=0,
            decimals=0,
            custom=BARS,
            overrides=ARMING_COLOURS,
            quiet_is_good=True,
            nothing="No panel was armed or disarmed in the time shown.",
        ),
    ]


def _smoke() -> list[Panel]:
    said = events(DETECTOR_EVENT, 'count("seq") AS "events"', by=("detector_step",), every=SMOOTH, fill="none")
    return [
        lines(
            "What do smoke detectors sound for?",
            "What they do in 5 min without a case: they sound before they report, are hushed in time, or are tested.",
            Line(said, "$tag_detector_step"),
            width=8,
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing="No smoke detector has sounded in the time shown.",
        ),
    ]


def _gas() -> list[Panel]:
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


def _hubs() -> list[Panel]:
    """Return the panels of those who may not be able to call."""
    rules = events(INACTIVITY, 'count("seq") AS "broken"', by=("rule",), every=SMOOTH, fill="none")
    late = events(TEST_CALL, 'max("late_s") AS "longest"', every=SMOOTH, fill="none")
    return [
        lines(
            "Where does nothing stir?",
            "Rules of inactivity broken in 5 min, by rule: too little water, no door opened, no motion. Somebody goes and asks.",
            Line(rules, "$tag_rule"),
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing="No rule of inactivity was broken in the time shown.",
        ),
        lines(
            "Can every hub be heard?",
            "How late the monthly test calls of hubs came because no path was up, longest of 5 min.",
            Line(late, "longest"),
            unit="s",
            least=0,
            quiet_is_good=True,
            nothing="No hub has tested its way in the time shown.",
        ),
    ]
