"""The board of the alarms asks about every kind of theirs, shows no truth, and leads from a case in a table to all of its steps."""

import re
from urllib.parse import parse_qs, urlsplit

from dashboards.boards.systems.alarms import board
from dashboards.boards.systems.alarms.case import BESIDE, case_kinds
from dashboards.boards.systems.alarms.queries import CASE_ID
from dashboards.grafana.panels import Panel
from devices.alarms.choices import AlarmState
from devices.alarms.system import DECLARED
from sim.judge.measures import Statistic

BOARD = board()
KINDS = [kind for kind in DECLARED.kinds if not kind.label]


def panel(title: str) -> Panel:
    return next(each for each in BOARD.panels if each.title == title)


def texts() -> list[str]:
    return [line.text for each in BOARD.panels for line in each.lines]


def test_every_kind_of_the_alarms_is_asked_for() -> None:
    asked = set(re.findall(r'"raw"\."(\w+)"', " ".join(texts())))
    assert {kind.name for kind in KINDS} <= asked


def test_no_panel_reads_what_is_true() -> None:
    hidden = {field.name for kind in KINDS for field in kind.fields if field.truth}
    assert {"real", "alarm_cause", "began_us"} <= hidden
    named = {name for text in texts() for name in re.findall(r'"(\w+)"', text)}
    assert named & hidden == set()


def test_limits_are_those_that_are_promised() -> None:
    bounds = {(each.measure, each.statistic, each.where): each.at_least or each.at_most for each in DECLARED.objectives}
    shares = {
        "Are callers answered soon?": "answered_in_60_s",
        "Is nobody answered late?": "answered_in_180_s",
        "Are devices heard?": "seen_in_window",
    }
    for title, measure in shares.items():
        assert panel(title).limits == ((bounds[f"alarms.{measure}", Statistic.SHARE, ""], "green"),)
    assert panel("Does anybody give up?").limits[-1] == (bounds["alarms.abandoned", Statistic.SHARE, ""], "red")
    assert panel("How long until help is there?").limits == ((bounds["alarms.attendance_s", Statistic.MEAN, "ambulance"], "red"),)
    assert panel("How many are answered in time?").drawn


def test_every_kind_that_names_a_case_is_a_step_of_it_in_the_same_columns() -> None:
    found = panel("What happened in this case?")
    named = {kind.name for kind in KINDS if CASE_ID in {field.name for field in kind.wire_fields}}
    assert {kind.name for kind in case_kinds()} == named
    assert {"alarm", "call", "response", "case"} <= named
    for line in found.lines:
        assert f"\"{CASE_ID}\" = '${CASE_ID}'" in line.text
        assert {'AS "step"', 'AS "about"'} <= set(re.findall(r'AS "\w+"', line.text))
    columns = {name for line in found.lines for name in re.findall(r'"(\w+)"(?:,| FROM)', line.text)} - {"step", "about", "seq"}
    assert columns <= set(BESIDE), "a column that the table has no heading for"


def test_a_case_in_a_table_leads_to_its_steps_on_this_board() -> None:
    links = [
        link["url"]
        for each in BOARD.panels
        for override in each.overrides
        for found in override["properties"]
        if found["id"] == "links"
        for link in found["value"]
    ]
    assert len(links) == 2
    for url in links:
        address = urlsplit(url)
        assert address.path == f"/d/{BOARD.uid}"
        assert parse_qs(address.query) == {"var-run": ["${run}"], f"var-{CASE_ID}": ["${__value.raw}"]}


def test_the_choice_of_a_case_is_among_the_alarms_of_the_chosen_run_newest_first() -> None:
    run, case = BOARD.as_json()["templating"]["list"]
    assert (run["name"], case["name"], case["label"]) == ("run", CASE_ID, "Case")
    assert re.match(r'SELECT "alarm_id" FROM "raw"\."alarm" WHERE', case["query"])  # Grafana takes the first column
    assert f"\"alarm_state\" = '{AlarmState.RAISED.word}'" in case["query"]
    assert "\"run\" = '$run'" in case["query"]
    assert re.search(r" ORDER BY time DESC LIMIT \d+$", case["query"])


def test_a_panel_that_may_be_empty_says_why_in_the_panel() -> None:
    assert [each.title for each in BOARD.panels if each.quiet_is_good and not each.nothing] == []
    drawn = {each["title"]: each["fieldConfig"] for each in BOARD.as_json()["panels"] if each["type"] != "row"}
    assert drawn["What is raised?"]["defaults"]["noValue"].startswith("No home that is simulated has raised an alarm")
    assert drawn["What happened in this case?"]["overrides"][0]["properties"] == [{"id": "noValue", "value": " "}]  # of single cells
