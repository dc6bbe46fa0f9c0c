"""The end of a verb that ran something: print the result, leave with its exit code.

Owns what goes to stdout.
"""

import click
import orjson

from citybeat.summary import Result
from citybeat.terminal import print_result


def finish(context: click.Context, result: Result, *, as_json: bool) -> None:
    """Print summary.json or the verdict, say what went wrong on stderr, and exit with the run's code."""
    if as_json:
        click.echo(orjson.dumps(result.summary, option=orjson.OPT_INDENT_2))  # bytes: JSON is UTF-8 whatever the terminal is
    else:
        print_result(result.summary, result.folder)
    if result.summary["failure"]:
        click.echo(f"citybeat: {result.summary['failure']}", err=True)
    context.exit(result.exit_code)
