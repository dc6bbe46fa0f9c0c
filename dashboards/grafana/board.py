"""Boards: panels in rows, what is chosen at the top, marks, and the committed JSON.

Owns the frame that all boards share and the files in `json/`. What a board asks stands in its own module.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboards.grafana.influxql import ops
from dashboards.grafana.panels import SOURCE, Json, Panel
from dashboards.grafana.variables import Refresh, Variable
from sim.judge.ops import RUN_BEGUN, RUN_EVENT

FOLDER = Path(__file__).parents[1] / "json"
COLUMNS = 24
SCHEMA = 37  # of Grafana 9.3; later ones read it

# Newest run first, so a board opens on the run that lives: `run_begun` stands at wall time. SHOW TAG VALUES sorts by the letter,
# and on InfluxDB 2.9.1 it answers nothing for any but the default retention policy (seen).
RUNS = f'SELECT "run"::tag, "title" FROM "ops"."{RUN_BEGUN.name}" ORDER BY time DESC LIMIT 1000'  # noqa: S608 - the schema's name
RUN = Variable("run", "Run", RUNS, Refresh.ON_TIME_RANGE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of panels under a heading; panels flow to the right and wrap."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Board:
    """A board with a fixed uid; `file` is its name in `json/`. `choices` stand beside the choice of the run."""

    name: str
    title: str
    doc: str
    rows: Sequence[Row]
    choices: Sequence[Variable] = ()

    @property
    def uid(self) -> str:
        """Return the uid under which Grafana keeps the board."""
        return uid_of(self.name)

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"{self.name}.json"

    @property
    def panels(self) -> list[Panel]:
        """Return all panels, in order."""
        return [panel for row in self.rows for panel in row.panels]

    def as_json(self) -> Json:
        """Return the board in Grafana's classic JSON."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.doc,
            "tags": ["citybeat"],
            "schemaVersion": SCHEMA,
            "version": 1,
            "editable": True,
            "graphTooltip": 1,
            "time": {"from": "now-1h", "to": "now"},
            "refresh": "5s",
            "timezone": "browser",
            "templating": {"list": [each.as_json() for each in (RUN, *self.choices)]},
            "annotations": {"list": [_marks()]},
            "links": [_links()],
            "panels": _placed(self.rows),
        }


def uid_of(name: str) -> str:
    """Return the uid of the board of a name."""
    return f"citybeat-{name}"


def _marks() -> Json:
    text = marks_query()
    columns = {"textColumn": "text", "tagsColumn": "what", "titleColumn": "", "timeEndColumn": ""}
    return {
        "name": "What happened",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "#8a8f99",
        "query": text,
        **columns,
    }


def marks_query() -> str:
    """Return the query of the marks that all panels over time show."""
    return ops(RUN_EVENT, '"text", "what"', "\"what\" <> 'heartbeat'").text()


def _links() -> Json:
    shown = {"asDropdown": False, "icon": "external link", "keepTime": True, "includeVars": True, "targetBlank": False}
    return {"type": "dashboards", "title": "citybeat", "tags": ["citybeat"], **shown}


def _placed(rows: Sequence[Row]) -> list[Json]:
    placed: list[Json] = []
    number, top = 1, 0
    for row in rows:
        heading = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        placed.append({"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": heading, "panels": []})
        number, top, x, tallest = number + 1, top + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                top, x, tallest = top + tallest, 0, 0
            placed.append(panel.as_json(number, x, top))
            number, x, tallest = number + 1, x + panel.width, max(tallest, panel.height)
        top += tallest
    return placed


def as_text(board: Board) -> str:
    """Return a board as it is committed: stable, readable, ending in a line break."""
    return json.dumps(board.as_json(), indent=1, ensure_ascii=False) + "\n"


def write(boards: Sequence[Board], folder: Path = FOLDER) -> list[Path]:
    """Write the boards' files; return those that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = [board for board in boards if not _is_current(board, folder)]
    for board in changed:
        (folder / board.file).write_text(as_text(board), encoding="utf-8")
    return [folder / board.file for board in changed]


def stale(boards: Sequence[Board], folder: Path = FOLDER) -> list[str]:
    """Return the names of files that differ from what is generated, are missing, or belong to no board."""
    wrong = [board.file for board in boards if not _is_current(board, folder)]
    strangers = {path.name for path in folder.glob("*.json")} - {board.file for board in boards}
    return sorted([*wrong, *strangers])


def _is_current(board: Board, folder: Path) -> bool:
    path = folder / board.file
    return path.is_file() and path.read_text(encoding="utf-8") == as_text(board)
