"""The promises of a finished run as people read them, as wide as there is room.

Owns layout and words of a promise. What it came to, summary.json says.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from citybeat.screen.console import ENDLESS, table
from sim.units import SECOND_US, duration_text

COLOURS = {"pass": "green", "fail": "red", "no data": "yellow", "invalid": "magenta", "aborted": "red", "interrupted": "yellow"}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Promises:
    """The rows of summary.json's objectives: a table, one without lines where that is too wide, or a list of two lines each."""

    rows: Sequence[Row]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the first that fits."""
        for each in (self._table(), self._table(box=None, padding=(0, 1, 0, 0), pad_edge=False)):
            if Measurement.get(console, options.update(width=ENDLESS), each).maximum <= options.max_width:
                yield each
                return
        for row in self.rows:
            yield _pair(Text(row["measure"], style="bold"), _verdict(row))
            yield _pair(f"  {promise_text(row)}", f"{_value(row)} ({samples_text(row)})")

    def _table(self, **looks: Any) -> Table:  # noqa: ANN401 - rich's own options of a table
        made = table("measure", "promise", "value", "samples", "verdict", **looks)
        for column in (2, 3):
            made.columns[column].justify = "right"
        for row in self.rows:
            made.add_row(row["measure"], promise_text(row), _value(row), samples_text(row), _verdict(row))
        return made


def _pair(left: Text | str, right: Text | str) -> Table:
    made = Table.grid(padding=(0, 1), expand=True)
    made.add_column(ratio=1, overflow="fold")
    made.add_column(justify="right", overflow="fold")
    made.add_row(left, right)
    return made


def _verdict(row: Row) -> Text:
    return Text(row["verdict"], style=COLOURS.get(row["verdict"], ""))


def _value(row: Row) -> str:
    return value_text(row["value"], unit_of(row))


def samples_text(row: Row) -> str:
    """Return how many samples there were, and of how many that are needed where they were too few."""
    short = row["verdict"] == "no data" and row["samples"] < row["needed"]
    return f"{row['samples']:,} of {row['needed']:,}" if short else f"{row['samples']:,}"


def promise_text(row: Mapping[str, Any]) -> str:
    """Return an objective's promise in a few words with units."""
    limit = "" if row["limit"] is None else f" {value_text(row['limit'], row['unit'])}"
    sign = "≤" if row["sense"] == "at most" else "≥"
    where = f" [{row['where']}]" if row["where"] else ""
    return f"{row['statistic'].replace('_', ' ')}{limit}{where} {sign} {value_text(row['bound'], unit_of(row))}"


def unit_of(row: Mapping[str, Any]) -> str:
    """Return the unit of an objective's value and bound: a share and a CV have none of the measure's."""
    if "share" in row["statistic"]:
        return "share"
    return "ratio" if row["statistic"] == "cv" else "" if row["statistic"] == "count" else str(row["unit"])


def value_text(value: float | None, unit: str) -> str:
    """Return a value with its unit, short enough for a table; a dash for none."""
    if value is None or math.isnan(value):
        return "–"
    if unit == "s":
        return duration_text(float(f"{value * SECOND_US:.3g}")) or "0s"
    if unit in ("share", "ratio"):
        return f"{value * 100:.4g} %" if unit == "share" else f"{value:.3g}"
    return f"{value:,.4g} {unit}".rstrip()
