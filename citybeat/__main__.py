"""`citybeat` and `python -m citybeat`: one verb per job, one clear message per failure.

Owns the table of verbs and the exit codes of what goes wrong. Each verb stands in a file of its own.
"""

import signal
import sys
from difflib import get_close_matches
from errno import ENOSPC

import click

from citybeat.interruption import heard
from citybeat.streams import GONE, let_go, open_missing, say, silence
from citybeat.verbs.boards import boards
from citybeat.verbs.doctor import doctor
from citybeat.verbs.ingest import ingest
from citybeat.verbs.replay import replay
from citybeat.verbs.report import report
from citybeat.verbs.run import run
from citybeat.verbs.runs import runs
from citybeat.verbs.scenarios import scenarios
from citybeat.verbs.tail import tail
from sim.errors import CitybeatError, Exit

VERBS = (run, runs, tail, scenarios, replay, ingest, boards, report, doctor)


class Verbs(click.Group):
    """A group that names the nearest verb for an unknown one."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb. Raises click.UsageError naming the nearest."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            ctx.fail(f"no verb {args[0]!r}{hint}; there are {', '.join(self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which people meet them."""
        return list(self.commands)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="citybeat")
def cli() -> None:
    """Simulate the IoT events of a smart city, store them, and judge capacity and service levels."""


for verb in VERBS:
    cli.add_command(verb)


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code; print one message for whatever a person can mend."""
    open_missing()
    for number in heard():
        signal.signal(number, signal.default_int_handler)  # a stopped service closes its books like a Ctrl-C
    code = _code_of(arguments)
    if arguments is None:
        for number in heard():
            signal.signal(number, signal.SIG_IGN)  # the process ends now by itself
    lost = let_go()
    if lost:
        say(f"citybeat: stdout could not be written: {lost}")
    return int(code or (Exit.UNREACHABLE if lost else Exit.PASS))


def _code_of(arguments: list[str] | None) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="citybeat", standalone_mode=False) or Exit.PASS)
    except click.UsageError as error:
        place = error.ctx.command_path if error.ctx else "citybeat"
        say(f"{place}: {error.format_message().rstrip('.')}; `{place} -h` shows how it is used")
        return Exit.USAGE
    except click.ClickException as error:
        say(f"citybeat: {error.format_message()}")
        return Exit.USAGE
    except CitybeatError as error:
        say(f"citybeat: {error}")
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("citybeat: interrupted")
        return Exit.INTERRUPTED
    except OSError as error:
        return _without_stdout(error)


def _without_stdout(error: OSError) -> Exit:
    """Return the exit code when stdout took no more: 0 when its reader has left. Raises what is another matter."""
    if error.errno == ENOSPC and error.filename is None:
        say(f"citybeat: stdout could not be written: {error.strerror}")
        return Exit.UNREACHABLE
    if error.errno not in GONE:
        raise error
    silence(sys.stdout)  # what Python still holds for it must not fail a second time
    return Exit.PASS


if __name__ == "__main__":
    sys.exit(main())
