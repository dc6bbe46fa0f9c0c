"""The assumptions: every number from the world that the run reads, with unit, range, grade and source.

Owns the tables; what nobody has founded stands first and is called an assumption.
"""

from collections.abc import Sequence

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import grade_mark, section, table
from dashboards.report.words import GRADES, amount, rounded
from sim.figures import Figure, Grade

HEADER = ("Figure", "Value", "Worth testing", "Grade", "Source")
NUMERIC = {"Value", "Worth testing"}


def assumptions(figures: Sequence[Figure]) -> Markup:
    """Return the section."""
    distinct = list(dict.fromkeys(figures))
    assumed = [each for each in distinct if each.grade is Grade.K]
    founded = [each for each in distinct if each.grade is not Grade.K]
    key = " · ".join(f"{grade} {meaning}" for grade, meaning in GRADES.items())
    if not distinct:
        return section("assumptions", "Assumptions", "The systems of this run declare no figures from the world.")
    lead = f"Figures from the world on which the model stands: {len(distinct)}. Assumptions among them: {len(assumed)}. Grades: {key}."
    parts = [_group("Assumptions", assumed), _group("Founded figures", founded)]
    return section("assumptions", "Assumptions", lead, *[part for part in parts if part is not None])


def _group(title: str, figures: Sequence[Figure]) -> Markup | None:
    if not figures:
        return None
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if name in NUMERIC else None) for name in HEADER))
    ordered = sorted(figures, key=lambda each: (each.grade, each.name.lower()))
    return tag(
        "details", tag("summary", f"{title} ({len(figures)})"), table(header, [_row(each) for each in ordered], class_="figures"), open=""
    )


def _row(figure: Figure) -> Markup:
    source = figure.source.removeprefix("assumption").lstrip(":;, ") if figure.grade is Grade.K else figure.source
    return tag(
        "tr",
        tag("th", figure.name, scope="row"),
        tag("td", _value(figure), class_="n"),
        tag("td", figure.reach(lambda value: amount(value, figure.unit)), class_="n"),
        tag("td", grade_mark(figure.grade.value)),
        tag("td", source, class_="source"),
    )


def _value(figure: Figure) -> str:
    if isinstance(figure.value, tuple):
        numbers = [f"{value:g}" if figure.unit == "year" else rounded(value) for value in figure.value]
        return f"{', '.join(numbers)} {figure.unit}"
    return figure.value if isinstance(figure.value, str) else amount(float(figure.value), figure.unit)
