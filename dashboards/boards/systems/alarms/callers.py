"""Panels of calls and operators: is every caller answered in time, and if not, why.

Owns these questions of the board "Alarms".
"""

from dashboards.boards.systems.alarms.queries import (
    ALARM_CALL,
    ANSWERED,
    BARS,
    GIVEN_UP,
    LATE_LIMIT,
    LATE_S,
    LONGEST_LIMIT_S,
    NEAR_ALL,
    NEWEST,
    OFFERED,
    OPERATOR_COLOURS,
    SMOOTH,
    SOON_LIMIT,
    SOON_S,
    TYPE_COLOURS,
    measured,
    share_of,
    to_the_case,
)
from dashboards.grafana.influxql import equal, events
from dashboards.grafana.panels import BAD, CALM, GOOD, WARN, Line, Panel, column, fixed, lines, merged, renamed, stacked, table
from dashboards.grafana.shared import EVERY, census
from devices.alarms.centre.choices import CaseStep, Purpose
from devices.alarms.centre.kinds import CALL, CASE
from devices.alarms.centre.measures import ANSWERED_LATE, ANSWERED_SOON, LONGEST_WAIT
from devices.alarms.system import DECLARED

NO_CALL = "No call was answered in the time shown."
OUTCOME_COLOURS = [
    fixed(name, colour) for name, colour in (("offered", CALM), ("redialled", "purple"), ("answered", GOOD), ("abandoned", BAD))
]
HOW_LONG = (("median", 'median("wait_s")'), ("95 %", 'percentile("wait_s", 95)'), ("longest", 'max("wait_s")'))


def callers() -> list[Panel]:
    """Return the panels of waiting."""
    waits = [Line(events(CALL, f'{how} AS "wait"', ANSWERED, every=SMOOTH, fill="none"), name) for name, how in HOW_LONG]
    by_type = events(CALL, 'percentile("wait_s", 95) AS "wait"', ANSWERED, by=("alarm_type",), every=SMOOTH, fill="none")
    return [
        lines(
            "How many are answered in time?",
            f"Share of the calls offered that are answered within {SOON_S} s and {LATE_S} s, in 5 min, judged when the time is over; who "
            "gives up counts as not answered. Lines mark the promises.",
            Line(share_of(ANSWERED_SOON, "share", every=SMOOTH), f"within {SOON_S} s"),
            Line(share_of(ANSWERED_LATE, "share", every=SMOOTH), f"within {LATE_S} s"),
            width=8,
            unit="percentunit",
            most=1,
            custom={"axisSoftMin": NEAR_ALL},
            base="transparent",
            limits=((SOON_LIMIT, GOOD), (LATE_LIMIT, CALM)),
            drawn=True,
            nothing="No call is old enough to be judged.",
        ),
        lines(
            "How long do callers wait?",
            f"Wait of answered calls: median, 95th percentile and longest of 5 min. Lines mark {SOON_S} s and {LATE_S} s.",
            *waits,
            width=8,
            unit="s",
            least=0,
            base="transparent",
            limits=((SOON_S, WARN), (LATE_S, BAD)),
            drawn=True,
            nothing=NO_CALL,
        ),
        lines(
            "Who waits longest?",
            "95th percentile of the wait of answered calls in 5 min, by type: fire goes before persons and gas, these before burglary.",
            Line(by_type, "$tag_alarm_type"),
            width=8,
            unit="s",
            least=0,
            overrides=TYPE_COLOURS,
            nothing=NO_CALL,
        ),
        _by_type(),
    ]


def _by_type() -> Panel:
    """Return the table of answer times: InfluxQL has one condition a query, so that four tables are merged."""
    waits = 'count("wait_s") AS "answered", median("wait_s") AS "median", percentile("wait_s", 95) AS "p95", max("wait_s") AS "longest"'
    soon, late = (f'{ANSWERED} AND "wait_s" <= {limit_s}' for limit_s in (SOON_S, LATE_S))
    shares = {f"within {SOON_S} s": "soon", f"within {LATE_S} s": "late", "gave up": "abandoned"}
    names = {"alarm_type": "type", "offered": "offered", "answered": "answered", "median": "median", "p95": "95 %", "longest": "longest"}
    return table(
        "How soon is each type answered?",
        "Calls of the board's time range: of those offered the shares answered in time and given up, of those answered the wait. Who still "
        "waits is in none of these shares.",
        Line(events(CALL, 'count("seq") AS "offered"', OFFERED, by=("alarm_type",))),
        Line(events(CALL, waits, ANSWERED, by=("alarm_type",))),
        Line(events(CALL, 'count("wait_s") AS "soon"', soon, by=("alarm_type",))),
        Line(events(CALL, 'count("wait_s") AS "late"', late, by=("alarm_type",))),
        Line(events(CALL, 'count("wait_s") AS "abandoned"', GIVEN_UP, by=("alarm_type",))),
        width=24,
        height=6,
        transformations=[
            *merged(*((name, above, "offered") for name, above in shares.items())),
            *renamed(names | {name: name for name in shares}, ("Time", *shares.values())),
        ],
        overrides=[
            *(column(name, unit="s", decimals=0) for name in ("median", "95 %", "longest")),
            *(column(name, unit="percentunit", decimals=1, noValue="0 %") for name in shares),
        ],
    )


