"""Panels: one question, one picture, in Grafana's classic JSON.

Owns how pictures look. Which questions are asked, and of what, stands on the boards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dashboards.grafana.influxql import Select

Json = dict[str, Any]

SOURCE: Json = {"type": "influxdb", "uid": "citybeat"}

# Grafana's own palette keeps its meaning on every theme; verdicts are told by word as well.
GOOD, WARN, BAD, CALM, PLAIN = "green", "orange", "red", "blue", "text"
QUIET = " Empty is good here: nothing of the kind has happened."


class Picture(StrEnum):
    """The kinds of picture, by Grafana's name of the panel."""

    TILE = "stat"
    LINES = "timeseries"
    TABLE = "table"
    MAP = "geomap"


@dataclass(frozen=True, slots=True)
class Line:
    """One query of a panel; `name` labels its series (`$tag_x` stands for a tag), empty in tables."""

    query: Select | str
    name: str = ""

    @property
    def text(self) -> str:
        """Return the query's text."""
        return self.query if isinstance(self.query, str) else self.query.text()


@dataclass(frozen=True, slots=True)
class Panel:
    """A question, answered. `limits` are (value, colour) steps above the base colour; with `drawn` they are lines in the picture.

    A panel that is `quiet_is_good` may be empty on a clean run; `nothing` says in the panel why it is. Rows stay a table when `flat`.
    `options`, `custom`, `overrides` and `transformations` are Grafana's.
    """

    title: str
    doc: str
    picture: Picture
    lines: Sequence[Line]
    width: int = 12
    height: int = 8
    unit: str = "short"
    decimals: int | None = None
    base: str = PLAIN
    limits: Sequence[tuple[float, str]] = ()
    drawn: bool = False
    quiet_is_good: bool = False
    nothing: str = ""
    least: float | None = None
    most: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    transformations: Sequence[Json] = ()
    flat: bool = False

    def as_json(self, number: int, x: int, y: int) -> Json:
        """Return the panel at a place on the board."""
        return {
            "id": number,
            "type": self.picture.value,
            "title": self.title,
            "description": self.doc + (QUIET if self.quiet_is_good else ""),
            "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "targets": [self._target(place, line) for place, line in enumerate(self.lines)],
            "fieldConfig": {"defaults": self._defaults(), "overrides": list(self.overrides)},
            "options": OPTIONS[self.picture] | dict(self.options),
            "transformations": list(self.transformations),
        }

    def _target(self, place: int, line: Line) -> Json:
        flat = self.flat or self.picture in (Picture.TABLE, Picture.MAP)
        named = {"alias": line.name} if line.name else {}
        shape = {"rawQuery": True, "query": line.text, "resultFormat": "table" if flat else "time_series"}
        return {"refId": chr(ord("A") + place), "datasource": SOURCE, **shape, **named}

    def _defaults(self) -> Json:
        steps = [{"color": self.base, "value": None}, *({"color": colour, "value": value} for value, colour in self.limits)]
        found: Json = {
            "unit": self.unit,
            "decimals": self.decimals,
            "min": self.least,
            "max": self.most,
            "noValue": self.nothing or None,
            "thresholds": {"mode": "absolute", "steps": steps},
            "color": {"mode": "palette-classic" if self.picture is Picture.LINES else "thresholds"},
            "custom": CUSTOM.get(self.picture, {}) | ({"thresholdsStyle": {"mode": "line"}} if self.drawn else {}) | dict(self.custom),
        }
        return {key: value for key, value in found.items() if value is not None}


OPTIONS: dict[Picture, Json] = {
    Picture.TILE: {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "textMode": "auto",
        "orientation": "auto",
    },
    Picture.LINES: {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    Picture.TABLE: {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}},
    Picture.MAP: {
        "view": {"id": "fit", "lat": 31.2, "lon": 121.5, "zoom": 10},
        "controls": {"showZoom": True, "mouseWheelZoom": True, "showAttribution": True},
        "basemap": {"type": "default", "name": "Map"},
        "tooltip": {"mode": "details"},
    },
}
CUSTOM: dict[Picture, Json] = {
    Picture.LINES: {"lineWidth": 2, "fillOpacity": 8, "showPoints": "never", "spanNulls": 900_000, "lineInterpolation": "linear"},
    Picture.TABLE: {"align": "auto", "displayMode": "auto", "filterable": True},
}


