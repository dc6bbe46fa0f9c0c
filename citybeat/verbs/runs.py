"""`citybeat runs`: which runs there are, and deleting them where they left something.

Owns the verb. Folders are `citybeat.kept.folder`'s, rows in a store the store's.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citybeat.verbs.options import RUNS_OPTION, broker_option, complete_run
from citybeat.verbs.wrong_options import VerbGroup
from sim.errors import CitybeatError, ServiceError, UsageError

if TYPE_CHECKING:
    from citybeat.kept.folder import RunFolder


@click.group(cls=VerbGroup)
def runs() -> None:
    """List runs, or delete one with its rows."""


@runs.command("list")
@RUNS_OPTION
def list_runs(runs: Path) -> None:
    """List the runs, oldest first; unfinished and damaged ones with what is wrong with them."""
    from rich.text import Text

    from citybeat.kept.listing import listed_runs
    from citybeat.screen.console import console, table
    from citybeat.screen.promises import COLOURS

    found = table("run", "scenario", "seed", "speed", "events", "stored", "verdict", "folder")
    rows = listed_runs(runs)
    for row in rows:
        verdict = Text(row.verdict, style=COLOURS.get(row.verdict, ""))
        found.add_row(row.run, row.scenario, row.seed, row.speed, row.events, row.stored, verdict, str(row.path))
    if rows:
        console().print(found)
    else:
        click.echo(f"no runs in {runs} yet: `citybeat run bus_arrivals` makes one")
    for row in rows:
        if row.trouble:
            click.echo(f"citybeat: {row.trouble}", err=True)


@runs.command()
@click.argument("names", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_run)
@RUNS_OPTION
@click.option("--keep-rows", is_flag=True, help="Leave the rows in InfluxDB.")
@click.option("--keep-messages", is_flag=True, help="Leave what a killed run has on its broker.")
@broker_option("URL of the broker on which a killed run left something.", default="")
def delete(names: tuple[str, ...], runs: Path, broker: str, *, keep_rows: bool, keep_messages: bool) -> None:
    """Delete runs: their folders, their rows in InfluxDB when INFLUXDB_URL is set, and what killed ones left on a broker."""
    from brokers.influx.store import InfluxStore
    from citybeat.kept import folder as folders
    from citybeat.kept.claim import lives
    from citybeat.running.connections import influx_settings
    from citybeat.running.settings import RunSettings

    found = [folders.find(name, runs) for name in names]
    living = [folder.run for folder in found if lives(folder.path)]
    if living:
        msg = f"run {', '.join(living)} still lives: end it first (Ctrl-C, or SIGTERM to its process)"
        raise UsageError(msg)
    store = None if keep_rows or not os.environ.get("INFLUXDB_URL") else InfluxStore(influx_settings(RunSettings(store="influx")))
    for folder in found:
        if not keep_messages:
            clean_broker(folder, broker)
        if store is not None:
            store.delete(folder.run)
        folders.delete(folder)
        click.echo(f"deleted run {folder.run}: its folder" + (" and its rows in InfluxDB" if store else ""))
    if store is not None:
        store.close()


def clean_broker(folder: "RunFolder", url: str) -> None:
    """Clean what a killed run left on its broker. Raises ServiceError, saying what is left where, when that cannot be done now."""
    from citybeat.kept.leftovers import left_by
    from citybeat.running.connections import broker_settings
    from citybeat.running.settings import RunSettings

    left = left_by(folder.path)
    if left is None:
        return
    try:
        broker = broker_settings(left.broker, RunSettings())
        given = broker_settings(url, RunSettings()) if url not in ("", "embedded", "none") else broker
        left.clean(given if given.place == broker.place else broker)
    except CitybeatError as error:
        msg = (
            f"run {folder.run} left {len(left.sessions)} sessions and {len(left.retained)} retained messages on {left.broker}, "
            f"which cannot be cleaned now: {error}. Try again when the broker is there, or leave them with --keep-messages"
        )
        raise ServiceError(msg) from error
