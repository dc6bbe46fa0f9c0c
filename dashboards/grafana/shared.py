"""What every board shows alike: the city's clock, the newest mark, the census, latency, and how promises were kept.

Owns these panels and the reading of limits from objectives.
"""

from collections.abc import Sequence

from dashboards.grafana.influxql import equal, ops, over
from dashboards.grafana.panels import BAD, CALM, GOOD, WARN, Json, Line, Panel, column, lines, renamed, table, tile
from sim.city.declared import Declared
from sim.judge.measures import Objective, Statistic
from sim.judge.ops import CENSUS, OBJECTIVE, PIPELINE_LATENCY, RUN_EVENT, stage_of
from sim.judge.pipeline import PIPELINE_OBJECTIVES, STORED_FROM_DUE
from sim.scenario import SLICE_US
from sim.units import MINUTE_US, SECOND_US

EVERY = f"{SLICE_US // MINUTE_US}m"  # rows about the run come once a slice

VERDICTS = {"pass": GOOD, "fail": BAD, "no data": "text", "invalid": "purple"}


def limit_of(objectives: Sequence[Objective], measure: str, statistic: Statistic, where: str = "") -> float:
    """Return the bound that is promised. Raises KeyError when nothing is promised of the measure."""
    for each in objectives:
        if (each.measure, each.statistic, each.where) == (measure, statistic, where):
            return each.at_most if each.at_most is not None else float(each.at_least or 0.0)
    raise KeyError(measure)


P95_US = limit_of(PIPELINE_OBJECTIVES, STORED_FROM_DUE, Statistic.P95) * SECOND_US
P99_US = limit_of(PIPELINE_OBJECTIVES, STORED_FROM_DUE, Statistic.P99) * SECOND_US


def census(system: Declared, thing: str) -> str:
    """Return the query of counts by state, summed over districts. Raises ValueError for a thing that the system does not count."""
    if thing not in {count.thing for count in system.census}:
        msg = f"system {system.name!r} does not count {thing!r}"
        raise ValueError(msg)
    conditions = f"{equal('system', system.name)} AND {equal('thing', thing)}"
    inner = ops(CENSUS, 'last("count") AS "counted"', conditions, by=("state", "district"), every=EVERY, fill="none")
    return over(inner, fields='sum("counted") AS "counted"', by=("state",), every=EVERY, fill="none")


def percentile(measure: str, statistic: str, name: str) -> Line:
    """Return the course of a percentile (`p50`, `p95`, `p99`, `max`) of one latency of the pipeline, µs."""
    chosen = f'max("{statistic}_us") AS "{statistic}"'
    return Line(ops(PIPELINE_LATENCY, chosen, equal("stage", stage_of(measure)), every=EVERY, fill="none"), name)


def latency() -> Panel:
    """Return the course of what an event takes from its due time to a row that can be queried, with what is promised of it."""
    return lines(
        "How long from due to stored?",
        "Percentiles of each city minute, of all systems together. Lines mark the promises: 95 % below the first, 99 % below the second.",
        *[percentile(STORED_FROM_DUE, name, name) for name in ("p50", "p95", "p99", "max")],
        unit="µs",
        limits=((P95_US, WARN), (P99_US, BAD)),
        base="transparent",
        drawn=True,
        least=0,
    )


def city_clock() -> Panel:
    """Return the tile of city time: the local clock of the newest row, which any viewer's time zone leaves alone."""
    query = ops(RUN_EVENT, 'last("city_clock") AS "clock"', "\"city_clock\" <> ''")
    return _words("What time is it in the city?", "Local time in the city at the newest mark of the run.", Line(query, "clock"))


def newest_mark() -> Panel:
    """Return the tile of what happened last, or that the run is alive."""
    return _words(
        "What is the run doing?",
        "The newest mark of the run: a stage, an incident, or its end.",
        Line(ops(RUN_EVENT, 'last("text") AS "mark"', "\"what\" <> 'heartbeat'"), "mark"),
    )


def _words(title: str, doc: str, line: Line) -> Panel:
    reduce = {"calcs": ["lastNotNull"], "fields": f"/^{line.name}$/", "values": False}
    return tile(
        title, doc, line, base=CALM, options={"reduceOptions": reduce, "graphMode": "none", "textMode": "value", "colorMode": "none"}
    )


def verdicts(system: str, *, width: int = 24, height: int = 9) -> Panel:
    """Return the table of a system's promises with value, bound and verdict, filled when the run ends."""
    chosen = ", ".join(f'last("{name}") AS "{name}"' for name in ("verdict", "value", "bound", "samples", "unit", "promise"))
    names = {"measure": "measure", "promise": "promise", "value": "value", "unit": "unit", "samples": "samples", "verdict": "verdict"}
    return table(
        "Were the promises kept?",
        "Every objective with its value and verdict. Judged when the run ends, so it is empty while the run is live.",
        Line(ops(OBJECTIVE, chosen, f'"measure" =~ /^{system}\\./', by=("measure", "statistic", "where_label"))),
        width=width,
        height=height,
        transformations=renamed(names, ("Time", "statistic", "where_label", "bound")),
        overrides=[
            column("verdict", mappings=[_coloured()], custom__displayMode="color-text", custom__width=100),
            column("measure", custom__width=210),
            column("value", decimals=3, custom__width=90),
            column("unit", custom__width=80),
            column("samples", custom__width=90, unit="none"),
        ],
    )


def _coloured() -> Json:
    return {"type": "value", "options": {word: {"color": colour, "index": place} for place, (word, colour) in enumerate(VERDICTS.items())}}