def tile(title: str, doc: str, line: Line, *, more: Sequence[Line] = (), **fields: Any) -> Panel:  # noqa: ANN401 - the fields of Panel
    """Return one number with its course behind it; `more` are queries that a transformation needs."""
    return Panel(title, doc, Picture.TILE, (line, *more), **{"width": 4, "height": 4, **fields})


def lines(title: str, doc: str, *queries: Line, **more: Any) -> Panel:  # noqa: ANN401 - the fields of Panel
    """Return courses over time."""
    return Panel(title, doc, Picture.LINES, queries, **more)


def table(title: str, doc: str, *queries: Line, **more: Any) -> Panel:  # noqa: ANN401 - the fields of Panel
    """Return rows and columns."""
    return Panel(title, doc, Picture.TABLE, queries, **more)


def stacked(**more: Any) -> Json:  # noqa: ANN401 - Grafana's own
    """Return how lines are drawn when they add up."""
    return {"stacking": {"mode": "normal", "group": "A"}, "fillOpacity": 55, "lineWidth": 1, **more}


def column(name: str, **properties: Any) -> Json:  # noqa: ANN401 - Grafana's own
    """Return an override of one column or series, properties by Grafana's id with `__` for a dot."""
    found = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": found}


def fixed(name: str, colour: str) -> Json:
    """Return the override that gives a series its colour whatever its place."""
    return column(name, color={"mode": "fixed", "fixedColor": colour})


def renamed(names: Mapping[str, str], hidden: Sequence[str] = ("Time",)) -> list[Json]:
    """Return the transformation that names and orders the columns of a table and hides others."""
    order = {name: place for place, name in enumerate(names)}
    options = {"renameByName": dict(names), "indexByName": order, "excludeByName": dict.fromkeys(hidden, True)}
    return [{"id": "organize", "options": options}]


def markers(name: str, colour_by: str = "") -> Json:
    """Return the layer of a map with a dot at every latitude and longitude, coloured by a field where one is named."""
    colour = {"field": colour_by, "fixed": CALM} if colour_by else {"fixed": CALM}
    style = {"color": colour, "size": {"fixed": 6, "min": 2, "max": 15}, "opacity": 0.8}
    place = {"mode": "coords", "latitude": "latitude", "longitude": "longitude"}
    return {"type": "markers", "name": name, "location": place, "tooltip": True, "config": {"style": style, "showLegend": False}}


# Units that Grafana has a name for; any other stands behind the number as it is.
_UNITS = {
    "": "short",
    "ratio": "short",
    "share": "percentunit",
    "s": "s",
    "m/s": "velocityms",
    "W": "watt",
    "kWh": "kwatth",
    "deg": "degree",
    "m": "lengthm",
}


def unit_id(unit: str) -> str:
    """Return Grafana's name of a unit."""
    return _UNITS.get(unit, f"suffix: {unit}")


def ratio(above: str, below: str) -> list[Json]:
    """Return the transformations that divide one series by another: InfluxQL cannot join two queries."""
    divided = {"left": above, "operator": "/", "right": below}
    return [
        {"id": "concatenate", "options": {"frameNameMode": "drop"}},
        {"id": "calculateField", "options": {"mode": "binary", "binary": divided, "alias": f"{above} / {below}", "replaceFields": True}},
    ]


def merged(*quotients: tuple[str, str, str]) -> list[Json]:
    """Return the transformations that make one table of several queries with the same tags; of each (name, above, below) a column."""
    return [{"id": "merge", "options": {}}, *(_quotient(*each) for each in quotients)]


def _quotient(name: str, above: str, below: str) -> Json:
    divided = {"left": above, "operator": "/", "right": below}
    return {"id": "calculateField", "options": {"mode": "binary", "binary": divided, "alias": name, "replaceFields": False}}


def ordered(column_name: str, *, falling: bool = False) -> Json:
    """Return the transformation that sorts a table by a column, by its name at that place."""
    return {"id": "sortBy", "options": {"fields": {}, "sort": [{"field": column_name, "desc": falling}]}}
