"""Panels of riders, signs and dispatchers: what people at stops get, and what the centre does about it.

Owns these questions of the board "Buses".
"""

from itertools import pairwise

from dashboards.boards.systems.buses.queries import SIGN_COLOURS, SMOOTH
from dashboards.grafana.influxql import events
from dashboards.grafana.panels import Line, Panel, lines, renamed, stacked, table
from dashboards.grafana.shared import EVERY, census
from devices.buses.kinds import DISPATCH, PASSENGER_COUNT, PUBLICATION, SIGN_PREDICTION
from devices.buses.signs.eta_judge import BUCKETS, EDGES_US
from devices.buses.system import DECLARED
from sim.units import SECOND_US

# From, below, and what the benchmark calls the minutes between: what is judged together is shown together.
HORIZONS_S = tuple(
    (int(low_us) // SECOND_US, int(high_us) // SECOND_US, f"{label} min")
    for (low_us, high_us), (label, _) in zip(pairwise(EDGES_US), BUCKETS, strict=True)
)


def riders() -> list[Panel]:
    """Return the panels of riders."""
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


def signs() -> list[Panel]:
    """Return the panels of signs and of news to the public."""
    sure = _by_horizon('mean("uncertainty_s") AS "mean"')
    shown = _by_horizon('count("horizon_s") AS "shown"')
    reached = Line(events(PUBLICATION, 'percentile("latency_s", 95) AS "delay"', by=("channel",), every=EVERY, fill="none"), "$tag_channel")
    return [
        lines(
            "Are signs online?",
            "Electronic stop signs by state.",
            Line(census(DECLARED, "sign"), "$tag_state"),
            width=6,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=SIGN_COLOURS,
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
            reached,
            width=6,
            unit="s",
            least=0,
        ),
    ]


def _by_horizon(fields: str) -> list[Line]:
    ranges = [(f'"horizon_s" >= {low} AND "horizon_s" < {high}', name) for low, high, name in HORIZONS_S]
    return [Line(events(SIGN_PREDICTION, fields, where, every=EVERY, fill="none"), name) for where, name in ranges]


def dispatchers() -> list[Panel]:
    """Return the panels of the control centre."""
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
