"""`citybeat report`: write a run's report again, from what the run left behind.

Owns the verb. How a report looks is `dashboards.report`'s.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from citybeat.verbs.options import RUN, RUNS_OPTION
from citybeat.verbs.wrong_options import Verb

if TYPE_CHECKING:
    from citybeat.kept.folder import RunFolder
    from sim.summary import RunSummary


@click.command(cls=Verb)
@RUN
@RUNS_OPTION
def report(name: str, runs: Path) -> None:
    """Write the report of RUN (an id, a path, or `last`) again and say where it is."""
    from citybeat.kept import folder as folders

    folder = folders.find(name, runs)
    record = drawn(folder)
    if record.unfinished:
        click.echo(f"citybeat: run {folder.run} is unfinished: {record.why}", err=True)
    click.echo(folder.report)


def drawn(folder: "RunFolder") -> "RunSummary":
    """Write the report and return the record it was drawn from. A run that lives may join parts that are just read: then again."""
    from brokers.tape.event_log import TapeLog
    from citybeat.kept.record import record_of
    from dashboards.report import write_report

    for last in (False, False, True):
        try:
            record = record_of(folder)
            write_report(folder.report, record, TapeLog(folder.path))
        except FileNotFoundError:
            if last:
                raise
        else:
            break
    return record
