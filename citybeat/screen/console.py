"""Consoles and tables: what may be printed on the stream that there is.

Owns width, colours, markup (none: a name in square brackets is a name) and letters that the stream's encoding lacks.
"""

import codecs
import os
import sys
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from citybeat.screen.streams import forgiving

ENDLESS = 10_000  # columns, to ask how wide a table would like to be
PIPE_WIDTH = 120  # where nothing says how wide it is
FALLBACK = "citybeat.fallback"
# What stands for our own signs where the encoding has none; of other letters the code is shown.
FALLBACKS = {"≤": "<=", "≥": ">=", "–": "-", "−": "-", "×": "x", "µ": "u", "…": "...", "→": "->", "·": ".", "±": "+-"}


def _fallback(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in FALLBACKS:
        return FALLBACKS[error.object[error.start]], error.start + 1
    return codecs.backslashreplace_errors(error)


codecs.register_error(FALLBACK, _fallback)


def forgive(*streams: TextIO) -> None:
    """Let streams take every text: what their encoding lacks is spelled another way. Files and pipes of others stay as they are."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=FALLBACK)


def console(*, stderr: bool = False) -> Console:
    """Return a console on stdout or stderr that prints names as they are, and goes on when its reader leaves.

    On a pipe it is as wide as COLUMNS says, else 120.
    """
    stream = sys.stderr if stderr else sys.stdout
    forgive(stream)
    told = os.environ.get("COLUMNS", "")
    width = None if stream.isatty() else int(told) if told.isdecimal() and int(told) else PIPE_WIDTH
    return Console(file=forgiving(stream), stderr=stderr, markup=False, emoji=False, highlight=False, width=width)


def can_redraw(stream: TextIO) -> bool:
    """Return whether a stream is a screen on which lines can be drawn again; colours that are forced on a pipe make it none."""
    return stream.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


class Folding(Table):
    """A table whose rows become short lists where it would have to break words: a run's id in four lines is none."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, in which no column of names breaks them, or its rows one below the other."""
        for column in self.columns:
            column.no_wrap = not any(" " in str(cell) for cell in column.cells)
        if self.__rich_measure__(console, options.update(width=ENDLESS)).minimum <= options.max_width:
            yield from super().__rich_console__(console, options)
            return
        if self.title:
            yield Text(str(self.title), style="italic")
        for cells in zip(*(column.cells for column in self.columns), strict=True):
            yield Text(str(cells[0]), style="bold", overflow="fold")
            named = [(str(column.header), str(cell)) for column, cell in zip(self.columns, cells, strict=True)][1:]
            rest = Text(", ").join(Text(f"{name} {cell}".strip()) for name, cell in named if cell)
            yield Padding(Text(rest.plain, overflow="fold"), (0, 0, 0, 2))


def table(*names: str, **looks: Any) -> Table:  # noqa: ANN401 - rich's own options of a table
    """Return an empty table that is readable at any width: a name that is cut is no name."""
    made = Folding(**{"header_style": "dim", "title_justify": "left"} | looks)
    for name in names:
        made.add_column(name, overflow="fold")
    return made
