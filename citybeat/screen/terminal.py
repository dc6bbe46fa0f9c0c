"""What a person sees on the terminal: the city while it lives, then the verdict.

Owns layout and words, and the code that a verb leaves with. On a pipe the live view becomes `citybeat.screen.log_lines`.
"""

import sys
from itertools import zip_longest
from types import TracebackType
from typing import Self

import click
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from citybeat.running.job import Job
from citybeat.running.progress import Progress
from citybeat.running.summary import Result
from citybeat.screen.console import can_redraw, console
from citybeat.screen.log_lines import EVERY_S, LogLines, left_text, rate_of
from citybeat.screen.promises import COLOURS, Promises
from citybeat.screen.streams import going_on, say
from sim.errors import Exit
from sim.events.batches import LiveStatus
from sim.judge.promises import value_text
from sim.summary import RunSummary
from sim.units import SECOND_US

SHORT = 6  # columns of a table that keep their width
# Why messages were passed over that are none of the run's, in words.
FOREIGN = {"foreign_run": "of other runs", "foreign_topic": "on topics of no kind"}


class LiveView:
    """Shows progress: a live panel on a terminal, lines of a log elsewhere. Everything goes to stderr, results to stdout."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False, every_s: float = EVERY_S) -> None:
        """Open nothing yet; `verbose` also tells what happens in the city, `every_s` is the wall time between lines."""
        self._console = console(stderr=True)
        self._quiet = quiet
        self._live: Live | None = None
        self._lines = LogLines(lambda line: self._console.print(line, soft_wrap=True), every_s, verbose=verbose)
        self._marks = 0

    def __enter__(self) -> Self:
        """Start the live panel where there is a terminal."""
        if can_redraw(sys.stderr) and not self._quiet:
            self._live = Live(console=self._console, refresh_per_second=6, transient=True)
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the panel away."""
        if self._live is not None:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show a moment of the run."""
        if self._live is not None:
            self._live.update(live_panel(progress))
            if self._lines.verbose:
                for mark in progress.marks[self._marks :]:
                    self._console.print(mark)  # above the panel
                self._marks = len(progress.marks)
        elif not self._quiet:
            self._lines.show(progress)


def chosen_view(*, as_json: bool, quiet: bool, verbose: bool, log_every: int | None) -> LiveView:
    """Return the view that options ask for: --json is quiet unless progress is asked for."""
    silent = quiet or (as_json and not verbose and log_every is None)
    return LiveView(quiet=silent, verbose=verbose, every_s=EVERY_S if log_every is None else log_every / SECOND_US)


def live_panel(progress: Progress) -> RenderableType:
    """Return the live view: where the run is, the pipeline's numbers, and each system as it is now."""
    title = Text.assemble((progress.title, "bold"), (f"  run {progress.run}", "dim"))
    bar = Table.grid(expand=True, padding=(0, 2))
    bar.add_column(ratio=1)
    bar.add_column(justify="right")
    left = "" if progress.left_s is None else left_text(progress.left_s)
    bar.add_row(ProgressBar(total=1.0, completed=progress.share), Text(f"{progress.phase.value}  {left}"))
    ailing = [Text(progress.trouble, style="red")] if progress.trouble else []
    parts: list[RenderableType] = [bar, _numbers(progress), *ailing, *(_live_status(live_status) for live_status in progress.live_statuses)]
    return Panel(Group(*parts), title=title, subtitle=Text(f"city time {progress.clock}", style="bold cyan"), border_style="cyan")


def _numbers(progress: Progress) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    cells = [
        ("rate", f"{rate_of(progress):,.0f}/s"),
        ("sent", f"{progress.put:,}"),
        ("stored", f"{progress.stored:,}"),
        ("waiting", f"{progress.waiting:,}"),
        ("lag p99", "–" if progress.lag_s is None else value_text(progress.lag_s, "s")),
    ]
    if progress.spooled:
        cells.append(("spooled", f"{progress.spooled:,}"))
    if progress.rejected:
        cells.append(("rejected", f"{progress.rejected:,}"))
    for _ in cells:
        table.add_column(justify="center", ratio=1)
    table.add_row(*(Text(name, style="dim") for name, _ in cells))
    table.add_row(*(Text(value, style="bold") for _, value in cells))
    if progress.starved:
        table.caption = Text("the simulation is slower than the pace: the generator is late", style="magenta")
    return table


