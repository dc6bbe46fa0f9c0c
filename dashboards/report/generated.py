"""The section of a system, generated from its declaration: measures with their promises, states at the end, events by kind.

Owns what is said of any system. Sections made by hand (`dashboards.report.systems`) stand below it.
"""

from collections import Counter
from collections.abc import Sequence

from dashboards.report.drawing.markup import Markup, join, tag
from dashboards.report.drawing.parts import section, table
from dashboards.report.levels import LEAD, cards
from dashboards.report.load import Load, loads, spark
from dashboards.report.record import RunRecord
from dashboards.report.words import amount, grouped, rounded
from dashboards.titles import capital, label_text, sentence
from sim.city.declared import Count, Declared
from sim.events.batches import CensusRow
from sim.summary import RunSummary

COLOURS = 7  # of the style sheet; further states share the last one


def generated_section(system: Declared, facts: RunSummary, record: RunRecord) -> Markup | None:
    """Return the section, or nothing of a system that left nothing."""
    levels = cards(facts, system.name)
    parts = [levels, _states(system, record.census()), _events(system, facts, record)]
    if not any(parts):
        return None
    name = capital(label_text(system.name))
    return section(f"system-{system.name}", name, LEAD if levels else f"What {system.name} left in this run.", *filter(None, parts))


def _states(system: Declared, census: Sequence[CensusRow]) -> Markup | None:
    """Return each thing with its states, in the order in which they are declared, all districts together."""
    counted: Counter[tuple[str, str]] = Counter()
    for row in census:
        if row.system == system.name:
            counted[row.thing, row.state] += row.count
    things = [_thing(each, counted) for each in system.census if any(thing == each.thing for thing, _ in counted)]
    if not things:
        return None
    return join((tag("h3", "In which state things were at the end"), tag("div", join(things), class_="states")))


def _thing(count: Count, counted: Counter[tuple[str, str]]) -> Markup:
    numbers = {state: counted[count.thing, state] for state in count.states}
    total = sum(numbers.values())
    words = [_state(state, number, total, min(place, COLOURS - 1)) for place, (state, number) in enumerate(numbers.items())]
    name = tag("p", tag("b", capital(label_text(count.thing))), tag("span", grouped(total), class_="n"), class_="thing")
    return tag("div", name, _bar(count.thing, numbers), tag("ul", join(words)))


def _bar(thing: str, numbers: dict[str, int]) -> Markup:
    """Return the states side by side, each as wide as its number."""
    told = ", ".join(f"{label_text(state)} {grouped(number)}" for state, number in numbers.items())
    parts = [
        tag("span", title=label_text(state), class_=f"c{min(place, COLOURS - 1)}", style=f"flex-grow:{number}")
        for place, (state, number) in enumerate(numbers.items())
        if number
    ]
    return tag("div", join(parts), role="img", aria_label=f"{label_text(thing)}: {told}", class_="bar-of-states")


def _state(state: str, number: int, total: int, colour: int) -> Markup:
    share = amount(number / total, "share") if total else ""
    return tag(
        "li",
        tag("span", "", class_=f"swatch c{colour}"),
        tag("span", label_text(state)),
        tag("span", grouped(number), tag("small", share), class_="n"),
    )


def _events(system: Declared, facts: RunSummary, record: RunRecord) -> Markup | None:
    docs = {kind.name: kind.doc for kind in system.kinds}
    found = loads(facts, record, [kind for kind in record.kinds() if kind in docs])
    if not found:
        return None
    names = ("Kind", "What it says", "Over time", "Events", "Most in a minute")
    header = tag("tr", join(tag("th", name, scope="col", class_="n" if name in names[3:] else None) for name in names))
    return join((tag("h3", "What was sent"), table(header, [_kind(each, docs[each.kind]) for each in found])))


def _kind(each: Load, doc: str) -> Markup:
    return tag(
        "tr",
        tag("th", each.kind, scope="row"),
        tag("td", sentence(doc), class_="source"),
        tag("td", spark(each, 0)),
        tag("td", grouped(each.total), class_="n"),
        tag("td", rounded(float(each.per_minute.max())), class_="n"),
    )
