"""The board "Alarms", which asks whether every caller is answered, and if not, why.

Owns its order, its first row and its last. The panels of each part stand in modules of their own.
"""

from dashboards.boards.systems.alarms.callers import callers, operators
from dashboards.boards.systems.alarms.case import case, case_choice
from dashboards.boards.systems.alarms.fleet import fleet
from dashboards.boards.systems.alarms.homes import homes
from dashboards.boards.systems.alarms.open_alarms import alarms, places
from dashboards.boards.systems.alarms.queries import (
    ABANDONED_LIMIT,
    FORWARD_LIMIT_S,
    LATE_LIMIT,
    LATE_S,
    NAME,
    OPERATOR_COLOURS,
    SEEN_LIMIT,
    SOON_LIMIT,
    SOON_S,
    TYPE_COLOURS,
    counted,
    measured,
    share_of,
)
from dashboards.boards.systems.alarms.responders import responders
from dashboards.grafana.board import Board, Row
from dashboards.grafana.influxql import events, over
from dashboards.grafana.panels import BAD, GOOD, PLAIN, WARN, Line, Panel, lines, ratio, stacked, tile
from dashboards.grafana.shared import EVERY, census, city_clock, latency, newest_mark, verdicts
from devices.alarms.centre.measures import ABANDONED, ANSWERED_LATE, ANSWERED_SOON, FALSE_DISPATCH, FORWARD
from devices.alarms.choices import Availability
from devices.alarms.reporting.register import OPEN
from devices.alarms.supervision.measures import SEEN
from devices.alarms.system import DECLARED
from sim.judge.measures import Measure


def board() -> Board:
    """Return the board."""
    rows = (
        Row("Is it fine?", [*_answered(), *_beyond()]),
        Row("Is every caller answered?", callers()),
        Row("What is open?", alarms()),
        Row("Why not? Operators and the queue", operators()),
        Row("Where?", places()),
        Row("Who is out?", responders()),
        Row("Is the fleet supervised?", fleet()),
        Row("What do homes say beside their alarms?", homes()),
        Row("What happened in one case?", case()),
        Row("What was promised, and what comes in?", _promises()),
    )
    doc = "Is every caller answered, and if not, why? Calls, alarms, operators, help and devices of one run, and each step of a case."
    return Board(NAME, "Alarms", doc, rows, (case_choice(),))


def _answered() -> list[Panel]:
    """Return the tiles of callers: the first line."""
    return [
        city_clock(),
        newest_mark(),
        _share("Are callers answered soon?", f"Share of calls offered that are answered within {SOON_S} s", ANSWERED_SOON, SOON_LIMIT),
        _share("Is nobody answered late?", f"Share of calls offered that are answered within {LATE_S} s", ANSWERED_LATE, LATE_LIMIT),
        tile(
            "Who waits now?",
            "Calls that wait for an operator, at the end of the last city minute.",
            Line(over(counted("call", "waiting"), fields='sum("counted") AS "waiting"', every=EVERY, fill="none"), "waiting"),
            decimals=0,
            base=GOOD,
            limits=((1, WARN),),
        ),
        tile(
            "Does anybody give up?",
            "Share of calls whose caller hung up before somebody answered, over the board's time range.",
            Line(share_of(ABANDONED, "share"), "gave up"),
            unit="percentunit",
            decimals=1,
            base=GOOD,
            limits=((ABANDONED_LIMIT / 2, WARN), (ABANDONED_LIMIT, BAD)),
            nothing="no call yet",
        ),
    ]


def _beyond() -> list[Panel]:
    """Return the tiles of what stands behind the callers: the second line."""
    names = {"graphMode": "none", "textMode": "value_and_name"}
    return [
        tile(
            "Is anything open?",
            "Alarms of the homes that are simulated that are not restored, by type, now.",
            Line(census(DECLARED, OPEN), "$tag_state"),
            decimals=0,
            options=names,
            overrides=TYPE_COLOURS,
        ),
        tile(
            "Is an operator free?",
            "Operators by what they do, now.",
            Line(census(DECLARED, "operator"), "$tag_state"),
            decimals=0,
            options=names,
            overrides=OPERATOR_COLOURS,
        ),
        tile(
            "Do fires reach 119 at once?",
            f"Longest time from a confirmed fire to its display at 119. {FORWARD_LIMIT_S:g} s are promised of 99 %.",
            Line(measured(FORWARD, 'max("max") AS "longest"'), "longest"),
            unit="s",
            decimals=1,
            base=GOOD,
            limits=((FORWARD_LIMIT_S, BAD),),
            quiet_is_good=True,
            nothing="no confirmed fire",
        ),
        tile(
            "Is help sent in vain?",
            "Share of the services that arrived and found nothing, over the board's time range. Most alarms are false: it has no limit.",
            Line(share_of(FALSE_DISPATCH, "share"), "found nothing"),
            unit="percentunit",
            decimals=1,
            base=PLAIN,
            quiet_is_good=True,
            nothing="nobody was sent",
        ),
        _share("Are devices heard?", "Share of the heartbeats due that came", SEEN, SEEN_LIMIT),
        _offline(),
    ]


def _share(title: str, doc: str, measure: Measure, least: float) -> Panel:
    """Return the tile of a share that is promised."""
    return tile(
        title,
        f"{doc}, over the board's time range. Green while it keeps the promise of {least * 100:g} %.",
        Line(share_of(measure, "share"), "share"),
        unit="percentunit",
        decimals=1,
        base=BAD,
        limits=((least, GOOD),),
        nothing="not judged yet",
    )


def _offline() -> Panel:
    offline = over(counted("device", Availability.OFFLINE.word), fields='sum("counted") AS "offline"', every=EVERY, fill="none")
    devices = over(counted("device"), fields='sum("counted") AS "devices"', every=EVERY, fill="none")
    return tile(
        "Are devices silent?",
        "Share of the devices that the receiver holds for offline: heard on none of their paths.",
        Line(offline),
        unit="percentunit",
        decimals=2,
        base=GOOD,
        limits=(((1 - SEEN_LIMIT) / 5, WARN), (1 - SEEN_LIMIT, BAD)),
        options={"graphMode": "none"},
        more=(Line(devices),),
        transformations=ratio("offline", "devices"),
        flat=True,
    )


def _promises() -> list[Panel]:
    rates = [
        Line(events(kind, 'count("seq") AS "events"', every=EVERY, fill="none"), kind.name) for kind in DECLARED.kinds if not kind.label
    ]
    return [
        verdicts(NAME, width=24, height=11),
        lines("What comes in?", "Events stored a minute, by kind.", *rates, least=0, custom=stacked()),
        latency(),
    ]
