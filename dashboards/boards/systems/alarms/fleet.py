"""Panels of supervision: which devices are there, which are silent, and how soon it is known.

Owns these questions of the board "Alarms".
"""

from dashboards.boards.systems.alarms.queries import (
    BARS,
    DEVICE_COLOURS,
    HELD_UP_LIMIT,
    NEAR_ALL,
    NEWEST,
    NO_ALARM,
    PANEL_LIMIT_S,
    SEEN_LIMIT,
    SMOOTH,
    measured,
    share_of,
)
from dashboards.grafana.influxql import equal, events
from dashboards.grafana.panels import BAD, GOOD, Line, Panel, column, lines, renamed, stacked, table
from dashboards.grafana.shared import EVERY, census
from devices.alarms.choices import Availability, ContactId, Qualifier
from devices.alarms.reporting.measures import HELD_UP, PANEL_TO_CENTRE
from devices.alarms.supervision.kinds import DEVICE_STATE, HEARTBEAT
from devices.alarms.supervision.measures import RECONNECTED, SEEN
from devices.alarms.system import DECLARED

FOUND = f"({equal('code', ContactId.COMMUNICATION_TROUBLE.word)} OR {equal('code', ContactId.LOSS_OF_POLLING.word)})"
NO_TEST = f"\"code\" <> '{ContactId.PERIODIC_TEST.word}'"  # once a day of every panel, which says that all is well
LOST = f"{FOUND} AND {equal('qualifier', Qualifier.NEW.word)}"
ALL_ARE_HEARD = "No path was lost or came back in the time shown."


def fleet() -> list[Panel]:
    """Return the panels of supervision."""
    return [
        lines(
            "How is the fleet?",
            "Devices of the homes that are simulated, by what the receiver holds of them, without those online.",
            Line(census(DECLARED, "device"), "$tag_state"),
            width=8,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=[
                *DEVICE_COLOURS,
                column(Availability.ONLINE.word, custom__hideFrom={"viz": True, "legend": False, "tooltip": False}),
            ],
        ),
        lines(
            "Is every heartbeat there?",
            "Share of the heartbeats due in 5 min that came. The line is what a path must keep over 7 days.",
            Line(share_of(SEEN, "share", every=SMOOTH), "seen in the window"),
            width=8,
            unit="percentunit",
            most=1,
            custom={"axisSoftMin": NEAR_ALL},
            base="transparent",
            limits=((SEEN_LIMIT, GOOD),),
            drawn=True,
        ),
        lines(
            "How many heartbeats come in?",
            "Heartbeats stored a minute, by the time in which the loss of a path must be reported.",
            Line(
                events(HEARTBEAT, 'count("seq") AS "heartbeats"', by=("supervision_class",), every=EVERY, fill="none"),
                "$tag_supervision_class",
            ),
            width=8,
            least=0,
            custom=stacked(),
        ),
        *_paths(),
        *_ways(),
        _newest(),
    ]


def _paths() -> list[Panel]:
    """Return how soon a lost path is found, and what of devices is found besides."""
    silent = events(DEVICE_STATE, 'max("silent_s") AS "silent"', LOST, by=("supervision_class",), every=SMOOTH, fill="none")
    told = events(DEVICE_STATE, 'count("seq") AS "reports"', NO_TEST, by=("availability",), every=SMOOTH, fill="none")
    return [
        lines(
            "How soon is a lost path found?",
            "Silence before a path is reported as lost, longest of 5 min by class: it may not exceed the class's time.",
            Line(silent, "$tag_supervision_class"),
            width=6,
            unit="s",
            least=0,
            custom={"showPoints": "always", "scaleDistribution": {"type": "log", "log": 10}},
            quiet_is_good=True,
            nothing=ALL_ARE_HEARD,
        ),
        *_returns(),
        lines(
            "What is found of devices?",
            "Reports of devices and receivers in 5 min but for tests, by what the device is from then on.",
            Line(told, "$tag_availability"),
            width=6,
            least=0,
            decimals=0,
            custom=BARS,
            overrides=DEVICE_COLOURS,
            quiet_is_good=True,
            nothing=ALL_ARE_HEARD,
        ),
    ]


def _returns() -> list[Panel]:
    """Return which paths come back, and how long that takes."""
    back = events(HEARTBEAT, 'count("seq") AS "reconnects"', '"reconnect" = true', by=("link",), every=EVERY, fill="none")
    return [
        lines(
            "Who comes back?",
            "Heartbeats a minute that say that a path is back, by access network: after an outage they are a storm of their own.",
            Line(back, "$tag_link"),
            width=6,
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing=ALL_ARE_HEARD,
        ),
        lines(
            "How long does it take to come back?",
            "From the end of a trouble until the device is heard again: median and 95th percentile of each minute.",
            Line(measured(RECONNECTED, 'last("p50") AS "p50"', every=EVERY), "median"),
            Line(measured(RECONNECTED, 'last("p95") AS "p95"', every=EVERY), "95 %"),
            width=6,
            unit="s",
            least=0,
            quiet_is_good=True,
            nothing=ALL_ARE_HEARD,
        ),
    ]


def _ways() -> list[Panel]:
    """Return how alarms get through: their way to the centre, and what holds them up."""
    way = [Line(measured(PANEL_TO_CENTRE, f'last("{name}") AS "{name}"', every=EVERY), name) for name in ("p50", "p95", "max")]
    return [
        lines(
            "How soon is an alarm at the centre?",
            "From the device to the display, median, 95th percentile and longest of each minute. The line is what is promised of fires.",
            *way,
            unit="s",
            least=0,
            base="transparent",
            limits=((PANEL_LIMIT_S, BAD),),
            drawn=True,
            quiet_is_good=True,
            nothing=NO_ALARM,
        ),
        lines(
            "Is an alarm held up?",
            "Share of the alarms of 5 min that had to wait because no path of the device was up.",
            Line(share_of(HELD_UP, "share", every=SMOOTH), "held up"),
            unit="percentunit",
            least=0,
            base="transparent",
            limits=((HELD_UP_LIMIT, BAD),),
            drawn=True,
            quiet_is_good=True,
            nothing=NO_ALARM,
        ),
    ]


def _newest() -> Panel:
    columns = '"about", "device_class"::tag, "availability"::tag, "code", "qualifier", "path", "supervision_class"::tag, "silent_s"'
    names = {"Time": "time", "about": "device", "device_class": "class", "availability": "is now", "code": "code", "qualifier": "qualifier"}
    return table(
        "Which devices were reported last?",
        f"The newest {NEWEST} reports but for tests, with the codes of Contact ID: 350 and 356 are the receiver's own findings.",
        Line(events(DEVICE_STATE, columns, NO_TEST, tail=f" ORDER BY time DESC LIMIT {NEWEST}")),
        width=24,
        transformations=renamed(names | {"path": "path", "supervision_class": "must be reported within", "silent_s": "silent"}, ()),
        overrides=[column("silent", unit="s", decimals=0)],
        quiet_is_good=True,
        nothing=ALL_ARE_HEARD,
    )
