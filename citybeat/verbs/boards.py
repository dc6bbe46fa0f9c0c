"""`citybeat boards`: generate the boards, push them to a Grafana, or check them against a store.

Owns the verb and where Grafana and InfluxDB are. The boards are `dashboards`'.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from citybeat.verbs.options import PATH, RUNS_OPTION, complete_run
from citybeat.verbs.wrong_options import VerbGroup
from sim.errors import DiskError, Exit, UsageError

if TYPE_CHECKING:
    from citybeat.running.settings import RunSettings
    from dashboards.grafana.publish import GrafanaSettings


@click.group(cls=VerbGroup)
def boards() -> None:
    """Build, push or check the Grafana boards."""


@boards.command()
@click.option("--out", type=PATH, help="Folder for the files; citybeat's own when left out.")
def build(out: Path | None) -> None:
    """Write the boards as JSON, from kinds, measures and promises."""
    from dashboards.boards.of_systems import shipped_boards
    from dashboards.grafana.board import FOLDER, write

    out = out or FOLDER
    try:
        changed = write(shipped_boards(), out)
    except OSError as error:
        msg = f"cannot write boards to {out}: {error.strerror}; choose another --out"
        raise DiskError(msg) from error
    for path in changed:
        click.echo(path)
    if not changed:
        click.echo(f"the boards in {out} are current")


@boards.command("push")
@click.option("--source-url", help="InfluxDB as Grafana sees it; INFLUXDB_URL when left out.")
def push_boards(source_url: str | None) -> None:
    """Create or update folder, data source and boards in the Grafana at GRAFANA_URL."""
    from citybeat.running.connections import influx_settings
    from citybeat.running.settings import RunSettings
    from dashboards.boards.of_systems import shipped_boards
    from dashboards.grafana.publish import DataSource, push
    from sim.addresses import web_address

    settings = RunSettings()
    influx = influx_settings(settings)
    source = DataSource(web_address(source_url, "--source-url") if source_url else influx.url, influx.token)
    for address in push(grafana_settings(settings), source, shipped_boards()):
        click.echo(address)


@boards.command("check")
@click.argument("name", metavar="RUN", shell_complete=complete_run)
@RUNS_OPTION
@click.pass_context
def check_boards(context: click.Context, /, name: str, runs: Path) -> None:
    """Ask every panel's query about RUN (an id, a path, or `last`) in InfluxDB; fail on an error or an empty panel."""
    from brokers.influx.store import InfluxStore
    from citybeat.running.connections import influx_settings
    from citybeat.running.settings import RunSettings
    from dashboards.boards.of_systems import shipped_boards
    from dashboards.grafana.check import check

    store = InfluxStore(influx_settings(RunSettings()))
    try:
        problems = check(store, run_id(name, runs), shipped_boards())
    finally:
        store.close()
    for problem in problems:
        click.echo(problem)
    panels = sum(len(board.panels) for board in shipped_boards())
    click.echo(f"{panels} panels asked, {len(problems)} problems")
    context.exit(int(Exit.FAILED if problems else Exit.PASS))


def run_id(name: str, runs: Path) -> str:
    """Return the id of a run that has a folder here, or the id itself: its folder may lie on another machine. Raises UsageError."""
    from citybeat.kept import folder as folders

    try:
        return folders.find(name, runs).run
    except UsageError:
        if folders.RUN_ID.fullmatch(name):
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
