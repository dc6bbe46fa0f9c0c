"""`citybeat` and `python -m citybeat`: one verb per job, one clear message per failure.

Owns the table of verbs and the exit codes of what goes wrong. Each verb stands in a file of its own.
"""

import signal
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from errno import ENOSPC
from importlib import import_module
from typing import TYPE_CHECKING

import click

from citybeat.running.interruption import heard
from citybeat.running.variables import unknown_variables
from citybeat.screen.streams import GONE, let_go, open_missing, say, silence
from citybeat.verbs.wrong_options import HELP, VerbGroup
from sim.errors import CitybeatError, Exit

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# In the order in which people meet them. The words stand here, so that listing the verbs imports none of them.
VERBS = {
    "run": "Run SCENARIO: the name of a shipped one or the path of a script.",
    "runs": "List runs, or delete one with its rows.",
    "tail": "Show the events of RUN, or with --broker those that pass now.",
    "scenarios": "List scenarios, show what one assumes, or write a script to begin with.",
    "replay": "Play RUN again: same events, same digest, at any speed.",
    "ingest": "Read events from the broker into the store until it is stopped.",
    "boards": "Build, push or check the Grafana boards.",
    "report": "Write the report of RUN again and say where it is.",
    "doctor": "Look at this machine, the broker and the store.",
}


class Catalogue(MutableMapping[str, click.Command]):
    """The verbs by name; each is imported from its file when it is asked for."""

    def __init__(self) -> None:
        """Import nothing yet."""
        self._added: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        """Return a verb. Raises KeyError for an unknown one."""
        if name not in self._added:
            if name not in VERBS:
                raise KeyError(name)
            self._added[name] = getattr(import_module(f"citybeat.verbs.{name}"), name)
        return self._added[name]

    def __setitem__(self, name: str, verb: click.Command) -> None:
        """Add a verb."""
        self._added[name] = verb

    def __delitem__(self, name: str) -> None:
        """Forget an added verb."""
        del self._added[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names in order."""
        return iter({**VERBS, **self._added})

    def __len__(self) -> int:
        """Return how many there are."""
        return len({**VERBS, **self._added})


class Citybeat(VerbGroup):
    """The command itself: lists and completes its verbs without importing them."""

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """Return the verbs and options that begin so."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only a shell asks

        verbs = [CompletionItem(name, help=words) for name, words in VERBS.items() if name.startswith(incomplete)]
        return verbs + click.Command.shell_complete(self, ctx, incomplete)


@click.command(cls=Citybeat, commands=Catalogue(), context_settings=HELP)
@click.version_option(package_name="citybeat")
def cli() -> None:
    """Simulate the IoT events of a smart city, store them, and judge capacity and service levels."""


def main(arguments: list[str] | None = None, command: click.Command = cli, name: str = "citybeat") -> int:
    """Run the command, or another one that is called by a name, and return its exit code; one message for whatever a person can mend."""
    open_missing()
    for number in heard():
        signal.signal(number, signal.default_int_handler)  # a stopped service closes its books like a Ctrl-C
    for words in unknown_variables():
        say(f"citybeat: {words}")
    code = _code_of(arguments, command, name)
    if arguments is None:
        for number in heard():
            signal.signal(number, signal.SIG_IGN)  # the process ends now by itself
    lost = let_go()
    if lost:
        say(f"citybeat: stdout could not be written: {lost}")
    return int(code or (Exit.UNREACHABLE if lost else Exit.PASS))


def _code_of(arguments: list[str] | None, command: click.Command, name: str) -> int:
    try:
        return int(command.main(args=arguments, prog_name=name, standalone_mode=False) or Exit.PASS)
    except click.ClickException as error:
        return _refused(error)
    except CitybeatError as error:
        return _told(error, arguments)
    except (KeyboardInterrupt, click.Abort):
        say("citybeat: interrupted")
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place where a fault becomes a message
        return _crashed(error, arguments)


def _refused(error: click.ClickException) -> Exit:
    context = error.ctx if isinstance(error, click.UsageError) else None
    place = context.command_path if context else "citybeat"
    usage = f"; `{place} -h` shows how it is used" if isinstance(error, click.UsageError) else ""
    say(f"{place}: {error.format_message().rstrip('.')}{usage}")
    return Exit.USAGE


def _crashed(error: Exception, arguments: list[str] | None) -> Exit:
    if isinstance(error, OSError) and (error.errno in GONE or (error.errno == ENOSPC and error.filename is None)):
        return _without_stdout(error)
    from citybeat.running.crashes import crash_of  # noqa: PLC0415 - only a fault asks

    return _told(crash_of(error), arguments)


def _told(error: CitybeatError, arguments: list[str] | None) -> Exit:
    if "--traceback" in (sys.argv if arguments is None else arguments):
        traceback.print_exception(error)
    say(f"citybeat: {error}")
    return error.exit_code


def _without_stdout(error: OSError) -> Exit:
    """Return the exit code when stdout took no more: 0 when its reader has left."""
    if error.errno == ENOSPC:
        say(f"citybeat: stdout could not be written: {error.strerror}")
        return Exit.UNREACHABLE
    silence(sys.stdout)  # what Python still holds for it must not fail a second time
    return Exit.PASS


if __name__ == "__main__":
    sys.exit(main())
