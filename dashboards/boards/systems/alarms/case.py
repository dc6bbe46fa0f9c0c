"""The view of one case: every step of it, of whatever kind, in the order of time.

Owns how kinds of event become steps. Which case is asked about is chosen at the top of the board.
"""

from dashboards.boards.systems.alarms.queries import CASE_ID, RAISED
from dashboards.cases.steps import WORDS
from dashboards.grafana.influxql import Select, events
from dashboards.grafana.panels import Json, Line, Panel, column, merged, ordered, renamed, table
from dashboards.grafana.variables import Variable
from devices.alarms.fields import HOME
from devices.alarms.reporting.kinds import ALARM
from devices.alarms.system import DECLARED
from sim.events.kinds import Kind

MOST_CASES, MOST_STEPS = 500, 200

COMMON = {"alarm_type", "device_class", "community", "user_group"}  # tags that say what a step is about, not which one it is

# The columns of all kinds are those of one table.
SPANS = {
    "wait_s": "waited",
    "handling_s": "talked",
    "after_request_s": "since the request",
    "after_display_s": "since the display",
    "closed_after_s": "closed after",
}
BESIDE = SPANS | {
    "alarm_type": "type",
    "finding": "found",
    "refusal": "refused as",
    "operator": "operator",
    "code": "code",
    "zone": "zone",
    "home": "home",
}


# Why a panel is empty would stand in every cell that has no value.
BLANK: Json = {"matcher": {"id": "byRegexp", "options": "/.*/"}, "properties": [{"id": "noValue", "value": " "}]}


def case_choice() -> Variable:
    """Return the choice of a case: the newest alarms of the homes that are simulated."""
    return Variable(CASE_ID, "Case", events(ALARM, f'"{CASE_ID}"', RAISED, tail=f" ORDER BY time DESC LIMIT {MOST_CASES}"))


def case_kinds() -> list[Kind]:
    """Return the kinds whose events are steps of a case."""
    return [kind for kind in DECLARED.kinds if not kind.label and CASE_ID in {field.name for field in kind.wire_fields}]


def case() -> list[Panel]:
    """Return the table of a case."""
    return [
        table(
            "What happened in this case?",
            "Every step of the case that is chosen at the top, from the alarm to its end: which step, of whom, how long a caller waited, "
            "how long an operator talked, and how long after the request help accepted, arrived and left.",
            *(Line(_steps(kind)) for kind in case_kinds()),
            width=24,
            height=14,
            transformations=[
                *merged(),
                *renamed({"Time": "time", "step": "step", "about": "of"} | BESIDE, ("seq",)),
                ordered("time"),
            ],
            overrides=[
                BLANK,
                column("time", custom__width=180, unit="time:HH:mm:ss.SSS"),
                *(column(name, unit="s", decimals=1) for name in SPANS.values()),
            ],
            quiet_is_good=True,
            nothing="No case is chosen at the top, or it has no step in the time shown. A click on a case in the tables above chooses it.",
        )
    ]


def _steps(kind: Kind) -> Select:
    step, about = WORDS.get(kind.name) or _words(kind)
    beside = [field.name for field in kind.wire_fields if field.name in BESIDE.keys() - {about}]
    spelled = {name: f'"{name}"::tag' if name in {tag.name for tag in kind.tags} else f'"{name}"' for name in (step, about, *beside)}
    renamed_first = (f'{spelled[step]} AS "step"', f'{spelled[about]} AS "about"')
    columns = (*renamed_first, *(spelled[name] for name in beside), '"seq"')  # InfluxQL answers no row that has tags alone
    return events(kind, ", ".join(columns), f"\"{CASE_ID}\" = '${CASE_ID}'", tail=f" ORDER BY time ASC LIMIT {MOST_STEPS}")


def _words(kind: Kind) -> tuple[str, str]:
    """Return which step it is and whose, of a kind that only some cases have: its first own tag, and its home."""
    own = [field.name for field in kind.tags if field.name not in COMMON]
    return own[0], HOME.name
