"""The end of a verb that ran something: print the result, leave with its exit code.

Owns what goes to stdout. Whether anybody reads it does not change the code.
"""

import sys

import click
import orjson

from citybeat.running.summary import Result
from citybeat.screen.streams import going_on, say
from citybeat.screen.terminal import print_result
from sim.errors import Exit


def finish(context: click.Context, result: Result, *, as_json: bool) -> None:
    """Print summary.json or the verdict, say what went wrong on stderr, and exit with the run's code."""
    code = result.exit_code
    try:
        _print(result, as_json=as_json)
    except OSError as error:
        say(f"citybeat: stdout could not be written ({error.strerror}); the result lies in {result.folder}")
        code = code or int(Exit.UNREACHABLE)
    if result.summary["failure"]:
        say(f"citybeat: {result.summary['failure']}")
    context.exit(code)


def _print(result: Result, *, as_json: bool) -> None:
    if as_json:
        written = orjson.dumps(result.summary, default=str, option=orjson.OPT_INDENT_2)
        with going_on(sys.stdout):  # bytes: JSON is UTF-8 on every terminal; a stream of Python's own has only text
            click.echo(written if hasattr(sys.stdout, "buffer") else written.decode())
    else:
        print_result(result.summary, result.folder)
