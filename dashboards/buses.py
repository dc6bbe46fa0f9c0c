"""The board "Buses", which asks whether riders are served, and if not, why.

Owns its questions. Names come from the kinds, limits from the objectives of the bus system.
"""

from collections.abc import Sequence

from dashboards.boards import Board, Row
from dashboards.influxql import events, ops, over
from dashboards.panels import BAD, CALM, GOOD, WARN, Json, Line, Panel, Picture, column, lines, ratio, renamed, stacked, table, tile
from dashboards.shared import city_clock, limit_of, newest_mark, verdicts
from devices.buses.kinds import (
    DISPATCH,
    HEADWAY_ALERT_KIND,
    KINDS,
    PASSENGER_COUNT,
    PUBLICATION,
    SIGN_PREDICTION,
    STOP_EVENT,
    SYSTEM,
    TRIP_STATE,
    VEHICLE_POSITION,
)
from devices.buses.measures import HEADWAY, LAST_QUARTER, LEFT_BEHIND, OBJECTIVES, PUNCTUAL
from sim.measures import Statistic

EVERY = "1m"
SMOOTH = "5m"  # headways and departures are rare: a minute holds too few of them
CV_LIMIT = limit_of(OBJECTIVES, HEADWAY.name, Statistic.CV, LAST_QUARTER)
LEFT_LIMIT = limit_of(OBJECTIVES, LEFT_BEHIND.name, Statistic.SHARE)
PUNCTUAL_LIMIT = limit_of(OBJECTIVES, PUNCTUAL.name, Statistic.SHARE)
EARLY_S, LATE_S = -60, 300  # punctual is 1 min early to 5 min late, as the measure says
HORIZONS_S = ((0, 180, "0-3 min"), (180, 360, "3-6 min"), (360, 600, "6-10 min"), (600, 900, "10-15 min"))

# Each line's own CV first, then their mean: a frequent line and a rare one are both regular when each keeps its rhythm.
DEPARTED = "\"stop_action\" = 'depart'"
LINE_CV = 'stddev("headway_s") / mean("headway_s") AS "cv"'
LEFT_SHARE = 'sum("left_behind") / (sum("left_behind") + sum("boarded")) AS "left behind"'


def board() -> Board:
    """Return the board."""
    rows = (
        Row("Is it fine?", _tiles()),
        Row("Why? Vehicles and headways", _vehicles()),
        Row("Why? Riders", _riders()),
        Row("Why? Signs and predictions", _signs()),
        Row("Why? The dispatchers", _dispatchers()),
        Row("Where?", _places()),
        Row("What was promised, and what comes in?", _promises()),
    )
    return Board("buses", "Buses", "Is the bus service fine, and if not, why? Lines, riders, signs and dispatchers of one run.", rows)


def _fixed(name: str, colour: str) -> Json:
    return column(name, color={"mode": "fixed", "fixedColor": colour})


STATES = [_fixed("online", GOOD), _fixed("stale", WARN), _fixed("offline", BAD)]


def _census(thing: str, where: str = "") -> str:
    """Return counts a minute by state, summed over districts."""
    conditions = " AND ".join(part for part in (f"\"system\" = '{SYSTEM}'", f'"thing" =~ /^{thing}$/', where) if part)
    inner = ops("census", 'last("count") AS "counted"', conditions, by=("state", "district"), every=EVERY, fill="none")
    return over(inner, fields='sum("counted") AS "counted"', by=("state",), every=EVERY, fill="none")


def _tiles() -> list[Panel]:
    headways = events(STOP_EVENT, LINE_CV, DEPARTED, by=("route", "direction_id"))
    punctual = events(
        TRIP_STATE, 'count("delay_s") AS "on_time"', f'"progress" = \'departed\' AND "delay_s" >= {EARLY_S} AND "delay_s" <= {LATE_S}'
    )
    departed = events(TRIP_STATE, 'count("delay_s") AS "departed"', "\"progress\" = 'departed'")
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
        tile(
            "Do trips leave on time?",
            "Share of departures from the terminal 1 min early to 5 min late.",
            Line(punctual),
            unit="percentunit",
            decimals=1,
            base=BAD,
            limits=((PUNCTUAL_LIMIT, GOOD),),
            more=(Line(departed),),
            transformations=ratio("on_time", "departed"),
            flat=True,
        ),
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
            Line(_census("signs?"), "$tag_state"),
            decimals=0,
            options={"graphMode": "none", "textMode": "value_and_name"},
            overrides=STATES,
        ),
    ]


