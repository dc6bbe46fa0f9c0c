"""`citybeat doctor`: what would go wrong in a run, and what to do.

Owns the verb and how findings are shown. What is looked at is `citybeat.running.findings`'.
"""

import click

from citybeat.verbs.options import broker_option, scenario_option
from citybeat.verbs.wrong_options import Verb
from sim.errors import Exit

COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}


@click.command(cls=Verb)
@broker_option("URL of the broker to look at.", default="embedded", show_default=True)
@scenario_option("Scenario whose series are expected.", default="shanghai", show_default=True)
@click.pass_context
def doctor(context: click.Context, /, broker: str, scenario: str) -> None:
    """Look at this machine, the broker and the store; say what would go wrong in a run, and what to do."""
    from rich.text import Text

    from citybeat.running.findings import broker_findings, machine, store_findings
    from citybeat.running.settings import RunSettings
    from citybeat.screen.console import console, table
    from scenarios.loader import load

    load(scenario)  # a name that is none is told before anything is looked at
    answers = table("what", "", "finding")
    settings = RunSettings(broker=broker)
    findings = []
    for finding in (*machine(), *broker_findings(settings), *store_findings(settings, scenario)):
        findings.append(finding)
        answers.add_row(finding.what, Text(finding.state, style=COLOURS[finding.state]), finding.words)
    console().print(answers)
    context.exit(int(Exit.UNREACHABLE if any(finding.state == "bad" for finding in findings) else Exit.PASS))
