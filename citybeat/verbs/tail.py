"""`citybeat tail`: events of a run or of a broker as they pass.

Owns the verb. What is read and how it is shown is `citybeat.running.passing`'s.
"""

from pathlib import Path

import click

from citybeat.verbs.options import ROOT_OPTION, RUNS_OPTION, broker_option, complete_run, for_option, json_option
from citybeat.verbs.wrong_options import Verb
from sim.errors import UsageError


@click.command(cls=Verb)
@click.argument("name", metavar="[RUN]", required=False, shell_complete=complete_run)
@broker_option("Listen to this broker instead of reading a run.")
@RUNS_OPTION
@ROOT_OPTION
@click.option("--kind", help="Only this kind.")
@click.option("--district", help="Only this district.")
@click.option("--device", help="Only this device.")
@click.option("-n", "count", type=click.IntRange(min=1), help="Stop after so many events (a run: show the last so many).")
@for_option("Stop listening after so long, such as 10s.")
@json_option("One JSON object per line.")
def tail(
    name: str | None,
    broker: str | None,
    runs: Path,
    root: str,
    count: int | None,
    duration: int | None,
    *,
    as_json: bool,
    **only: str | None,
) -> None:
    """Show the events of RUN (an id, a path, or `last`), or with --broker those that pass now."""
    if name is None and broker is None:
        msg = "name a run (`citybeat tail last`) or a broker (`citybeat tail --broker mqtt://host`)"
        raise UsageError(msg)
    import orjson

    from citybeat.running.passing import event_line, events_of_broker, events_of_run

    events = events_of_run(name, runs, only, count) if name else events_of_broker(str(broker), root, only, duration)
    for number, event in enumerate(events, start=1):
        click.echo(orjson.dumps(event, default=str).decode() if as_json else event_line(event))
        if count is not None and number >= count:
            return
