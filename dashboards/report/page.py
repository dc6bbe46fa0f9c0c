"""The page: the report's sections in their order, in one file that needs nothing else.

Owns the file. Each section is a module beside this one; those of single systems are found by the system's name.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from dashboards.by_name import made_by_hand
from dashboards.report.assumptions import assumptions
from dashboards.report.books import books
from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.heading import heading
from dashboards.report.input_notes import input_notes
from dashboards.report.latency import latency
from dashboards.report.levels import levels
from dashboards.report.load import load
from dashboards.report.promises import promises
from sim.errors import DiskError
from sim.files import written_aside
from sim.ports import EventLog
from sim.summary import RunSummary


def write_report(path: Path, summary: RunSummary, log: EventLog, systems: Sequence[str]) -> None:
    """Write a finished run of systems, by their names, as one HTML file, aside first and renamed when complete.

    Raises DiskError when the file cannot be written.
    """
    page = render(summary, log, systems)
    try:
        with written_aside(path) as aside:
            aside.write_text(page, encoding="utf-8")
    except OSError as error:
        msg = f"cannot write the report {path}: {error.strerror}"
        raise DiskError(msg) from error


def render(facts: RunSummary, log: EventLog, systems: Sequence[str]) -> str:
    """Return the whole page."""
    style = (files("dashboards.report") / "style.css").read_text(encoding="utf-8")
    sections = (
        promises(facts),
        levels(facts),
        latency(facts),
        load(facts, log),
        *(_own(system, facts, log) for system in systems),
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


def _own(system: str, facts: RunSummary, log: EventLog) -> Markup | None:
    """Return the section made for a system by hand, where there is one and it finds what it shows."""
    found = made_by_hand("dashboards.report.systems", system)
    section: Callable[[RunSummary, EventLog], Markup | None] | None = found.section if found else None
    return section(facts, log) if section else None


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
