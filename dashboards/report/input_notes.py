"""The input: what was repaired or left out of a timetable or a script, how often, and where first.

Owns the table; there is no section without a note. What is noted is the systems' business.
"""

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import section, table
from dashboards.report.words import grouped
from sim.notes import Note
from sim.summary import RunSummary

HEADER = ("What was repaired or left out", "How often", "First at")
LEAD = "What was repaired or left out of the input, and of the script by a shorter run. The run is of what remained."


def input_notes(facts: RunSummary) -> Markup:
    """Return the section, or nothing where all input was read as it stood."""
    if not facts.notes:
        return Markup()
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if name == HEADER[1] else None) for name in HEADER))
    return section("input", "Input", LEAD, table(header, [_row(note) for note in facts.notes]))


def _row(note: Note) -> Markup:
    place = f"{note.file} line {note.line}" if note.line else note.file
    count = grouped(note.count) if note.count else ""
    return tag("tr", tag("th", note.what, scope="row"), tag("td", count, class_="n"), tag("td", place, class_="source"))