def _vehicles() -> list[Panel]:
    heard = events(VEHICLE_POSITION, 'last("seq") AS "heard"', by=("device",), every=EVERY, fill="none")
    lines_cv = events(STOP_EVENT, LINE_CV, DEPARTED, by=("route", "direction_id"), every=SMOOTH, fill="none")
    alerts = events(HEADWAY_ALERT_KIND, 'count("headway_s") AS "alerts"', by=("alert",), every=EVERY, fill="none")
    delays = [
        Line(events(TRIP_STATE, f'{how} AS "delay"', "\"progress\" = 'departed'", every=SMOOTH, fill="none"), name)
        for how, name in (('percentile("delay_s", 10)', "10 %"), ('median("delay_s")', "median"), ('percentile("delay_s", 90)', "90 %"))
    ]
    return [
        lines(
            "Where are the vehicles?",
            "Vehicles by state, and how many were heard in each minute: a gap below `in_service` is a sensor or network that is silent.",
            Line(_census("vehicle"), "$tag_state"),
            Line(over(heard, fields='count("heard") AS "heard"', every=EVERY, fill="none"), "heard"),
            least=0,
            decimals=0,
            overrides=[column("heard", custom__lineStyle={"fill": "dash", "dash": [6, 4]}, color={"mode": "fixed", "fixedColor": CALM})],
        ),
        lines(
            "How even are headways?",
            "Headway CV over 5 min, mean and worst line. The limit is what is promised of the last quarter of a line.",
            Line(over(lines_cv, fields='mean("cv") AS "mean"', every=SMOOTH, fill="none"), "mean of lines"),
            Line(over(lines_cv, fields='max("cv") AS "worst"', every=SMOOTH, fill="none"), "worst line"),
            decimals=2,
            least=0,
            base="transparent",
            limits=((CV_LIMIT, BAD),),
            drawn=True,
        ),
        lines(
            "How late do trips leave?",
            "Delay of departures from the terminal: 10th percentile, median and 90th percentile of 5 min. Limits: 1 min early, 5 min late.",
            *delays,
            unit="s",
            base="transparent",
            limits=((EARLY_S, WARN), (LATE_S, BAD)),
            drawn=True,
        ),
        lines(
            "Where do buses bunch?",
            "Alerts of the centre a minute: bunches and gaps.",
            Line(alerts, "$tag_alert"),
            decimals=0,
            least=0,
            custom={"drawStyle": "bars", **stacked()},
            quiet_is_good=True,
        ),
    ]


def _riders() -> list[Panel]:
    return [
        lines(
            "How many ride?",
            "Boardings and alightings a minute, as the door counters saw them.",
            Line(events(PASSENGER_COUNT, 'sum("boarded") AS "boarded"', every=EVERY, fill="none"), "boarded"),
            Line(events(PASSENGER_COUNT, 'sum("alighted") AS "alighted"', every=EVERY, fill="none"), "alighted"),
            width=8,
            least=0,
        ),
        lines(
            "How full are the buses?",
            "Riders on board over places: all buses together, and the fullest.",
            Line(events(PASSENGER_COUNT, 'sum("on_board") / sum("capacity") AS "mean"', every=EVERY, fill="none"), "all buses"),
            Line(events(PASSENGER_COUNT, 'max("on_board") / max("capacity") AS "fullest"', every=EVERY, fill="none"), "the fullest"),
            width=8,
            unit="percentunit",
            least=0,
        ),
        lines(
            "When were riders left behind?",
            "Riders whom a full bus left at the stop, by minute.",
            Line(events(PASSENGER_COUNT, 'sum("left_behind") AS "left behind"', every=EVERY, fill="none"), "left behind"),
            width=8,
            decimals=0,
            least=0,
            custom={"drawStyle": "bars", "fillOpacity": 60},
        ),
    ]


def _signs() -> list[Panel]:
    sure = [
        Line(
            events(
                SIGN_PREDICTION,
                'mean("uncertainty_s") AS "mean"',
                f'"horizon_s" >= {low} AND "horizon_s" < {high}',
                every=EVERY,
                fill="none",
            ),
            name,
        )
        for low, high, name in HORIZONS_S
    ]
    shown = [
        Line(
            events(
                SIGN_PREDICTION, 'count("horizon_s") AS "shown"', f'"horizon_s" >= {low} AND "horizon_s" < {high}', every=EVERY, fill="none"
            ),
            name,
        )
        for low, high, name in HORIZONS_S
    ]
    reached = [
        Line(events(PUBLICATION, 'percentile("delay_s", 95) AS "delay"', by=("channel",), every=EVERY, fill="none"), "$tag_channel"),
    ]
    return [
        lines(
            "Are signs online?",
            "Electronic stop signs by state.",
            Line(_census("signs?"), "$tag_state"),
            width=6,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=STATES,
        ),
        lines("What do signs show?", "Predictions a minute by their horizon.", *shown, width=6, least=0, custom=stacked()),
        lines(
            "How sure are they?",
            "Half-width of the 80 % interval that comes with a prediction, by horizon.",
            *sure,
            width=6,
            unit="s",
            least=0,
        ),
        lines(
            "How late is the news?",
            "From the centre's knowledge to the public, 95th percentile by channel.",
            *reached,
            width=6,
            unit="s",
            least=0,
        ),
    ]


