"""What every board shows alike: the city's clock, the newest mark, and how promises were kept.

Owns these panels and the reading of limits from objectives.
"""

from collections.abc import Sequence

from dashboards.grafana.influxql import ops
from dashboards.grafana.panels import BAD, CALM, GOOD, Json, Line, Panel, column, renamed, table, tile
from sim.judge.measures import Objective, Statistic
from sim.judge.ops import OBJECTIVE, RUN_EVENT
from sim.scenario import SLICE_US
from sim.units import MINUTE_US

EVERY = f"{SLICE_US // MINUTE_US}m"  # rows about the run come once a slice

VERDICTS = {"pass": GOOD, "fail": BAD, "no data": "text", "invalid": "purple"}


def limit_of(objectives: Sequence[Objective], measure: str, statistic: Statistic, where: str = "") -> float:
    """Return the bound that is promised. Raises KeyError when nothing is promised of the measure."""
    for each in objectives:
        if (each.measure, each.statistic, each.where) == (measure, statistic, where):
            return each.at_most if each.at_most is not None else float(each.at_least or 0.0)
    raise KeyError(measure)


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
