"""Options that several verbs share, read with units and told apart from bad input by one message.

Owns their names, help texts and the environment variables behind them.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from citybeat.kept.places import RUNS
from sim.city.calendar import parse_clock_us, parse_date
from sim.errors import UsageError
from sim.files import expanded
from sim.units import duration_us, share

if TYPE_CHECKING:
    from citybeat.running.settings import RunSettings

    Type = click.ParamType[object]
else:
    Type = click.ParamType  # older releases of click do not take a type here

Command = Callable[..., Any]
Option = Callable[[Command], Command]
SHIPPED = Path(__file__).resolve().parents[2] / "scenarios" / "shipped"


class Unit(Type):
    """A value read by one of our own readers; its message becomes the option's."""

    def __init__(self, name: str, read: Callable[[str], object]) -> None:
        """Keep the word that help shows and the reader."""
        self.name = name
        self._read = read

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        """Read a text; pass anything else through."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class PathOf(click.Path):
    """A path in which `~` is somebody's home, also where no shell has seen it (`--out=~/run`, a variable)."""

    def __init__(self) -> None:
        """Take any path; who uses it says what is wrong with it."""
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own signature
        """Read a path."""
        if not str(value):
            self.fail("an empty path names nothing: leave the option out", param, ctx)
        return super().convert(expanded(value), param, ctx)


def _scale(text: str) -> float:
    value = share(text)
    if not 0 < value <= 1:
        msg = f"{text!r} is not a share of the city: write 1%, 10% or 0.05"
        raise UsageError(msg)
    return value


def _some_time_us(text: str) -> int:
    lasting_us = duration_us(text)
    if not lasting_us:
        msg = f"{text!r} is no time at all: write a duration such as 1h"
        raise UsageError(msg)
    return lasting_us


def _speed(text: str) -> float:
    from sim.play.pace import parse_speed

    return parse_speed(text)


# Options that change a scenario, named as its fields.
CHANGES = ("seed", "start", "day", "duration", "warm_up", "scale")

DURATION = Unit("duration", duration_us)
SOME_TIME = Unit("duration", _some_time_us)
DAY = Unit("date", parse_date)
CLOCK = Unit("time", parse_clock_us)
SPEED = Unit("speed", _speed)
SCALE = Unit("share", _scale)
PATH = PathOf()


def complete_scenario(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return the shipped scenarios that begin so, and let the shell complete the path of a script."""
    shipped = [path.stem for path in sorted(SHIPPED.glob("[!_]*.py")) if path.stem.startswith(begun)]
    return [*map(CompletionItem, shipped), CompletionItem(begun, type="file")]


def complete_run(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return `last` and the ids of the runs that begin so."""
    folder = expanded(context.params.get("runs") or RUNS)
    names = ["last", *(path.parent.name for path in sorted(folder.glob("*/summary.json")))]
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def together(*options: Option) -> Option:
    """Return what adds options in this order."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


# The table: what several verbs take. Where each has its own words for it, a function takes them.

RUN = click.argument("name", metavar="RUN", shell_complete=complete_run)
SCENARIO = click.argument("scenario", shell_complete=complete_scenario)
ROOT_OPTION = click.option("--root", default="city", show_default=True, help="First level of every topic.")
RUNS_OPTION = click.option("--runs", type=PATH, default=RUNS, show_default=True, help="Folder of runs.")


def broker_option(words: str, **attributes: Any) -> Option:  # noqa: ANN401 - click's own
    """Return the option for a broker's URL; each verb has its own default."""
    return click.option("--broker", envvar="CITYBEAT_BROKER", help=words, **attributes)


def store_option(default: str, words: str) -> Option:
    """Return the option for the store."""
    known = click.Choice(["parquet", "influx"])
    return click.option("--store", envvar="CITYBEAT_STORE", type=known, default=default, show_default=True, help=words)


def scenario_option(words: str, **attributes: Any) -> Option:  # noqa: ANN401 - click's own
    """Return the option for a scenario, where it is not what the verb is about."""
    return click.option("--scenario", metavar="SCENARIO", shell_complete=complete_scenario, help=words, **attributes)


def for_option(words: str, lasting: Unit = DURATION) -> Option:
    """Return the option for how long."""
    return click.option("--for", "duration", type=lasting, help=words)


def out_option(words: str) -> Option:
    """Return the option for a folder to write to."""
    return click.option("--out", type=PATH, help=words)


def json_option(words: str) -> Option:
    """Return the option for JSON on stdout."""
    return click.option("--json", "as_json", is_flag=True, help=words)


# What changes a scenario: what happens.
scenario_options = together(
    click.option("--set", "settings", multiple=True, metavar="PLACE=VALUE", help="A parameter, such as buses.positions.interval=5s."),
    click.option("--seed", type=click.IntRange(min=0), help="Root of all randomness."),
    click.option("--start", type=CLOCK, help="Time of day at which the run begins, such as 07:00."),
    click.option("--date", "day", type=DAY, help="Day of the run, such as 2015-03-02."),
    for_option("City time to run, such as 1h or 24h.", SOME_TIME),
    click.option("--warm-up", type=DURATION, help="City time simulated before the start, not published."),
    click.option("--scale", type=SCALE, help="Share of the city, such as 1% or 0.1."),
)

# Where messages go and how fast, named as the settings of a run, and what is shown meanwhile.
delivery_options = together(
    click.option("--speed", type=SPEED, help="City time over wall time: 60, 1, or max."),
    broker_option("URL, embedded, or none (dry run).", default="embedded", show_default=True),
    store_option("parquet", "The embedded store in the run folder, or InfluxDB as INFLUXDB_URL, _ORG and _TOKEN say."),
    click.option("--qos", type=click.IntRange(0, 1), help="Publish every kind at this QoS instead of its own."),
    click.option("--origin", default="now", show_default=True, help="Where wire time lies: now, same-hour, or an instant."),
    ROOT_OPTION,
    click.option("--drain", "drain_us", type=DURATION, default="60s", show_default=True, help="Longest wait for the store at the end."),
    click.option(
        "--ingest",
        type=click.Choice(["child", "external"]),
        default="child",
        show_default=True,
        help="Start an ingest for this run, or rely on a `citybeat ingest` that is there.",
    ),
    out_option("The run folder; runs/<id> when left out."),
    click.option("-q", "--quiet", is_flag=True, help="No progress; the result is printed all the same."),
    click.option("-v", "--verbose", is_flag=True, help="More of it: also what happens in the city, and what was acknowledged."),
    click.option("--log-every", type=SOME_TIME, help="Wall time between lines of progress where no terminal shows it; 5s."),
    json_option("Print summary.json on stdout, and nothing else there."),
)


def settings_in(options: Mapping[str, Any], settings: type) -> dict[str, Any]:
    """Return those of the options that are fields of a class of settings."""
    return {each.name: options[each.name] for each in fields(settings) if each.name in options}


def run_settings(options: Mapping[str, Any]) -> "RunSettings":
    """Return the settings of a run from the delivery options, which are named as its fields."""
    from citybeat.running.settings import RunSettings

    return RunSettings(**settings_in(options, RunSettings))


def scenario_changes(options: Mapping[str, Any]) -> dict[str, object]:
    """Return the fields of the scenario that the options change."""
    return {name: options[name] for name in CHANGES if options[name] is not None}
