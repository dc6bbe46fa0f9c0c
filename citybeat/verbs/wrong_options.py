"""Verbs that say at once everything that is wrong with what was typed, and name what was probably meant.

Owns the gathering, and the names that people bring from other tools. What is wrong with one value, its reader says.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import click

from sim.units import nearest

# What other tools call it. A verb that does not have the option named here passes the advice over.
ELSEWHERE: Mapping[str, tuple[str, str]] = {
    "--duration": ("--for", "--for 5m"),
    "--time": ("--for", "--for 5m"),
    "--length": ("--for", "--for 5m"),
    "--timeout": ("--for", "--for 5m"),
    "--dry-run": ("--plan", "--plan, which counts and publishes nothing, or --broker none, which simulates the whole run"),
    "--dry": ("--plan", "--plan, or --broker none"),
    "--day": ("--date", "--date 2015-03-02"),
    "--begin": ("--start", "--start 07:00"),
    "--from": ("--start", "--start 07:00"),
    "--warmup": ("--warm-up", "--warm-up 1h"),
    "--output": ("--out", "--out FOLDER"),
    "--output-dir": ("--out", "--out FOLDER"),
    "--dir": ("--out", "--out FOLDER"),
    "--folder": ("--runs", "--runs FOLDER"),
    "--url": ("--broker", "--broker mqtt://host:1883"),
    "--host": ("--broker", "--broker mqtt://host:1883"),
    "--port": ("--broker", "--broker mqtt://host:1883"),
    "--mqtt": ("--broker", "--broker mqtt://host:1883"),
    "--database": ("--store", "--store influx"),
    "--db": ("--store", "--store influx"),
    "--influx": ("--store", "--store influx"),
    "--lines": ("-n", "-n 10"),
    "--limit": ("-n", "-n 10"),
    "--count": ("-n", "-n 10"),
    "--topic": ("--kind", "--kind stop_event"),
    "--measurement": ("--kind", "--kind stop_event"),
    "--districts": ("--set", "--set districts=Pudong,Xuhui"),
    "--district": ("--set", "--set districts=Pudong,Xuhui"),
    "--param": ("--set", "--set PLACE=VALUE"),
    "--rate": ("--speed", "--speed 60"),
    "--prefix": ("--root", "--root city"),
    "--yes": ("", "nothing; it never asks"),
    "--force": ("", "nothing; it never asks"),
}


HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 110}  # settings of a command that is not below another
GIVEN = "citybeat.given"  # where a verb finds the words it was called with

# What changes a scenario, and so no replay.
OF_A_SCENARIO = ("--set", "--seed", "--start", "--date", "--for", "--warm-up", "--scale", "--plan")
TRACEBACK = click.Option(["--traceback"], is_flag=True, expose_value=False, help="On an error, show the whole way there.")


class Verb(click.Command):
    """A command whose wrong and missing options are reported together, and whose unknown ones with the nearest."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the verb's own parameters and the one that every verb has."""
        return [*super().get_params(ctx), TRACEBACK]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options. Raises click.UsageError naming all that are wrong."""
        given = list(args)
        ctx.meta[GIVEN] = tuple(given)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as unknown:
            msg = f"no option {unknown.option_name}{self._meant(ctx, unknown.option_name)}"
            raise click.UsageError(msg, ctx) from unknown
        except click.BadOptionUsage as error:
            raise click.UsageError(error.message, ctx) from error  # it knows no verb, and so no help of one
        except click.BadParameter as first:
            texts = self._wrong(ctx, given)
            if len(texts) < 2:  # noqa: PLR2004 - one needs no list
                raise
            msg = f"{len(texts)} options are wrong:\n  " + "\n  ".join(texts)
            raise click.UsageError(msg, ctx) from first

    def _wrong(self, ctx: click.Context, given: list[str]) -> list[str]:
        values, _, _ = self.make_parser(ctx).parse_args(given)
        texts = []
        for parameter in self.get_params(ctx):
            try:
                parameter.handle_parse_result(ctx, values, [])
            except click.BadParameter as error:
                texts.append(error.format_message())
        return texts

    def _meant(self, ctx: click.Context, name: str) -> str:
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option) and not parameter.hidden]
        known = [each for option in options for each in option.opts]
        wanted, advice = ELSEWHERE.get(name.lower(), ("?", ""))
        if wanted in ("", *known):
            return f": here it is {advice}"
        if ctx.info_name == "replay" and name in OF_A_SCENARIO:
            return f": a replay repeats what was recorded; `citybeat run` takes {name}"
        bare = get_close_matches(name.lstrip("-"), [each[2:] for each in known if each.startswith("--")], n=1)
        return f" (did you mean '--{bare[0]}'?)" if bare else f"; there are {', '.join(sorted(known))}"


class VerbGroup(click.Group):
    """A group whose verbs are `Verb`s, which names the nearest for an unknown one and shows its help when none is given."""

    command_class = Verb

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the verb; without one the help is what was asked for. Raises click.UsageError for an unknown option."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as unknown:
            after = f": options follow the verb, such as `{ctx.command_path} {next(iter(self.list_commands(ctx)))} {unknown.option_name}`"
            msg = f"no option {unknown.option_name}{after}"
            raise click.UsageError(msg, ctx) from unknown

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb. Raises click.UsageError naming the nearest."""
        names = self.list_commands(ctx)
        if args and args[0] not in names and not ctx.resilient_parsing:
            ctx.fail(f"no verb {args[0]!r}{self._meant(args[0], names)}; there are {', '.join(names)}")
        return super().resolve_command(ctx, args)

    def _meant(self, given: str, names: Iterable[str]) -> str:
        """Return the nearest verb, or the one of that name that a verb here has below it."""
        groups = [group for group in self.commands.values() if isinstance(group, click.Group)]
        below = [f"{group.name} {given}" for group in groups if given in group.commands]
        return nearest(given.lower(), names) or (f" (did you mean '{below[0]}'?)" if below else "")

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which people meet them."""
        return list(self.commands)
