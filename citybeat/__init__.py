"""The command, and what a scenario script imports: `from citybeat import Scenario, run`.

Owns the joining of all parts. Importing it makes sure that `sim`, `devices` and the other packages are citybeat's own,
even where a folder of the same name lies beside the script. What it offers is imported when it is first asked for: the command
would pay for all of it to print its version.
"""

from importlib import import_module
from os import environ
from typing import TYPE_CHECKING

from citybeat import own_packages as _own_packages

_own_packages.load()
# Polars' allocator gives memory back when it is freed, not later or never: a day of alarms in a tenth of the city needs 60 MB less.
environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0")

if TYPE_CHECKING:
    from citybeat.api import run
    from citybeat.running.observers import Observer
    from citybeat.script import main
    from sim.city.incidents import Incident
    from sim.city.profile import ProfileStage
    from sim.errors import CitybeatError, UsageError
    from sim.judge.measures import Measure, Objective, Statistic
    from sim.play.faults import Faults
    from sim.scenario import Scenario

__all__ = [
    "CitybeatError",
    "Faults",
    "Incident",
    "Measure",
    "Objective",
    "Observer",
    "ProfileStage",
    "Scenario",
    "Statistic",
    "UsageError",
    "main",
    "run",
]

_HOMES = {
    "sim.errors": ("CitybeatError", "UsageError"),
    "sim.play.faults": ("Faults",),
    "sim.city.incidents": ("Incident",),
    "sim.judge.measures": ("Measure", "Objective", "Statistic"),
    "sim.city.profile": ("ProfileStage",),
    "sim.scenario": ("Scenario",),
    "citybeat.api": ("run",),
    "citybeat.running.observers": ("Observer",),
    "citybeat.script": ("main",),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(home), name)
            globals()[name] = found
            return found
    msg = f"citybeat offers no {name!r}: there are {', '.join(__all__)}"
    raise AttributeError(msg)
