"""Panels of vehicles and lines: where they are, how even, how late.

Owns these questions of the board "Buses".
"""

from collections.abc import Sequence

from dashboards.boards.systems.buses.queries import CV_LIMIT, DEPARTED, EARLY_S, LATE_S, LINE_CV, SMOOTH, TRIP_DEPARTED
from dashboards.grafana.influxql import events, over
from dashboards.grafana.panels import BAD, CALM, GOOD, WARN, Json, Line, Panel, Picture, column, lines, markers, renamed, stacked, table
from dashboards.grafana.shared import EVERY, census
from devices.buses.kinds import HEADWAY_ALERT, STOP_EVENT, TRIP_STATE, VEHICLE_POSITION
from devices.buses.measures import IN_TIME
from devices.buses.system import DECLARED


def vehicles() -> list[Panel]:
    """Return the panels of vehicles and headways."""
    heard = events(VEHICLE_POSITION, 'last("seq") AS "heard"', by=("device",), every=EVERY, fill="none")
    lines_cv = events(STOP_EVENT, LINE_CV, DEPARTED, by=("route", "direction_id"), every=SMOOTH, fill="none")
    alerts = events(HEADWAY_ALERT, 'count("headway_s") AS "alerts"', by=("alert",), every=EVERY, fill="none")
    return [
        lines(
            "Where are the vehicles?",
            "Vehicles by state, and how many were heard in each minute: a gap below `in_service` is a sensor or network that is silent.",
            Line(census(DECLARED, "vehicle"), "$tag_state"),
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
        _delays(),
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


def _delays() -> Panel:
    delays = [
        Line(events(TRIP_STATE, f'{how} AS "delay"', TRIP_DEPARTED, every=SMOOTH, fill="none"), name)
        for how, name in (('percentile("delay_s", 10)', "10 %"), ('median("delay_s")', "median"), ('percentile("delay_s", 90)', "90 %"))
    ]
    return lines(
        "How late do trips leave?",
        f"Delay of departures from the terminal: 10th percentile, median and 90th percentile of 5 min. Limits: {IN_TIME}.",
        *delays,
        unit="s",
        base="transparent",
        limits=((EARLY_S, WARN), (LATE_S, BAD)),
        drawn=True,
    )


def places() -> list[Panel]:
    """Return the map and the table of lines."""
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
            options={"layers": [markers("Buses", "speed_m_s")]},
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
