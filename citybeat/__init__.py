"""The command, and what a scenario script imports: `from citybeat import Scenario, run`.

Owns the joining of all parts. Importing it makes sure that `sim`, `devices` and the other packages are citybeat's own,
even where a folder of the same name lies beside the script.
"""

from citybeat import own_packages as _own_packages

_own_packages.load()

from citybeat.api import main, run  # noqa: E402 - only after the packages are certain
from sim.errors import CitybeatError, UsageError  # noqa: E402
from sim.faults import Faults  # noqa: E402
from sim.incidents import Incident  # noqa: E402
from sim.measures import Measure, Objective, Statistic  # noqa: E402
from sim.scenario import ProfileStage, Scenario  # noqa: E402

__all__ = [
    "CitybeatError",
    "Faults",
    "Incident",
    "Measure",
    "Objective",
    "ProfileStage",
    "Scenario",
    "Statistic",
    "UsageError",
    "main",
    "run",
]
