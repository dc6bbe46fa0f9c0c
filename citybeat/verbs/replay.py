"""`citybeat replay`: a recorded run is played again.

Owns the verb. What a replay takes over from the run it repeats is `citybeat.running.recorded`'s.
"""

from pathlib import Path
from typing import Any

import click

from citybeat.verbs.options import RUN, RUNS_OPTION, delivery_options, run_settings
from citybeat.verbs.wrong_options import Verb


@click.command(cls=Verb)
@RUN
@RUNS_OPTION
@delivery_options
@click.pass_context
def replay(context: click.Context, /, name: str, runs: Path, *, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - click's own way
    """Play RUN again (an id, a path, or `last`): same events, same digest, at any speed."""
    from citybeat.kept import folder as folders
    from citybeat.kept.record import record_of, what_became_of
    from citybeat.running.recorded import recorded_job
    from citybeat.running.runner import play
    from citybeat.screen.terminal import chosen_view, finish

    settings = run_settings(options)
    folder = folders.find(name, runs)
    job, speed = recorded_job(folder)
    if not folder.summary.exists():
        click.echo(f"citybeat: run {folder.run} is unfinished: {what_became_of(folder)}; what its tape holds is played", err=True)
    with chosen_view(as_json=as_json, quiet=options["quiet"], verbose=options["verbose"], log_every=options["log_every"]) as view:
        result = play(job, settings, settings.speed or speed, view.show)
    finish(context, result, as_json=as_json, cut_short=record_of(folder).cut_short)
