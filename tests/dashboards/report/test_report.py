"""The report: verdict first, true to the run, complete, and alone in its file."""

import re
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from dashboards.report import write_report
from dashboards.report.page import render
from dashboards.report.promises import MANY, promises
from dashboards.report.systems.buses import line_diagram
from dashboards.report.systems.buses.bunching import most_bunched
from dashboards.titles import title_of
from devices.buses.system import Buses
from scenarios.loader import load
from sim.city.declared import Count, Declared
from sim.city.incidents import Incident
from sim.errors import DiskError, UsageError
from sim.events.batches import CensusRow
from sim.figures import Figure, Grade
from sim.judge.books import Books
from sim.notes import Note
from sim.scenario import Scenario
from sim.summary import from_content
from sim.units import MINUTE_US
from tests.dashboards.finished_runs import FinishedRun, finish
from tests.dashboards.report.drawing.test_markup import read
from tests.dashboards.report.shown import assert_shown
from tests.lamps import Lamps

LARGEST_BYTES = 2_000_000
SECTIONS = ["promises", "system-buses", "line", "latency", "load", "books", "assumptions"]


@pytest.fixture(scope="module")
def buses(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """An hour of the shipped outage, buses alone: incidents, wire faults, bunches."""
    return finish(tmp_path_factory.mktemp("buses"), load("outage").model_copy(update={"systems": (Buses(),)}))


def lamps(*incidents: Incident, system: Lamps | None = None) -> Scenario:
    return Scenario(
        name="lamps", title="Lamps", systems=(system or Lamps(),), districts=("Pudong",), duration=5 * MINUTE_US, incidents=incidents
    )


def page(folder: Path, run: FinishedRun, **changes: object) -> str:
    path = folder / "report.html"
    write_report(path, from_content(run.summary | changes), run.log)
    return path.read_text(encoding="utf-8")


def test_the_verdict_comes_first_and_the_sections_in_their_order(tmp_path: Path, buses: FinishedRun) -> None:
    text = page(tmp_path, buses)
    found = read(text)
    sections = [attributes for name, attributes in found.elements if name == "section"]
    assert sections[0]["class"] == f"verdict is-{buses.summary['verdict']}"
    assert [each["id"] for each in sections[1:]] == SECTIONS
    for name in ("seed", "scenario_digest", "log_digest", "wire_digest", "run"):
        assert str(buses.summary[name]) in found.text


def test_every_promise_and_every_figure_is_told(tmp_path: Path, buses: FinishedRun) -> None:
    text = page(tmp_path, buses)
    table = text[text.index('id="promises"') : text.index('id="system-buses"')]
    assert table.count("<tr") == len(buses.summary["objectives"]) + 1
    told = read(text).text
    for figure in buses.job.figures:
        assert figure.name in told
    assumed = len({figure for figure in buses.job.figures if figure.grade is Grade.K})
    rest = text[text.index('id="assumptions"') :]
    assert rest.count(">assumption</abbr>") == assumed


def test_promises_without_a_verdict_are_folded_when_they_are_many(buses: FinishedRun) -> None:
    objectives = buses.record.objectives
    many = [each.model_copy(update={"verdict": "no data", "required": False}) for each in objectives[1:]]
    told = str(promises(buses.record.model_copy(update={"objectives": (objectives[0], *many)})))
    assert f"{len(many)} with too few samples for a verdict</summary>" in told
    assert told.index(title_of(objectives[0].measure, objectives[0].unit)) < told.index("<details")
    few = str(promises(buses.record.model_copy(update={"objectives": (objectives[0], *many[:MANY])})))
    assert "<details" not in few


def test_the_file_loads_nothing_and_is_small(tmp_path: Path, buses: FinishedRun) -> None:
    text = page(tmp_path, buses)
    assert len(text.encode()) < LARGEST_BYTES
    loading = {"src", "srcset", "action", "poster", "data"}
    elements = [attributes for _, attributes in read(text).elements]
    assert not [attributes for attributes in elements if loading & set(attributes)]
    assert all(str(attributes["href"]).startswith("#") for attributes in elements if "href" in attributes)
    assert not re.search(r"url\(|@import|<script", text)


def test_incidents_stand_on_the_load_in_words(tmp_path: Path, buses: FinishedRun) -> None:
    told = read(page(tmp_path, buses)).text
    assert "outage begins in Pudong, Minhang" in told


def test_the_time_space_diagram_draws_every_trip_and_every_bunch(tmp_path: Path, buses: FinishedRun) -> None:
    summary = buses.summary
    diagram = most_bunched(buses.log, summary["start_us"], summary["end_us"])
    assert diagram is not None
    assert diagram.bunched > 0
    text = page(tmp_path, buses)
    assert text.count('class="bus"') == diagram.passages.select("trip", "start_date").n_unique()
    assert text.count('class="bunched"') == diagram.bunched


def test_a_run_without_buses_has_no_line_but_all_the_rest_and_a_section_of_its_own(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    found = read(page(tmp_path, run))
    sections = [attributes["id"] for name, attributes in found.elements if name == "section" and "id" in attributes]
    assert sections == ["promises", "system-lamps", "latency", "load", "books", "assumptions"]
    assert "power of a lamp" in found.text


def test_books_that_do_not_balance_are_named_with_what_is_missing(tmp_path: Path) -> None:
    def spoil(books: Books) -> None:
        books.of("lamp_power").stored -= 7
        books.of("lamp_power").rejected["type conflict"] = 7

    run = finish(tmp_path, lamps(), spoil)
    told = read(page(tmp_path, run)).text
    assert "The books do not balance for lamp_power" in told
    assert "✕ 7" in told
    assert "7\u00a0type conflict" in told
    assert "promises were broken: lost QoS 0 is 7\u00a0events".lower() in told.lower()


def test_losses_that_were_injected_leave_the_books_balanced(tmp_path: Path) -> None:
    def spoil(books: Books) -> None:
        books.of("lamp_power").stored -= 3
        books.of("lamp_power").injected["lost"] = 3

    told = read(page(tmp_path, finish(tmp_path, lamps(), spoil))).text
    assert "The books balance for every kind" in told
    assert "beyond the faults that were injected" in told


def test_a_dry_run_says_that_nothing_was_published(tmp_path: Path) -> None:
    def spoil(books: Books) -> None:
        for row in books.kinds.values():
            row.sent = row.acked = row.received = row.stored = 0

    run = finish(tmp_path, lamps(), spoil)
    text = page(tmp_path, run)
    assert "Nothing was published in this run" in text
    assert 'id="latency"' not in text


@pytest.mark.parametrize("verdict", ["pass", "fail", "no data", "invalid"])
def test_every_verdict_has_a_word_and_a_reason(tmp_path: Path, verdict: str) -> None:
    run = finish(tmp_path, lamps())
    text = page(tmp_path, run, verdict=verdict, why="because of something")
    assert f'class="verdict is-{verdict.replace(" ", "-")}"' in text
    assert "Because of something." in text


class Listening(Lamps):
    """Lamps that hear an odd word."""

    declared = Lamps.declared + Declared(hears=("<script>alert(1)</script>",))


def test_words_from_outside_stay_words(tmp_path: Path) -> None:
    incident = Incident(what="<script>alert(1)</script>", after=MINUTE_US, lasting=MINUTE_US)
    run = finish(tmp_path, lamps(incident, system=Listening()))
    text = page(tmp_path, run, title='<img src="x">')
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;img src=" in text


def test_a_summary_that_misses_keys_is_named_with_all_of_them(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    summary = {key: value for key, value in run.summary.items() if key not in {"seed", "books"}}
    with pytest.raises(UsageError, match=r"books: Field required; .*run the scenario again") as raised:
        from_content(summary)
    assert "seed" in str(raised.value)


def test_a_report_that_cannot_be_written_leaves_the_old_one_alone(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    taken = tmp_path / "report.html"
    (taken / "inside").mkdir(parents=True)
    with pytest.raises(DiskError, match="cannot write the report"):
        write_report(taken, run.record, run.log)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".report")] == []


def test_a_figure_that_is_a_table_shows_all_its_values(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    figure = Figure("hours", value=(1.0, 2.5), unit="share", grade=Grade.B, source="a page")
    write_report(tmp_path / "report.html", run.record.model_copy(update={"figures": (figure,)}), run.log)
    assert "1, 2.5 share" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.chromium
@pytest.mark.parametrize("width", [390, 1400])
def test_a_browser_shows_every_chart_and_no_page_scrolls_sideways(tmp_path: Path, buses: FinishedRun, width: int) -> None:
    assert_shown(tmp_path, page(tmp_path, buses), width)


def test_what_was_repaired_or_left_out_of_the_input_is_told_and_without_notes_there_is_no_section(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    assert 'id="input"' not in page(tmp_path, run)
    notes = [Note("trips have <no> stops", 1_200, "trips.txt", 7), Note("a folder is not read"), Note("odd", 0, "stops.txt")]
    text = page(tmp_path, run, notes=[note.as_dict() for note in notes])
    told = text[text.index('id="input"') : text.index('id="assumptions"')]
    assert told.count("<tr") == 4
    assert "trips have &lt;no&gt; stops" in told
    assert "1,200" in told or "1\u202f200" in told
    assert "trips.txt line 7" in told


def test_the_section_of_any_system_tells_its_measures_states_and_events(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    text = page(tmp_path, run)
    told = text[text.index('id="system-lamps"') : text.index('id="latency"')]
    assert "Power drawn by a lamp." in told
    assert "largest ≤\u00a0200\u00a0W" in told
    lit = sum(row.count for row in run.log.census())
    assert f'Lamp</b><span class="n">{lit}</span>' in told
    assert [row.state for row in run.log.census()] == ["on"]
    assert "A lamp was switched." in told
    assert told.count("<tr") == 1 + len(run.log.kinds())


def test_states_add_up_over_districts_in_the_order_of_the_declaration(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    states = (("A", "off", 3), ("A", "on", 1), ("B", "off", 4))
    counted = [CensusRow("lamps", "lamp", state, district, count) for district, state, count in states]
    system = replace(Lamps.declared, census=(Count("lamp", "on", "off", "dim"), Count("pole", "up")))
    record = Mock(wraps=run.log, declared=(system,), census=lambda: [*counted, CensusRow("others", "lamp", "on", "A", 9)])
    told = read(render(run.record, record)).text
    assert re.search(r"Lamp8.*on112.5\s%off787.5\s%dim00\s%", told), told
    assert "Pole" not in told


def test_the_page_names_no_system(buses: FinishedRun) -> None:
    """What a system has of its own is found by its name: without the system there is no line, with it there is."""
    others = [Declared(name) for name in ("no_word", "systems")]
    for declared, there in ((others, False), ([*others, *buses.log.declared], True)):
        record = Mock(wraps=buses.log, declared=declared)
        assert ('id="line"' in render(buses.record, record)) is there


def test_a_system_with_a_section_by_hand_tells_its_states_and_events_too(tmp_path: Path, buses: FinishedRun) -> None:
    text = page(tmp_path, buses)
    told = text[text.index('id="system-buses"') : text.index('id="line"')]
    assert "In which state things were at the end" in told
    assert "What was sent" in told
    (declared,) = (each for each in buses.log.declared if each.name == "buses")
    kinds = {kind.name for kind in declared.kinds if not kind.label} & set(buses.log.kinds())
    assert len(kinds) > 3
    assert all(f">{kind}</th>" in told for kind in kinds)


def test_a_line_without_a_planned_headway_says_so(buses: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    found = most_bunched(buses.log, buses.record.start_us, buses.record.end_us)
    assert found is not None
    monkeypatch.setattr(line_diagram, "most_bunched", lambda *_: replace(found, usual_us=None))
    told = read(render(buses.record, buses.log)).text
    assert "no planned headway, for no two of them had a plan at one stop" in told
    assert "0 min apart" not in told


@pytest.mark.parametrize(("verdict", "words"), [("interrupted", "interrupted at"), ("unfinished", "unfinished, on its tape up to")])
def test_a_run_that_was_cut_short_says_how_far_it_came_and_draws_no_further(buses: FinishedRun, verdict: str, words: str) -> None:
    reached_us = buses.record.start_us + 20 * MINUTE_US
    cut = from_content(buses.summary | {"verdict": verdict, "reached_us": reached_us})
    text = render(cut, buses.log)
    came_to = cut.calendar.clock(reached_us)
    told = read(text).text
    told = told[: told.index("seed")]  # the heading alone
    assert f"It came to {came_to} of city time: 20m of 1h." in told
    assert cut.cut_short == f"{words} {came_to}"
    after = [at for at in re.findall(r"<text[^>]*>(\d\d:\d\d)</text>", text) if at > came_to]
    assert after == []
    assert ("It came to" in read(render(buses.record, buses.log)).text) is False


def test_a_year_has_no_gap_between_its_digits(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    figure = Figure("milestones", value=(2015, 2017), unit="year", grade=Grade.B, source="a page")
    write_report(tmp_path / "report.html", run.record.model_copy(update={"figures": (figure,)}), run.log)
    assert ("2015, 2017 year" in (tmp_path / "report.html").read_text(encoding="utf-8")) is True


def test_what_a_shorter_run_leaves_out_of_the_script_is_not_told_of_the_input(tmp_path: Path) -> None:
    run = finish(tmp_path, lamps())
    text = page(tmp_path, run, notes=[Note("the incident storm begins after the end").as_dict()])
    assert ("What reading the input repaired" in text) is False
    assert ("and of the script by a shorter run" in text) is True
