"""The board of a system, generated from its declaration alone: promises, census, events, measures, places.

Owns which questions are asked of any system. A board made by hand (`dashboards.boards.systems`) asks better ones.
"""

from collections.abc import Iterator, Sequence

from dashboards.grafana.board import COLUMNS, Board, Row
from dashboards.grafana.influxql import Select, equal, events, ops
from dashboards.grafana.panels import BAD, GOOD, Line, Panel, Picture, lines, markers, renamed, stacked, table, tile, unit_id
from dashboards.grafana.shared import EVERY, census, city_clock, latency, newest_mark, verdicts
from dashboards.titles import capital, label_text, sentence, title_of
from sim.city.declared import Count, Declared
from sim.events.kinds import Field, Kind
from sim.judge.measures import Measure, Objective, Statistic
from sim.judge.ops import MEASURED

# How a statistic of a stretch is asked for. What is not here needs labels or all samples: it is judged at the end.
ASKED = {
    Statistic.MEAN: 'sum("total") / sum("count")',
    Statistic.SHARE: 'sum("total") / sum("count")',
    Statistic.SUM: 'sum("total")',
    Statistic.COUNT: 'sum("count")',
    Statistic.P50: 'last("p50")',
    Statistic.P95: 'last("p95")',
    Statistic.P99: 'last("p99")',
    Statistic.MAX: 'max("max")',
}
COURSES = (Statistic.P50, Statistic.P95)
COURSE_NAMES = {Statistic.SHARE: "share", Statistic.P50: "median", Statistic.P95: "95 %"}
PLACE = ("latitude", "longitude")
NEWEST, MOST_PLACES = 20, 1_000


def generated_board(system: Declared) -> Board:
    """Return the board of a system. Rows for which it declares nothing are left out."""
    kinds = [kind for kind in system.kinds if not kind.label]
    rows = (
        ("Is it fine?", [city_clock(), newest_mark(), *_kept_so_far(system)]),
        ("What was promised?", [verdicts(system.name)] if system.objectives else []),
        ("What is there?", [_counted(system, each) for each in system.census]),
        ("What comes in?", [_rates(kinds), latency()] if kinds else []),
        ("What is measured?", [_course(each, system.objectives) for each in system.measures]),
        ("Where?", [_map(kind) for kind in kinds if set(PLACE) <= {field.name for field in kind.wire_fields}]),
        ("What came last?", [_newest(kind) for kind in kinds]),
    )
    name = capital(label_text(system.name))
    doc = f"{name}: promises, states, events and measures of one run, as the system declares them."
    return Board(system.name, name, doc, [Row(title, panels) for title, panels in rows if panels])


def _kept_so_far(system: Declared) -> Iterator[Panel]:
    """Yield a tile for each promise that can be watched while the run lives: its value, coloured by its bound."""
    units = {measure.name: measure.unit for measure in system.measures}
    watched = [each for each in system.objectives if each.statistic in ASKED and each.measure in units and not each.where + each.stage]
    for each in {(each.measure, each.statistic): each for each in watched}.values():
        yield _tile(each, units[each.measure])


def _tile(promise: Objective, unit: str) -> Panel:
    statistic, measured = promise.statistic, title_of(promise.measure, unit)
    bound, most = (promise.at_most, True) if promise.at_most is not None else (promise.at_least, False)
    stretch = "of the last city minute" if ASKED[statistic].startswith("last") else "over the board's time range"
    return tile(
        f"{measured}: {label_text(statistic.value)} {'≤' if most else '≥'} {_amount(float(bound or 0.0), statistic.unit(unit))}?",
        f"{capital(label_text(statistic.value))} {stretch}; green while it keeps the promise.",
        Line(_measured(promise.measure, f'{ASKED[statistic]} AS "value"'), measured),
        unit=unit_id(statistic.unit(unit)),
        base=GOOD if most else BAD,
        limits=((float(bound or 0.0), BAD if most else GOOD),),
        options={"graphMode": "none"},
        quiet_is_good=True,
    )