def _dispatchers() -> list[Panel]:
    given = events(DISPATCH, 'count("waited_s") AS "given"', by=("instruction",), every=EVERY, fill="none")
    waited = [
        Line(events(DISPATCH, f'{how} AS "waited"', every=SMOOTH, fill="none"), name)
        for how, name in (('mean("waited_s")', "mean"), ('max("waited_s")', "longest"))
    ]
    newest = events(DISPATCH, '"route"::tag, "instruction"::tag, "reason", "stop", "waited_s"', tail=" ORDER BY time DESC LIMIT 30")
    return [
        lines(
            "What do dispatchers order?",
            "Instructions to drivers a minute.",
            Line(given, "$tag_instruction"),
            width=8,
            decimals=0,
            least=0,
            custom={"drawStyle": "bars", **stacked()},
            quiet_is_good=True,
        ),
        lines(
            "How long do alerts wait?",
            "From the alert to the instruction in the dispatcher's queue, mean and longest of 5 min.",
            *waited,
            width=8,
            unit="s",
            least=0,
            quiet_is_good=True,
        ),
        table(
            "Which orders were given?",
            "The newest instructions.",
            Line(newest),
            width=8,
            transformations=renamed(
                {"Time": "time", "route": "line", "instruction": "order", "reason": "reason", "stop": "stop"}, ("waited_s",)
            ),
            quiet_is_good=True,
        ),
    ]


def _places() -> list[Panel]:
    last = 'last("latitude") AS "latitude", last("longitude") AS "longitude", last("speed_m_s") AS "speed_m_s"'
    return [
        Panel(
            "Where are the buses?",
            "Last position of every bus in the board's time range. The map behind them needs a network; the buses do not.",
            Picture.MAP,
            (Line(events(VEHICLE_POSITION, last, by=("route", "device"))),),
            height=12,
            unit="velocityms",
            base=BAD,
            limits=((2, WARN), (4, GOOD)),
            options={"layers": [_markers()]},
        ),
        table(
            "How is each line?",
            "Every line and direction over the board's time range: mean headway and its CV. The worst stand first.",
            Line(
                events(
                    STOP_EVENT,
                    f'count("headway_s") AS "departures", mean("headway_s") AS "headway", {LINE_CV}',
                    DEPARTED,
                    by=("route", "direction_id"),
                )
            ),
            height=12,
            transformations=[
                *renamed(
                    {"route": "line", "direction_id": "direction", "departures": "departures", "headway": "headway", "cv": "headway CV"}
                ),
                {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": "headway CV", "desc": True}]}},
            ],
            overrides=[
                column("headway", unit="s", decimals=0),
                column("headway CV", decimals=2, thresholds=_steps(), custom__displayMode="color-text"),
            ],
        ),
    ]


def _steps() -> Json:
    steps: Sequence[Json] = (
        {"color": GOOD, "value": None},
        {"color": WARN, "value": CV_LIMIT * 0.8},
        {"color": BAD, "value": CV_LIMIT},
    )
    return {"mode": "absolute", "steps": steps}


def _markers() -> Json:
    style = {"color": {"field": "speed_m_s", "fixed": "blue"}, "size": {"fixed": 6, "min": 2, "max": 15}, "opacity": 0.8}
    place = {"mode": "coords", "latitude": "latitude", "longitude": "longitude"}
    return {"type": "markers", "name": "Buses", "location": place, "tooltip": True, "config": {"style": style, "showLegend": False}}


def _promises() -> list[Panel]:
    rates = [Line(events(kind, 'count("seq") AS "events"', every=EVERY, fill="none"), kind.name) for kind in KINDS if not kind.retain]
    return [
        verdicts(SYSTEM, width=14, height=11),
        lines("What comes in?", "Events stored a minute, by kind.", *rates, width=10, height=11, least=0, custom=stacked()),
    ]
