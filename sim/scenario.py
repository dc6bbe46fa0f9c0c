"""The scenario: what happens, declared once and checked at the edge.

Owns the declaration and its digest. Finding scripts is `scenarios.loader`'s, running one `citybeat.run`'s.
"""

from collections.abc import Sequence
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from sim.calendar import parse_clock_us
from sim.districts import BY_NAME
from sim.errors import UsageError
from sim.faults import Faults
from sim.incidents import Incident
from sim.measures import Objective
from sim.parameters import DurationUs
from sim.systems import System
from sim.units import HOUR_US, MINUTE_US, nearest

SLICE_US = MINUTE_US
DEFAULT_DAY = date(2015, 3, 2)  # a Monday inside the plan's years

ClockUs = Annotated[int, BeforeValidator(lambda value: parse_clock_us(value) if isinstance(value, str) else value)]


class ProfileStage(BaseModel):
    """A stage of the load profile: for so long, demand (riders, calls, purchases) is multiplied by so much."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lasting: DurationUs = Field(gt=0)
    multiplier: float = Field(default=1.0, ge=0, le=100)
    name: str = ""


class Scenario(BaseModel):
    """What happens: systems with their parameters, load profile, incidents, faults and objectives.

    `scale` is the share of the city; `districts` limits it (none: all 17); `start` is the time of day at which the run begins on
    `day`, in `zone`; `warm_up` (none: what the systems ask for) is simulated before it. `objectives` are promised beside the
    systems' own; with `only_these_objectives` they replace them. A system may bring its own zone and day (a timetable does).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, validate_default=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    doc: str = ""
    systems: tuple[Any, ...] = Field(min_length=1)
    seed: int = Field(default=1, ge=0)
    day: date | None = None
    zone: str | None = None
    start: ClockUs = 7 * HOUR_US
    duration: DurationUs = Field(default=HOUR_US, gt=0)
    warm_up: DurationUs | None = None
    speed: float = Field(default=60.0, gt=0)
    scale: float = Field(default=0.01, gt=0, le=1)
    districts: tuple[str, ...] = ()
    profile: tuple[ProfileStage, ...] = ()
    incidents: tuple[Incident, ...] = ()
    faults: Faults = Faults()
    objectives: tuple[Objective, ...] = ()
    only_these_objectives: bool = False

    @field_validator("systems", mode="before")
    @classmethod
    def _stand_up(cls, systems: Sequence[object]) -> tuple[object, ...]:
        """Accept a system's class for one with default parameters; refuse what is not a system."""
        standing = tuple(system() if isinstance(system, type) else system for system in systems)
        wrong = [type(system).__name__ for system in standing if not _is_system(system)]
        if wrong:
            msg = f"not a system (needs name, kinds, measures, objectives, figures and build): {', '.join(wrong)}"
            raise ValueError(msg)
        names = [str(getattr(system, "name", "")) for system in standing]
        if len(set(names)) != len(names):
            msg = f"two systems have the same name: {', '.join(names)}"
            raise ValueError(msg)
        return standing

    @field_validator("districts")
    @classmethod
    def _known(cls, districts: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [f"{name!r}{nearest(name, BY_NAME)}" for name in districts if name not in BY_NAME]
        if unknown:
            msg = f"unknown district {', '.join(unknown)}; known are {', '.join(BY_NAME)}"
            raise ValueError(msg)
        return districts

    def typed_systems(self) -> tuple[System, ...]:
        """Return the systems as what they are; pydantic cannot check a protocol."""
        return tuple(self.systems)

    def digest(self) -> str:
        """Return 32 hexadecimal digits over everything that decides the events, except the seed.

        Speed is left out; files named by a parameter count by their content, not by their path.
        """
        plain = self.model_dump(mode="python", exclude={"seed", "speed", "title", "doc", "systems", "objectives"})
        plain["systems"] = {system.name: _plain(system) for system in self.systems}
        plain["slice_us"] = SLICE_US
        text = orjson.dumps(plain, default=_by_content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
        return blake2b(text, digest_size=16).hexdigest()


def _plain(system: object) -> object:
    if isinstance(system, BaseModel):
        return system.model_dump(mode="python")
    return {"class": type(system).__qualname__, "state": getattr(system, "__dict__", {})}


def _by_content(value: object) -> object:
    if isinstance(value, Path):
        try:
            return blake2b(value.read_bytes(), digest_size=16).hexdigest() if value.is_file() else value.name
        except OSError as error:
            msg = f"cannot read {value}: {error.strerror}"
            raise UsageError(msg) from error
    return repr(value)


def _is_system(candidate: object) -> bool:
    return all(hasattr(candidate, name) for name in ("name", "kinds", "measures", "objectives", "figures", "build"))