def _amount(value: float, unit: str) -> str:
    return f"{value * 100:g} %" if unit == "share" else f"{value:g} {unit}".rstrip()


def _measured(measure: str, fields: str, every: str = "") -> Select:
    return ops(MEASURED, fields, equal("measure", measure), every=every, fill="none" if every else "")


def _counted(system: Declared, count: Count) -> Panel:
    thing = capital(label_text(count.thing))
    return lines(
        f"{thing}: how many in which state?",
        f"Census of all districts together: {', '.join(map(label_text, count.states))}.",
        Line(census(system, count.thing), "$tag_state"),
        least=0,
        decimals=0,
        custom=stacked(),
        width=COLUMNS // min(len(system.census), 3),
    )


def _rates(kinds: Sequence[Kind]) -> Panel:
    rates = [Line(events(kind, 'count("seq") AS "events"', every=EVERY, fill="none"), kind.name) for kind in kinds]
    return lines("How many events come in?", "Events stored a minute, by kind.", *rates, least=0, custom=stacked())


def _course(measure: Measure, promises: Sequence[Objective]) -> Panel:
    """Return a measure's course; the bounds that stand in it are promised of what is drawn, over all labels and stages."""
    drawn = (Statistic.SHARE,) if measure.unit == "share" else COURSES
    bounds = [
        (float(bound), BAD if each.at_most is not None else GOOD)
        for each in promises
        if (each.measure, each.where, each.stage) == (measure.name, "", "") and each.statistic in drawn
        if (bound := each.at_most if each.at_most is not None else each.at_least) is not None
    ]
    courses = [Line(_measured(measure.name, f'{ASKED[each]} AS "{each.value}"', EVERY), COURSE_NAMES[each]) for each in drawn]
    return lines(
        f"{title_of(measure.name, measure.unit)}, minute by minute?",
        sentence(measure.doc),
        *courses,
        width=8,
        unit=unit_id(measure.unit),
        base="transparent",
        limits=sorted(bounds),
        drawn=bool(bounds),
        quiet_is_good=True,
    )


def _map(kind: Kind) -> Panel:
    """Return a map: of devices that are tags the last place of each, of others the newest places."""
    if kind.device_tag:
        query = events(kind, ", ".join(f'last("{name}") AS "{name}"' for name in PLACE), by=("device",))
    else:
        query = events(kind, ", ".join(f'"{name}"' for name in (*PLACE, "device")), tail=f" ORDER BY time DESC LIMIT {MOST_PLACES}")
    return Panel(
        f"Where does {label_text(kind.name)} come from?",
        "Last places in the board's time range. The map behind them needs a network; the places do not.",
        Picture.MAP,
        (Line(query),),
        width=24,
        height=12,
        options={"layers": [markers(capital(label_text(kind.name)))]},
        quiet_is_good=True,
    )


def _newest(kind: Kind) -> Panel:
    asked = [_asked("district", tag=True), _asked("device", tag=kind.device_tag)]
    asked += [_asked(field.name, tag=field.tag) for field in kind.wire_fields]
    headings = {"Time": "time", "district": "district", "device": "device"} | {field.name: _heading(field) for field in kind.wire_fields}
    return table(
        f"Which {label_text(kind.name)} came last?",
        f"{sentence(kind.doc)} The newest {NEWEST}.",
        Line(events(kind, ", ".join(asked), tail=f" ORDER BY time DESC LIMIT {NEWEST}")),
        transformations=renamed(headings, ()),
        quiet_is_good=True,
    )


def _asked(name: str, *, tag: bool) -> str:
    return f'"{name}"::tag' if tag else f'"{name}"'


def _heading(field: Field) -> str:
    return label_text(title_of(field.name, field.unit)).lower() + (f" ({field.unit})" if field.unit else "")