def _live_status(live_status: LiveStatus) -> RenderableType:
    table = Table(title=Text(f"{live_status.title}: {live_status.headline}"), title_justify="left", expand=True, box=None, padding=(0, 1))
    table.collapse_padding, table.pad_edge = True, False
    for name, *cells in zip_longest(live_status.header, *live_status.rows, fillvalue=""):
        short = max(map(cell_len, (name, *cells))) <= SHORT  # where the terminal is narrow the other columns give way
        table.add_column(_one_line(name, "dim"), no_wrap=short)
    for row in live_status.rows:
        table.add_row(*map(_one_line, row))
    return table


def _one_line(words: str, style: str = "") -> Text:
    return Text(words, style=style, no_wrap=True, overflow="ellipsis")


def verdict_view(summary: RunSummary) -> RenderableType:
    """Return the verdict of a finished run: the table of promises, the books in one line, and where everything is."""
    table, total = Promises(summary.objectives), summary.books.total
    head = Text.assemble(("verdict: ", "bold"), (summary.verdict, f"bold {COLOURS.get(summary.verdict, '')}"), (f"  {summary.why}", "dim"))
    if summary.dry:
        return Group(table, head, Text(f"planned {total.planned:,}; nothing was published (dry run)"))
    way = " = " if total.planned == total.sent == total.stored else "  "
    books = f"planned {total.planned:,}{way}sent {total.sent:,}{way}stored {total.stored:,}"
    return Group(table, head, Text(books + "".join(f", {extra}" for extra in _extras(summary))))


def _extras(summary: RunSummary) -> list[str]:
    """Return what only some runs have."""
    counts = {name: getattr(summary.books.total, name) for name in ("withheld", "refused", "duplicated", "spooled", "late", "unsent")}
    extras = [f"{name} {count:,}" for name, count in counts.items() if count]
    reasons = {group: getattr(summary.books.total, group) for group in ("rejected", "injected")}
    extras += [f"{group} {name} {count:,}" for group, named in reasons.items() for name, count in named.items() if count]
    extras += [
        f"{count:,} messages {FOREIGN.get(name, f'of others, {name}')}" for name, count in summary.books.total.foreign.items() if count
    ]
    extras += [f"ignored statuses, {reason} {count:,}" for reason, count in summary.ingest.ignored_statuses.items()]
    if not summary.ingest.proven:
        extras.append("ingest's word not proven (CITYBEAT_INGEST_KEY)")
    if summary.ops_unwritten:
        extras.append(f"{summary.ops_unwritten:,} rows about the run not written")
    return extras


def print_result(result: Result, cut_short: str = "") -> None:
    """Print the verdict and where the run lies, to stdout; `cut_short` says it of the run that was played again."""
    out = console()
    out.print(verdict_view(result.record))
    if cut_short:
        out.print(f"replay:     of a run that was {cut_short}", soft_wrap=True)
    out.print(f"run folder: {result.folder}\nreport:     {result.report}", soft_wrap=True)


def finish(context: click.Context, result: Result, *, as_json: bool, cut_short: str = "") -> None:
    """Print summary.json or the verdict, say what went wrong on stderr, and exit with the run's code."""
    code = result.exit_code
    try:
        _print(result, as_json=as_json, cut_short=cut_short)
    except OSError as error:
        say(f"citybeat: stdout could not be written ({error.strerror}); the result lies in {result.folder}")
        code = code or int(Exit.UNREACHABLE)
    if result.record.failure:
        say(f"citybeat: {result.record.failure}")
    context.exit(code)


def _print(result: Result, *, as_json: bool, cut_short: str) -> None:
    if as_json:
        written = result.record.as_json()
        with going_on(sys.stdout):  # bytes: JSON is UTF-8 on every terminal; a stream of Python's own has only text
            click.echo(written if hasattr(sys.stdout, "buffer") else written.decode())
    else:
        print_result(result, cut_short)


def say_notes(job: Job) -> None:
    """Say on stderr what the systems repaired or left out in their input."""
    for note in job.notes:
        say(f"citybeat: note: {note.text()}")
