"""`citybeat tail`: events of a run or of a broker as they pass, or the steps of one case.

Owns the verb. What is read and how it is shown is `citybeat.running.passing`'s, of cases `citybeat.running.cases`'.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from citybeat.verbs.options import ROOT_OPTION, RUNS_OPTION, broker_option, complete_run, for_option, json_option
from citybeat.verbs.wrong_options import Verb
from sim.errors import UsageError

Event = Mapping[str, Any]


@click.command(cls=Verb)
@click.argument("name", metavar="[RUN]", required=False, shell_complete=complete_run)
@broker_option("Listen to this broker instead of reading a run.")
@RUNS_OPTION
@ROOT_OPTION
@click.option("--kind", help="Only this kind.")
@click.option("--district", help="Only this district.")
@click.option("--device", help="Only this device.")
@click.option("--case", help="Only the steps of the case with this alarm_id, with the waits between them.")
@click.option("--cases", is_flag=True, help="List the cases of a run instead of its events.")
@click.option("-n", "count", type=click.IntRange(min=1), help="Stop after so many events (a run: show the last so many, also of --cases).")
@for_option("Stop listening after so long, such as 10s.")
@json_option("One JSON object per line.")
def tail(
    name: str | None,
    broker: str | None,
    runs: Path,
    root: str,
    count: int | None,
    duration: int | None,
    case: str | None,
    *,
    cases: bool,
    as_json: bool,
    **only: str | None,
) -> None:
    """Show the events of RUN (an id, a path, or `last`), or with --broker those that pass now."""
    if name is None and broker is None:
        msg = "name a run (`citybeat tail last`) or a broker (`citybeat tail --broker mqtt://host`)"
        raise UsageError(msg)
    from citybeat.running.passing import event_line, events_of_broker, events_of_run

    if cases or case is not None:
        _check_alone(name, only, count, case, cases=cases)
    if cases:
        _list_cases(str(name), runs, count, as_json=as_json)
    elif case is not None and name:
        from citybeat.running.cases import steps_of_case

        _show_steps(steps_of_case(name, runs, case), as_json=as_json)
    elif case is not None:
        from citybeat.running.cases import step_line, steps_as_they_pass

        passing = steps_as_they_pass(events_of_broker(str(broker), root, only, duration), case)
        _show(passing, step_line, None, as_json=as_json)
    else:
        events = events_of_run(name, runs, only, count) if name else events_of_broker(str(broker), root, only, duration)
        _show(events, event_line, count, as_json=as_json)


def _check_alone(name: str | None, only: Event, count: int | None, case: str | None, *, cases: bool) -> None:
    """Raise UsageError for what would leave out steps of a case, and for a list of what only passes."""
    if cases and case is not None:
        msg = "--cases lists all cases and --case shows one: leave one of them out"
        raise UsageError(msg)
    if cases and not name:
        msg = "--cases lists the cases of a run: name one (`citybeat tail last --cases`); of a broker, --case shows one as it passes"
        raise UsageError(msg)
    given = [f"--{option}" for option, value in only.items() if value is not None] + (["-n"] if count is not None and not cases else [])
    if given:
        msg = f"cases are told whole: leave {', '.join(given)} out"
        raise UsageError(msg)


def _show(events: Iterable[Event], line: Callable[[Event], str], count: int | None, *, as_json: bool) -> None:
    for number, event in enumerate(events, start=1):
        click.echo(_json(event) if as_json else line(event))
        if count is not None and number >= count:
            return


def _show_steps(steps: Iterable[Event], *, as_json: bool) -> None:
    """Show the steps of a run's cases with one id, each case under a head of its own."""
    from citybeat.running.cases import case_lines

    if as_json:
        _show(steps, _json, None, as_json=True)
        return
    for place, (_, case) in enumerate(groupby(steps, key=itemgetter("number"))):
        for line in ("",) * bool(place) + tuple(case_lines(list(case))):
            click.echo(line)


def _list_cases(name: str, runs: Path, count: int | None, *, as_json: bool) -> None:
    from citybeat.running.cases import cases_of_run, list_lines

    cases = cases_of_run(name, runs)[-(count or 0) :]
    for line in map(_json, cases) if as_json else list_lines(cases):
        click.echo(line)


def _json(event: Event) -> str:
    import orjson

    return orjson.dumps(event, default=str).decode()
