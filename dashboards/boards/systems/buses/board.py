"""The board "Buses", which asks whether riders are served, and if not, why.

Owns its order and its first row. The panels of each part stand in modules of their own.
"""

from dashboards.boards.systems.buses.lines import places, vehicles
from dashboards.boards.systems.buses.queries import (
    CV_LIMIT,
    DEPARTED,
    EARLY_S,
    LATE_S,
    LEFT_LIMIT,
    LINE_CV,
    PUNCTUAL_LIMIT,
    SIGN_COLOURS,
    TRIP_DEPARTED,
)
from dashboards.boards.systems.buses.service import dispatchers, riders, signs
from dashboards.grafana.board import Board, Row
from dashboards.grafana.influxql import events, over
from dashboards.grafana.panels import BAD, GOOD, WARN, Line, Panel, lines, ratio, stacked, tile
from dashboards.grafana.shared import EVERY, census, city_clock, newest_mark, verdicts
from devices.buses.kinds import KINDS, PASSENGER_COUNT, STOP_EVENT, SYSTEM, TRIP_STATE
from devices.buses.measures import IN_TIME
from devices.buses.system import DECLARED

LEFT_SHARE = 'sum("left_behind") / (sum("left_behind") + sum("boarded")) AS "left behind"'


def board() -> Board:
    """Return the board."""
    rows = (
        Row("Is it fine?", _tiles()),
        Row("Why? Vehicles and headways", vehicles()),
        Row("Why? Riders", riders()),
        Row("Why? Signs and predictions", signs()),
        Row("Why? The dispatchers", dispatchers()),
        Row("Where?", places()),
        Row("What was promised, and what comes in?", _promises()),
    )
    return Board("buses", "Buses", "Is the bus service fine, and if not, why? Lines, riders, signs and dispatchers of one run.", rows)


def _tiles() -> list[Panel]:
    headways = events(STOP_EVENT, LINE_CV, DEPARTED, by=("route", "direction_id"))
    return [
        city_clock(),
        newest_mark(),
        tile(
            "Are buses evenly spaced?",
            "Headway CV, mean over lines. 0 is perfect rhythm; the limit is what is promised of the last quarter of a line.",
            Line(over(headways, fields='mean("cv") AS "cv"'), "headway CV"),
            decimals=2,
            base=GOOD,
            limits=((CV_LIMIT * 0.8, WARN), (CV_LIMIT, BAD)),
        ),
        _punctual(),
        tile(
            "Is anybody left behind?",
            "Share of riders whom a full bus left at the stop, as the door counters saw it.",
            Line(events(PASSENGER_COUNT, LEFT_SHARE), "left behind"),
            unit="percentunit",
            decimals=2,
            base=GOOD,
            limits=((LEFT_LIMIT / 2, WARN), (LEFT_LIMIT, BAD)),
        ),
        tile(
            "Are the signs up?",
            "Electronic stop signs by state, now.",
            Line(census(DECLARED, "sign"), "$tag_state"),
            decimals=0,
            options={"graphMode": "none", "textMode": "value_and_name"},
            overrides=SIGN_COLOURS,
        ),
    ]


def _punctual() -> Panel:
    punctual = events(TRIP_STATE, 'count("delay_s") AS "on_time"', f'{TRIP_DEPARTED} AND "delay_s" >= {EARLY_S} AND "delay_s" <= {LATE_S}')
    departed = events(TRIP_STATE, 'count("delay_s") AS "departed"', TRIP_DEPARTED)
    return tile(
        "Do trips leave on time?",
        f"Share of departures from the terminal {IN_TIME}.",
        Line(punctual),
        unit="percentunit",
        decimals=1,
        base=BAD,
        limits=((PUNCTUAL_LIMIT, GOOD),),
        more=(Line(departed),),
        transformations=ratio("on_time", "departed"),
        flat=True,
    )


def _promises() -> list[Panel]:
    rates = [Line(events(kind, 'count("seq") AS "events"', every=EVERY, fill="none"), kind.name) for kind in KINDS if not kind.retain]
    return [
        verdicts(SYSTEM, width=14, height=11),
        lines("What comes in?", "Events stored a minute, by kind.", *rates, width=10, height=11, least=0, custom=stacked()),
    ]
