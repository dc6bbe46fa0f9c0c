"""Panels of help: who is out, how long until somebody is there, and what is found.

Owns these questions of the board "Alarms".
"""

from dashboards.boards.systems.alarms.queries import AMBULANCE_LIMIT_S, ARRIVED, BARS, REQUESTED, SMOOTH
from dashboards.grafana.influxql import Select, equal, events
from dashboards.grafana.panels import BAD, Line, Panel, column, lines, merged, renamed, stacked, table
from dashboards.grafana.shared import census
from devices.alarms.centre.choices import Finding, Refusal
from devices.alarms.centre.kinds import RESPONSE
from devices.alarms.system import DECLARED

NOBODY = "Nobody was sent in the time shown."


def responders() -> list[Panel]:
    """Return the panels of help."""
    return [*_under_way(), *_attendance(), _services()]


def _under_way() -> list[Panel]:
    steps = events(RESPONSE, 'count("seq") AS "responses"', by=("response_step",), every=SMOOTH, fill="none")
    return [
        lines(
            "Who is out?",
            "Units that are out, by service, from the moment they set out until they are back: in the districts of the run.",
            Line(census(DECLARED, "responder"), "$tag_state"),
            width=6,
            least=0,
            decimals=0,
            custom=stacked(),
        ),
        lines(
            "How far has help come?",
            "Steps in 5 min: requested by the centre, accepted, arrived, closed. Requests that are not accepted wait for a unit.",
            Line(steps, "$tag_response_step"),
            width=6,
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing=NOBODY,
        ),
    ]


def _attendance() -> list[Panel]:
    """Return how long help takes, and whom the police do not help."""
    there = events(RESPONSE, 'mean("after_request_s") AS "attendance"', ARRIVED, by=("service",), every=SMOOTH, fill="none")
    return [
        lines(
            "How long until help is there?",
            "From the request to the arrival, mean of 5 min by service. The line is the mean promised of ambulances.",
            Line(there, "$tag_service"),
            width=6,
            unit="s",
            least=0,
            base="transparent",
            limits=((AMBULANCE_LIMIT_S, BAD),),
            drawn=True,
            quiet_is_good=True,
            nothing="Nobody has arrived in the time shown.",
        ),
        lines(
            "Why do the police not come?",
            "Burglar alarms in 5 min to which the police do not come: not confirmed, or too many false calls of the home before.",
            *(Line(_refused(each), each.word) for each in Refusal),
            width=6,
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing="The police refused nothing in the time shown.",
        ),
    ]


def _refused(refusal: Refusal) -> Select:
    return events(RESPONSE, f'count("refusal") AS "{refusal.word}"', equal("refusal", refusal.word), every=SMOOTH, fill="none")


def _services() -> Panel:
    attendance = 'count("seq") AS "arrived", mean("after_request_s") AS "mean", percentile("after_request_s", 95) AS "p95", '
    attendance += 'max("after_request_s") AS "longest"'
    names = {"service": "service", "requested": "requested", "arrived": "arrived", "mean": "mean", "p95": "95 %", "longest": "longest"}
    return table(
        "How does each service do?",
        "Responses of the board's time range: how many were requested and arrived, how long that took, and the share that found nothing.",
        Line(events(RESPONSE, 'count("seq") AS "requested"', REQUESTED, by=("service",))),
        Line(events(RESPONSE, attendance, ARRIVED, by=("service",))),
        Line(events(RESPONSE, 'count("finding") AS "closed"', by=("service",))),
        Line(events(RESPONSE, 'count("finding") AS "in_vain"', equal("finding", Finding.FALSE_ALARM.word), by=("service",))),
        width=24,
        height=7,
        transformations=[
            *merged(("found nothing", "in_vain", "closed")),
            *renamed(names | {"closed": "closed", "found nothing": "found nothing"}, ("Time", "in_vain")),
        ],
        overrides=[
            *(column(name, unit="s", decimals=0) for name in ("mean", "95 %", "longest")),
            *(column(name, noValue="0") for name in ("requested", "arrived", "closed")),
            column("found nothing", unit="percentunit", decimals=1),
        ],
        quiet_is_good=True,
        nothing=NOBODY,
    )
