"""`citybeat run`: a scenario from its script to a verdict.

Owns the verb, and the line for a shell that says it again: what was said to get these events, and the seed. The work is
`citybeat.running.runner`'s.
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from citybeat.verbs.options import CHANGES, SCENARIO, delivery_options, run_settings, scenario_changes, scenario_options, together
from citybeat.verbs.wrong_options import GIVEN, HELP, Verb

if TYPE_CHECKING:
    from sim.scenario import Scenario


run_options = together(
    scenario_options,
    delivery_options,
    click.option("--plan", is_flag=True, help="Print events, rate, series and duration without publishing anything."),
    click.pass_context,
)


@click.command(cls=Verb)
@SCENARIO
@run_options
def run(context: click.Context, /, scenario: str, **options: Any) -> None:  # noqa: ANN401 - click's own way
    """Run SCENARIO: the name of a shipped one (`citybeat scenarios list`) or the path of a script."""
    from scenarios.loader import load

    _run(context, load(scenario), ["citybeat", "run", scenario], **options)


def verb_of_script(scenario: "Scenario", started: Sequence[str]) -> click.Command:
    """Return the verb of a script that runs its own scenario, with the options of `run`; `started` are the words that start it."""

    @click.command(cls=Verb, context_settings=HELP)
    @run_options
    def script(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - click's own way
        """Run the scenario of this script, as `citybeat run` does."""
        _run(context, scenario, started, **options)

    return script


def _run(context: click.Context, scenario: "Scenario", started: Sequence[str], *, as_json: bool, plan: bool, **options: Any) -> None:  # noqa: ANN401
    from citybeat.running.job import simulate
    from citybeat.running.runner import play
    from citybeat.screen.plan import print_plan
    from citybeat.screen.terminal import chosen_view, finish, say_notes
    from scenarios.loader import override

    chosen = override(scenario, options["settings"], scenario_changes(options))
    settings = run_settings(options)
    speed = settings.speed or chosen.speed
    job = replace(simulate(chosen), again=repeated(context, started, ("settings", *CHANGES), chosen.seed))
    if plan:
        print_plan(job, speed, as_json=as_json)  # it has the notes
        return
    say_notes(job)
    with chosen_view(as_json=as_json, quiet=options["quiet"], verbose=options["verbose"], log_every=options["log_every"]) as view:
        result = play(job, settings, speed, view.show)
    finish(context, result, as_json=as_json)


def repeated(context: click.Context, started: Sequence[str], names: Iterable[str], seed: int) -> str:
    """Return the line that runs again what was `started` so: its options of these names, and the seed; nothing without a beginning."""
    if not started:
        return ""
    values, _, order = context.command.make_parser(context).parse_args(list(context.meta[GIVEN]))
    chosen = [each for each in dict.fromkeys(order) if isinstance(each, click.Option) and each.name in set(names)]
    words = list(started)
    for option in chosen:
        said = values[option.name]
        for value in said if isinstance(said, list) else [said]:
            words += [f"{option.opts[0]}={value}"] if str(value).startswith("-") else [option.opts[0], str(value)]
    if "seed" not in {each.name for each in chosen}:
        words += ["--seed", str(seed)]
    return shlex.join(words)
