"""`citybeat boards`: generate the boards, push them to a Grafana, or check them against a store.

Owns the verb and where Grafana and InfluxDB are. The boards are `dashboards`'.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from citybeat.verbs.options import RUN, RUNS_OPTION, complete_run, out_option, scenario_option, together
from citybeat.verbs.wrong_options import VerbGroup
from sim.errors import DiskError, Exit, UsageError

if TYPE_CHECKING:
    from citybeat.running.settings import RunSettings
    from dashboards.grafana.board import Board
    from dashboards.grafana.publish import GrafanaSettings

RUN_OPTION = click.option("--run", "run", metavar="RUN", shell_complete=complete_run, help="Boards of the systems of this run.")
SCENARIO_OPTION = scenario_option("Boards of the systems of this scenario or script.")


# Whose boards are meant; without it they are those of the systems that come with citybeat.
whose_boards = together(RUN_OPTION, SCENARIO_OPTION, RUNS_OPTION)


@click.group(cls=VerbGroup)
def boards() -> None:
    """Build, push or check the Grafana boards."""


@boards.command()
@whose_boards
@out_option("Folder for the files; citybeat's own when left out.")
def build(out: Path | None, run: str | None, scenario: str | None, runs: Path) -> None:
    """Write the boards as JSON, from kinds, measures and promises."""
    from dashboards.grafana.board import FOLDER, write

    if out is None and (run or scenario):
        msg = "name a folder for these boards with --out: citybeat's own folder holds the boards that come with it"
        raise UsageError(msg)
    out = out or FOLDER
    try:
        changed = write(chosen(run, scenario, runs), out)
    except OSError as error:
        msg = f"cannot write boards to {out}: {error.strerror}; choose another --out"
        raise DiskError(msg) from error
    for path in changed:
        click.echo(path)
    if not changed:
        click.echo(f"the boards in {out} are current")


@boards.command("push")
@whose_boards
@click.option("--source-url", help="InfluxDB as Grafana sees it; INFLUXDB_URL when left out.")
def push_boards(source_url: str | None, run: str | None, scenario: str | None, runs: Path) -> None:
    """Create or update folder, data source and boards in the Grafana at GRAFANA_URL."""
    from citybeat.running.connections import influx_settings
    from citybeat.running.settings import RunSettings
    from dashboards.grafana.publish import DataSource, push
    from sim.addresses import web_address

    pushed = chosen(run, scenario, runs)
    settings = RunSettings()
    influx = influx_settings(settings)
    source = DataSource(web_address(source_url, "--source-url") if source_url else influx.url, influx.token)
    for address in push(grafana_settings(settings), source, pushed):
        click.echo(address)


@boards.command("check")
@RUN
@SCENARIO_OPTION
@RUNS_OPTION
@click.pass_context
def check_boards(context: click.Context, /, name: str, scenario: str | None, runs: Path) -> None:
    """Ask every panel's query about RUN (an id, a path, or `last`) in InfluxDB; fail on an error or an empty panel.

    The boards are those of the run's systems. Of a run whose folder is not here, name the --scenario.
    """
    from brokers.influx.store import InfluxStore
    from citybeat.running.connections import influx_settings
    from citybeat.running.settings import RunSettings
    from dashboards.grafana.check import check

    asked = chosen(None, scenario, runs) if scenario or not is_here(name, runs) else chosen(name, None, runs)
    store = InfluxStore(influx_settings(RunSettings()))
    try:
        problems = check(store, run_id(name, runs), asked)
    finally:
        store.close()
    for problem in problems:
        click.echo(problem)
    panels = sum(len(board.panels) for board in asked)
    click.echo(f"{panels} panels asked, {len(problems)} problems")
    context.exit(int(Exit.FAILED if problems else Exit.PASS))


def chosen(run: str | None, scenario: str | None, runs: Path) -> "Sequence[Board]":
    """Return the boards of a run's or a scenario's systems, and without either those that come with citybeat.

    Raises UsageError for both at once, and for a run or scenario that cannot be read.
    """
    from brokers.tape.event_log import TapeLog
    from citybeat.kept import folder as folders
    from citybeat.running.job import declared_in
    from dashboards.boards.of_systems import boards_of, shipped_boards
    from scenarios.loader import load

    if run and scenario:
        msg = "name the systems once: with --run or with --scenario"
        raise UsageError(msg)
    if run:
        return boards_of(TapeLog(folders.find(run, runs).path).header.declared)
    return boards_of(declared_in(load(scenario))) if scenario else shipped_boards()


def is_here(name: str, runs: Path) -> bool:
    """Return whether a run has a folder here."""
    from citybeat.kept import folder as folders

    try:
        return bool(folders.find(name, runs))
    except UsageError:
        return False


def run_id(name: str, runs: Path) -> str:
    """Return the id of a run that has a folder here, or the id itself: its folder may lie on another machine. Raises UsageError."""
    from citybeat.kept import folder as folders
    from sim.summary import RUN_ID

    try:
        return folders.find(name, runs).run
    except UsageError:
        if RUN_ID.fullmatch(name):
            return name
        raise


def grafana_settings(settings: "RunSettings") -> "GrafanaSettings":
    """Read GRAFANA_URL and GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD (or *_FILE). Raises UsageError without a URL."""
    from dashboards.grafana.publish import GrafanaSettings
    from sim.addresses import web_address

    found = {name: settings.secret(f"GRAFANA_{name}") or "" for name in ("URL", "TOKEN", "USER", "PASSWORD")}
    if not found["URL"]:
        msg = "boards push needs GRAFANA_URL in the environment, such as http://127.0.0.1:3000"
        raise UsageError(msg)
    return GrafanaSettings(web_address(found["URL"], "GRAFANA_URL"), found["TOKEN"], found["USER"], found["PASSWORD"])
