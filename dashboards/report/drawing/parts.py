"""Parts of a page: sections, tables that scroll, and small signs for verdicts and grades.

Owns how they look alike in every section. What they say is the sections' business.
"""

from collections.abc import Sequence

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.words import GRADES, VERDICT_MARKS


def section(name: str, title: str, lead: str, *parts: Markup) -> Markup:
    """Return a section of the report: its title, one sentence, its pictures."""
    return tag("section", tag("h2", title), tag("p", lead, class_="lead"), *parts, id=name)


def table(header: Markup, rows: Sequence[Markup], foot: Markup | None = None, class_: str | None = None) -> Markup:
    """Return a table that scrolls sideways where the page is narrow."""
    body = tag("table", tag("thead", header), tag("tbody", join(rows)), tag("tfoot", foot) if foot else None, class_=class_)
    return scroll(body)


def scroll(wide: Markup) -> Markup:
    """Return what is too wide for a narrow page in a box of its own that scrolls, also by keyboard."""
    return tag("div", wide, class_="scroll", tabindex="0")


def class_of(verdict: str) -> str:
    """Return the style class of a verdict."""
    return f"is-{verdict.replace(' ', '-')}"


def badge(verdict: str) -> Markup:
    """Return a verdict as a small sign with its word: never colour alone."""
    return tag("span", f"{VERDICT_MARKS.get(verdict, '?')}\u00a0{verdict}", class_=f"badge {class_of(verdict)}")


def grade_mark(grade: str) -> Markup:
    """Return a grade with its meaning as a hint; K says assumption outright."""
    return tag("abbr", "assumption" if grade == "K" else grade, title=GRADES.get(grade, ""), class_=f"grade grade-{grade}")
