"""A script that is run by Python: `sys.exit(main(scenario))` takes the options of `citybeat run` and ends with its exit codes.

Owns the way from the script's last line to the verb; the options are `citybeat.verbs.options`' business.
"""

import sys
from collections.abc import Sequence

from citybeat.__main__ import main as command
from citybeat.api import script_words
from citybeat.verbs.run import verb_of_script
from sim.errors import UsageError
from sim.scenario import Scenario


def main(scenario: Scenario, arguments: Sequence[str] | None = None) -> int:
    """Run a scenario as a script's own main job: `sys.exit(main(scenario))`. Return the exit code; failures are one message on stderr.

    `arguments` are the options, as `citybeat run` takes them; those the script was started with when left out.
    """
    if not isinstance(scenario, Scenario):
        msg = f"main takes a Scenario, got {scenario!r:.80}"
        raise UsageError(msg)
    started = script_words()
    typed = sys.argv[1:] if started else []  # a notebook's words, or those of another command, are none of ours
    return command(list(typed if arguments is None else arguments), verb_of_script(scenario, started), " ".join(started) or "main")
