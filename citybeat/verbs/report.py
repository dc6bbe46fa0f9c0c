"""`citybeat report`: write a run's report again, from what the run left behind.

Owns the verb. How a report looks is `dashboards.report`'s.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from brokers.tape.ledger import TapeLedger
from citybeat import folder as folders
from citybeat.places import RUNS
from dashboards.report import write_report
from sim.figures import Figure, Grade


@click.command()
@click.argument("name", metavar="RUN")
@click.option("--runs", type=click.Path(path_type=Path), default=RUNS, show_default=True, help="Folder of runs.")
def report(name: str, runs: Path) -> None:
    """Write the report of RUN (an id, a path, or `last`) again and say where it is."""
    folder = folders.find(name, runs)
    summary = folders.read_summary(folder.path)
    write_report(folder.report, summary, TapeLedger(folder.path), figures_of(summary))
    click.echo(folder.report)


def figures_of(summary: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures that the run's systems read; a table comes back as a tuple, which JSON does not know."""
    return tuple(
        Figure(**row | {"grade": Grade(row["grade"]), "value": tuple(row["value"]) if isinstance(row["value"], list) else row["value"]})
        for row in summary.get("figures", ())
    )
