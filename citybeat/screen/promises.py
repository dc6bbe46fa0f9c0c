"""The promises of a finished run as people read them, as wide as there is room.

Owns layout and colours. The words of a promise are `sim.judge.promises`', what it came to the summary's.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from citybeat.screen.console import ENDLESS, table
from sim.judge.promises import Promise, promise_text, value_text
from sim.judge.verdict import Verdict

MANY = 6  # promises without a verdict that are shown one by one; more of them are counted: the report has them all
COLOURS = {"pass": "green", "fail": "red", "no data": "yellow", "invalid": "magenta", "aborted": "red", "interrupted": "yellow"}


@dataclass(frozen=True, slots=True)
class Promises:
    """The rows of summary.json's objectives: a table, one without lines where that is too wide, or a list of two lines each."""

    rows: Sequence[Promise]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the first that fits, and how many promises are not shown."""
        yield from self._fitting(console, options)
        if self._folded:
            yield Text(f"{_counted(self._folded)} with too few samples for a verdict: the report has them all", style="yellow")

    @property
    def _folded(self) -> list[Promise]:
        without = [row for row in self.rows if row.verdict == Verdict.NO_DATA and not row.required]
        return without if len(without) > MANY else []

    @property
    def _shown(self) -> list[Promise]:
        return [row for row in self.rows if row not in self._folded]

    def _fitting(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        for each in (self._table(), self._table(box=None, padding=(0, 1, 0, 0), pad_edge=False)):
            if Measurement.get(console, options.update(width=ENDLESS), each).maximum <= options.max_width:
                yield each
                return
        for row in self._shown:
            yield _pair(Text(row.measure, style="bold"), _verdict(row))
            yield _pair(f"  {promise_text(row)}", f"{_value(row)} ({samples_text(row)})")

    def _table(self, **looks: Any) -> Table:  # noqa: ANN401 - rich's own options of a table
        made = table("measure", "promise", "value", "samples", "verdict", **looks)
        for column in (2, 3):
            made.columns[column].justify = "right"
        for row in self._shown:
            made.add_row(row.measure, promise_text(row), _value(row), samples_text(row), _verdict(row))
        return made


def _counted(rows: Sequence[Promise]) -> str:
    """Return how many promises each system has: `17 promises of alarms, 9 of buses`."""
    systems = Counter(row.measure.partition(".")[0] for row in rows)
    (first, number), *rest = systems.items()
    return ", ".join([f"{number} promises of {first}", *(f"{number} of {name}" for name, number in rest)])


def _pair(left: Text | str, right: Text | str) -> Table:
    made = Table.grid(padding=(0, 1), expand=True)
    made.add_column(ratio=1, overflow="fold")
    made.add_column(justify="right", overflow="fold")
    made.add_row(left, right)
    return made


def _verdict(row: Promise) -> Text:
    return Text(row.verdict, style=COLOURS.get(row.verdict, ""))


def _value(row: Promise) -> str:
    return value_text(row.value, row.value_unit)


def samples_text(row: Promise) -> str:
    """Return how many samples there were, and of how many that are needed where they were too few."""
    short = row.verdict is Verdict.NO_DATA and row.samples < row.needed
    return f"{row.samples:,} of {row.needed:,}" if short else f"{row.samples:,}"
