"""The page: the report's sections in their order, in one file that needs nothing else.

Owns the file. Each section is a module beside this one; what is said of single systems is `of_systems`'.
"""

from importlib.resources import files
from pathlib import Path

from dashboards.report.assumptions import assumptions
from dashboards.report.books import books
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.heading import heading
from dashboards.report.input_notes import input_notes
from dashboards.report.latency import latency
from dashboards.report.load import load
from dashboards.report.of_systems import sections_of_systems
from dashboards.report.promises import promises
from dashboards.report.record import RunRecord
from sim.errors import DiskError
from sim.files import written_aside
from sim.summary import RunSummary


def write_report(path: Path, summary: RunSummary, record: RunRecord) -> None:
    """Write a finished run as one HTML file, aside first and renamed when complete.

    Raises DiskError when the file cannot be written.
    """
    page = render(summary, record)
    try:
        with written_aside(path) as aside:
            aside.write_text(page, encoding="utf-8")
    except OSError as error:
        msg = f"cannot write the report {path}: {error.strerror}"
        raise DiskError(msg) from error


def render(facts: RunSummary, record: RunRecord) -> str:
    """Return the whole page."""
    style = (files("dashboards.report") / "style.css").read_text(encoding="utf-8")
    sections = (
        promises(facts),
        *sections_of_systems(facts, record),
        latency(facts),
        load(facts, record),
        books(facts),
        input_notes(facts),
        None if facts.unfinished else assumptions(facts.figures),
    )
    title = f"{facts.verdict}: {facts.title or facts.scenario} · run {facts.run}"
    head = tag(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Markup(style)),
    )
    body = tag("body", tag("main", heading(facts), join(sections), _foot(facts)))
    return "<!doctype html>\n" + tag("html", head, body, lang="en")


def _foot(facts: RunSummary) -> Markup:
    return tag(
        "footer",
        tag("p", _again(facts)),
        tag("p", "Everything in this file is drawn from the run folder; it loads nothing and works offline."),
    )


def _again(facts: RunSummary) -> Markup:
    """Return how to repeat the run, as a line for a shell in the folder it was started from."""
    if facts.replay_of:
        told = f"This was a replay of run {facts.replay_of}. The same again, from the folder where it was started: "
    else:
        told = "The same scenario and seed give the same events, at any speed. Again, from the folder where it was started: "
    if not facts.again:
        return join(
            ("The same scenario and seed give the same events, at any speed. It was started by code, which alone can start it again.",)
        )
    return join((told, tag("code", facts.again)))
