"""Panels of alarms: what is open, what is raised, and where.

Owns these questions of the board "Alarms". What is real behind an alarm is on the tape only: nobody at a centre knows it.
"""

from dashboards.boards.systems.alarms.queries import BARS, NEWEST, NO_ALARM, RAISED, SMOOTH, TYPE_COLOURS, counted, to_the_case
from dashboards.grafana.influxql import equal, events, over
from dashboards.grafana.panels import (
    BAD,
    CALM,
    GOOD,
    WARN,
    Json,
    Line,
    Panel,
    Picture,
    column,
    fixed,
    lines,
    markers,
    merged,
    ordered,
    renamed,
    stacked,
    table,
)
from dashboards.grafana.shared import census
from devices.alarms.choices import AlarmState, AlarmType, Availability
from devices.alarms.reporting.kinds import ALARM
from devices.alarms.reporting.register import OPEN
from devices.alarms.system import DECLARED

MOST_PLACES = 1_000
STATE_COLOURS = [fixed(each.word, colour) for each, colour in zip(AlarmState, (WARN, BAD, CALM, GOOD), strict=True)]


def alarms() -> list[Panel]:
    """Return the panels of alarms over time and the newest of them."""
    raised = events(ALARM, 'count("seq") AS "raised"', RAISED, by=("alarm_type",), every=SMOOTH, fill="none")
    states = events(ALARM, 'count("seq") AS "alarms"', by=("alarm_state",), every=SMOOTH, fill="none")
    return [
        lines(
            "How many alarms are open?",
            "Alarms of the homes that are simulated, by type, until they are restored.",
            Line(census(DECLARED, OPEN), "$tag_state"),
            width=8,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=TYPE_COLOURS,
        ),
        lines(
            "What is raised?",
            "Alarms raised in 5 min, by type.",
            Line(raised, "$tag_alarm_type"),
            width=8,
            least=0,
            decimals=0,
            custom=BARS,
            overrides=TYPE_COLOURS,
            quiet_is_good=True,
            nothing=NO_ALARM,
        ),
        lines(
            "What becomes of them?",
            "Alarms in 5 min that were raised, confirmed by a second activation, cancelled by the user, and restored.",
            Line(states, "$tag_alarm_state"),
            width=8,
            least=0,
            decimals=0,
            overrides=STATE_COLOURS,
            quiet_is_good=True,
            nothing=NO_ALARM,
        ),
        _newest(),
    ]


def _newest() -> Panel:
    tags = ("alarm_type", "alarm_state", "severity", "district", "community", "user_group")
    columns = ", ".join(('"alarm_id"', *(f'"{name}"::tag' for name in tags), '"code"', '"qualifier"', '"zone"', '"home"'))
    names = {"Time": "time", "alarm_id": "case", "alarm_type": "type", "alarm_state": "state", "severity": "severity", "code": "code"}
    names |= {"qualifier": "qualifier", "zone": "zone", "home": "home", "district": "district", "community": "community"}
    return table(
        "Which alarms came last?",
        f"The newest {NEWEST} rows, with the codes of Contact ID. A click on a case shows all of its steps.",
        Line(events(ALARM, columns, tail=f" ORDER BY time DESC LIMIT {NEWEST}")),
        width=24,
        height=10,
        transformations=renamed(names | {"user_group": "user group"}, ()),
        overrides=[to_the_case(), column("type", **_by_colour(AlarmType.words(), ("purple", BAD, WARN, CALM)))],
        quiet_is_good=True,
        nothing=NO_ALARM,
    )


def places() -> list[Panel]:
    """Return the map and the table of districts."""
    columns = '"latitude", "longitude", "alarm_type"::tag, "severity"::tag, "home", "alarm_id"'
    newest = events(ALARM, columns, RAISED, tail=f" ORDER BY time DESC LIMIT {MOST_PLACES}")
    return [
        Panel(
            "Where was it raised?",
            f"Homes that raised an alarm in the board's time range, by type: the newest {MOST_PLACES:,}. The map behind them needs a "
            "network; the homes do not.",
            Picture.MAP,
            (Line(newest),),
            height=12,
            options={"layers": [markers("Alarms", "alarm_type")]},
            overrides=[column("alarm_type", **_by_colour(AlarmType.words(), ("purple", BAD, WARN, CALM)))],
            quiet_is_good=True,
            nothing=NO_ALARM,
        ),
        _districts(),
    ]


def _districts() -> Panel:
    states = (AlarmState.RAISED, AlarmState.CONFIRMED, AlarmState.CANCELLED)
    told = [Line(events(ALARM, f'count("seq") AS "{each.word}"', equal("alarm_state", each.word), by=("district",))) for each in states]
    now = [
        Line(over(counted(thing, state, every=""), fields=f'sum("counted") AS "{name}"', by=("district",)))
        for thing, state, name in ((OPEN, "", "open"), ("device", Availability.OFFLINE.word, "offline"))
    ]
    names = ("district", "open", *(each.word for each in states), "offline")
    return table(
        "How is each district?",
        "Alarms open now, what became of those of the board's time range, and devices offline now. The most alarms stand first.",
        *now,
        *told,
        height=12,
        unit="none",
        decimals=0,
        transformations=[*merged(), *renamed({name: name for name in names}), ordered("raised", falling=True)],
        overrides=[column(each.word, noValue="0") for each in states],
    )


def _by_colour(words: tuple[str, ...], colours: tuple[str, ...]) -> Json:
    """Return the properties that colour a word by what it says."""
    options = {word: {"color": colour, "index": place} for place, (word, colour) in enumerate(zip(words, colours, strict=True))}
    return {"mappings": [{"type": "value", "options": options}], "custom__displayMode": "color-text"}