def operators() -> list[Panel]:
    """Return the panels of staff and queue."""
    return [*_staff(), *_traffic(), *_cases(), _newest()]


def _staff() -> list[Panel]:
    """Return who is at work, and who waits for them."""
    return [
        lines(
            "Who is at work?",
            "Operators by what they do, at the end of each minute. With nobody idle every further call waits.",
            Line(census(DECLARED, "operator"), "$tag_state"),
            width=8,
            least=0,
            decimals=0,
            custom=stacked(),
            overrides=OPERATOR_COLOURS,
        ),
        lines(
            "How long is the queue?",
            "Calls that wait for an operator and calls that an operator is in, at the end of each minute.",
            Line(census(DECLARED, "call"), "$tag_state"),
            width=8,
            least=0,
            decimals=0,
            overrides=[fixed("waiting", BAD), fixed("answered", CALM)],
        ),
        lines(
            "Since when does the first wait?",
            f"How long the call that has waited longest has waited, at the end of each minute. Lines: {SOON_S} s, and the most promised.",
            Line(measured(LONGEST_WAIT, 'max("max") AS "longest"', every=EVERY), "longest"),
            width=8,
            unit="s",
            least=0,
            base="transparent",
            limits=((SOON_S, WARN), (LONGEST_LIMIT_S, BAD)),
            drawn=True,
        ),
    ]


def _traffic() -> list[Panel]:
    """Return what calls come and go, and how long they take."""
    rates = events(CALL, 'count("seq") AS "calls"', ALARM_CALL, by=("outcome",), every=EVERY, fill="none")
    handled = events(CALL, 'mean("handling_s") AS "handling"', by=("purpose",), every=SMOOTH, fill="none")
    made = events(CALL, 'count("seq") AS "calls"', f"\"purpose\" <> '{Purpose.ALARM.word}'", by=("purpose",), every=SMOOTH, fill="none")
    return [
        lines(
            "How many call?",
            "Calls a minute: offered and redialled are answered, abandoned, or wait. Ended is the end of a talk.",
            Line(rates, "$tag_outcome"),
            width=8,
            least=0,
            decimals=0,
            overrides=OUTCOME_COLOURS,
            nothing="Nobody has called in the time shown.",
        ),
        lines(
            "How long does a call take?",
            "An operator's time for one call, mean of 5 min, by purpose. The longer it is, the fewer calls the same staff answers.",
            Line(handled, "$tag_purpose"),
            width=8,
            unit="s",
            least=0,
            nothing=NO_CALL,
        ),
        lines(
            "What does the centre call out for?",
            "Calls that the centre makes in 5 min: to verify, to call back, to keyholders, and care calls while operators are to spare.",
            Line(made, "$tag_purpose"),
            width=8,
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing="The centre has called nobody in the time shown.",
        ),
    ]


def _cases() -> list[Panel]:
    decided = [
        Line(events(CASE, f'{how} AS "decided"', equal("case_step", CaseStep.DECIDED.word), every=SMOOTH, fill="none"), name)
        for name, how in (("median", 'median("after_display_s")'), ("95 %", 'percentile("after_display_s", 95)'))
    ]
    closed = events(
        CASE, 'count("seq") AS "cases"', equal("case_step", CaseStep.CLOSED.word), by=("case_outcome",), every=SMOOTH, fill="none"
    )
    return [
        lines(
            "How soon is it decided?",
            "From the display at the centre to the operator's decision, with the wait: median and 95th percentile of 5 min.",
            *decided,
            unit="s",
            least=0,
            quiet_is_good=True,
            nothing="No case was decided in the time shown.",
        ),
        lines(
            "How do cases end?",
            "Cases closed in 5 min: cancelled by the user, talked over, attended by somebody, or never answered.",
            Line(closed, "$tag_case_outcome"),
            least=0,
            decimals=0,
            custom=BARS,
            quiet_is_good=True,
            nothing="No case was closed in the time shown.",
        ),
    ]


def _newest() -> Panel:
    columns = '"alarm_id", "alarm_type"::tag, "purpose"::tag, "outcome"::tag, "priority"::tag, "wait_s", "handling_s", "operator"'
    names = {"Time": "time", "alarm_id": "case", "alarm_type": "type", "purpose": "purpose", "outcome": "outcome", "priority": "priority"}
    return table(
        "Which calls came last?",
        f"The newest {NEWEST}. A click on a case shows its steps; cases of homes that are not simulated begin with the call.",
        Line(events(CALL, columns, tail=f" ORDER BY time DESC LIMIT {NEWEST}")),
        width=24,
        transformations=renamed(names | {"wait_s": "waited", "handling_s": "took", "operator": "operator"}, ()),
        overrides=[to_the_case(), column("waited", unit="s", decimals=1), column("took", unit="s", decimals=0)],
    )
