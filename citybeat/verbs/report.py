"""`citybeat report`: write a run's report again, from what the run left behind.

Owns the verb. How a report looks is `dashboards.report`'s.
"""

from pathlib import Path
from typing import Any

import click

from brokers.tape.ledger import TapeLedger
from citybeat import folder as folders
from citybeat.account import UNFINISHED, account_of, figures_of
from citybeat.folder import RunFolder
from citybeat.places import RUNS
from dashboards.report import write_report


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, show_default=True, help="Folder of runs.")
def report(name: str, runs: Path) -> None:
    """Write the report of RUN (an id, a path, or `last`) again and say where it is."""
    folder = folders.find(name, runs)
    account = drawn(folder)
    if account.get(UNFINISHED):
        click.echo(f"citybeat: run {folder.run} is unfinished: {account['why']}", err=True)
    click.echo(folder.report)


def drawn(folder: RunFolder) -> dict[str, Any]:
    """Write the report and return the account it was drawn from. A run that lives may join parts that are just read: then again."""
    for last in (False, False, True):
        try:
            account = account_of(folder)
            write_report(folder.report, account, TapeLedger(folder.path), figures_of(account))
        except FileNotFoundError:
            if last:
                raise
        else:
            break
    return account
