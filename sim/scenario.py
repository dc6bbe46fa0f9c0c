"""The scenario: what happens, declared once and checked at the edge.

Owns the declaration and its digest. Finding scripts is `scenarios.loader`'s, running one `citybeat.running`'s.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Annotated, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from sim.canonical import canonical
from sim.city.calendar import parse_clock_us, parse_date
from sim.city.declared import Declared, clashes, word_of
from sim.city.districts import BY_NAME
from sim.city.incidents import OUTAGE, Incident
from sim.city.profile import ProfileStage, stage_names
from sim.judge.measures import Objective
from sim.judge.pipeline import PIPELINE_MEASURES, UNSENT
from sim.parameters import DurationUs, PortionText, Share, TimeText
from sim.play.faults import Faults
from sim.play.pace import parse_speed
from sim.system import System
from sim.units import HOUR_US, MINUTE_US, duration_text, nearest

SLICE_US = MINUTE_US
LARGEST_SEED = 2**63 - 1  # what a summary and a tape can say
DEFAULT_DAY = date(2015, 3, 2)  # a Monday inside the plan's years

ClockUs = Annotated[int, BeforeValidator(lambda value: parse_clock_us(value) if isinstance(value, str) else value), Field(ge=0)]
Speed = Annotated[float, BeforeValidator(lambda value: parse_speed(value) if isinstance(value, str) else value), Field(gt=0)]
DistrictNames = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value),
]
Day = Annotated[date, BeforeValidator(lambda value: parse_date(value) if isinstance(value, str) else value)]


# What changes no event.
UNDECISIVE = frozenset({"name", "title", "doc", "seed", "speed", "systems", "objectives", "only_these_objectives", "left_out"})


class Scenario(BaseModel):
    """What happens: systems with their parameters, load profile, incidents, faults and objectives.

    `scale` is the share of the city; `districts` limits it (none: all 17); `start` is the time of day at which the run begins on
    `day`, in `zone`; `warm_up` (none: what the systems ask for) is simulated before it. `objectives` are promised beside the
    systems' own; with `only_these_objectives` they replace them. `left_out` says what of the script a shorter run leaves
    out. A system may bring its own zone and day (a timetable does).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, validate_default=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = ""
    doc: str = ""
    systems: tuple[System, ...] = Field(min_length=1)
    seed: int = Field(default=1, ge=0, le=LARGEST_SEED)
    day: Day | None = None
    zone: str | None = None
    start: ClockUs = 7 * HOUR_US
    duration: DurationUs = Field(default=HOUR_US, gt=0)
    warm_up: DurationUs | None = None
    speed: Speed = 60.0
    scale: Share = Field(default=0.01, gt=0)
    districts: DistrictNames = ()
    profile: tuple[ProfileStage, ...] = ()
    incidents: tuple[Incident, ...] = ()
    faults: Faults = Faults()
    objectives: tuple[Objective, ...] = ()
    only_these_objectives: bool = False
    left_out: tuple[str, ...] = ()

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            name: str,
            title: str = ...,
            doc: str = ...,
            systems: Sequence[System | type[System]],
            seed: int = ...,
            day: date | str | None = ...,
            zone: str | None = ...,
            start: TimeText = ...,
            duration: TimeText = ...,
            warm_up: TimeText | None = ...,
            speed: float | str = ...,
            scale: PortionText = ...,
            districts: Sequence[str] = ...,
            profile: Sequence[ProfileStage] = ...,
            incidents: Sequence[Incident] = ...,
            faults: Faults = ...,
            objectives: Sequence[Objective] = ...,
            only_these_objectives: bool = ...,
            left_out: Sequence[str] = ...,
        ) -> None:
            """Take what a script may write; the fields say what it becomes."""

    @field_validator("systems", mode="before")
    @classmethod
    def _stand_up(cls, systems: object) -> tuple[object, ...]:
        """Accept a system's class for one with default parameters; refuse what is not a system."""
        if not isinstance(systems, list | tuple):
            msg = "write the systems as a list, such as [Buses()]"
            raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueErrors
        standing = tuple(system() if isinstance(system, type) else system for system in systems)
        wrong = [unfit for system in standing if (unfit := _unfit(system))]
        if wrong:
            msg = f"not a system: {'; '.join(wrong)}"
            raise ValueError(msg)
        names = [system.name for system in standing]
        if len(set(names)) != len(names):
            msg = f"two systems have the same name: {', '.join(names)}"
            raise ValueError(msg)
        return standing

    @field_validator("profile", "incidents", "objectives", mode="before")
    @classmethod
    def _listed(cls, given: object, info: ValidationInfo) -> object:
        """Refuse one thing where a list is wanted: pydantic would take it to pieces."""
        if isinstance(given, ProfileStage | Incident | Objective):
            msg = f"write a list, such as {info.field_name}=[{type(given).__name__}(...)]"
            raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueErrors
        return given

    @field_validator("districts")
    @classmethod
    def _known(cls, districts: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [f"{name!r}{nearest(name, BY_NAME)}" for name in districts if name not in BY_NAME]
        if unknown:
            msg = f"unknown district {', '.join(unknown)}; known are {', '.join(BY_NAME)}"
            raise ValueError(msg)
        twice = sorted({name for name in districts if districts.count(name) > 1})
        if twice:
            msg = f"district {', '.join(twice)} is named twice"
            raise ValueError(msg)
        return districts

    @model_validator(mode="after")
    def _everything_named_exists(self) -> Self:
        """Refuse words with two meanings, incidents that nobody hears or that lie outside, and promises that cannot be judged."""
        declared = [system.declared for system in self.systems]
        stages = stage_names(self.profile)
        unknown = [
            f"{owner} on the unknown stage {each.stage!r}{nearest(each.stage, stages)}; {_there_are(stages)}"
            for owner, each in self._promised(declared)
            if each.stage and each.stage not in stages
        ]
        names = [each.name for each in declared]
        unknown += [
            f"stage {stage!r} asks for a rate of the unknown system {each.system!r}{nearest(each.system, names)}"
            for stage, each in zip(stages, self.profile, strict=True)
            if each.system and each.system not in names
        ]
        incidents = [unheard for each in self.incidents if (unheard := self._unheard(each, declared))]
        wrong = [*unknown, *clashes(declared), *incidents, *self._promises_that_cannot_be_judged(declared)]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _unheard(self, incident: Incident, declared: Sequence[Declared]) -> str:
        """Return what is wrong with an incident: a system that is not there, a word nobody hears, a place or time it cannot have."""
        names = [each.name for each in declared]
        for name in incident.systems:
            if name not in names:
                return f"incident on the unknown system {name!r}{nearest(name, names)}"
        asked = [each for each in declared if not incident.systems or each.name in incident.systems]
        heard = {OUTAGE, *(word_of(word) for each in asked for word in (*each.hears, *each.awaits))}
        if incident.what not in heard:
            return f"incident {incident.what!r}: no system hears it{nearest(incident.what, heard)}; heard are {', '.join(sorted(heard))}"
        of_buildings = {word for each in asked for word in each.in_buildings}
        if incident.building and incident.what not in of_buildings:
            there_are = f"; in one building happens {', '.join(sorted(of_buildings))}" if of_buildings else ""
            return f"incident {incident.what!r} happens in whole districts: leave out the building {incident.building!r}{there_are}"
        if incident.ends_before > self.duration:
            latest = f"as late as {duration_text(incident.after + incident.within)}" if incident.within else duration_text(incident.after)
            return f"incident {incident.what!r} begins {latest} after the start, outside the run of {duration_text(self.duration)}"
        return ""

    def _promises_that_cannot_be_judged(self, declared: Sequence[Declared]) -> Iterator[str]:
        """Yield what is wrong with the promises of the scenario and of its systems: an unknown measure, a bound in another unit."""
        units = {measure.name: measure.unit for each in declared for measure in (*each.measures, *PIPELINE_MEASURES)}
        for owner, promise in self._promised(declared):
            if promise.measure not in units:
                yield f"{owner} on the unknown measure {promise.measure!r}{nearest(promise.measure, units)}"
            elif promise.stage and promise.measure == UNSENT:
                yield f"{owner}: {UNSENT} is counted over the whole run; leave out the stage {promise.stage!r}"
            elif unfit := promise.unfit(units[promise.measure]):
                yield f"{owner}: {unfit}"

    def _promised(self, declared: Sequence[Declared]) -> Iterator[tuple[str, Objective]]:
        """Yield every promise with whose it is."""
        yield from ((f"objective of {each.name}", promise) for each in declared for promise in each.objectives)
        yield from (("objective", promise) for promise in self.objectives)

    def late_stages(self) -> Iterator[str]:
        """Yield what is to be said of stages that begin after the end of the run."""
        begins = 0
        for name, stage in zip(stage_names(self.profile), self.profile, strict=True):
            if begins >= self.duration:
                at, end = duration_text(begins), duration_text(self.duration)
                yield f"stage {name!r} begins {at} after the start, outside the run of {end}: nothing is judged in it"
            begins += stage.lasting

    def digest(self) -> str:
        """Return 32 hexadecimal digits over everything that decides the events, except the seed.

        Names, texts, speed and promises are left out; files named by a parameter count by their content, not by their path.
        Raises UsageError when one cannot be read.
        """
        plain: dict[str, object] = {name: getattr(self, name) for name in type(self).model_fields if name not in UNDECISIVE}
        plain["systems"] = {system.name: system for system in self.systems}
        plain["slice_us"] = SLICE_US
        text = orjson.dumps(canonical(plain), option=orjson.OPT_SORT_KEYS)
        return blake2b(text, digest_size=16).hexdigest()


def _there_are(stages: Sequence[str]) -> str:
    return f"the profile has {', '.join(stages)}" if stages else "the scenario has no stages (`profile`)"


def _unfit(candidate: object) -> str:
    """Return what keeps something from being a system, or nothing."""
    name = type(candidate).__name__
    if not isinstance(candidate, System):
        return f"{name} (derive its class from System)"
    declared = getattr(type(candidate), "declared", None)
    return "" if isinstance(declared, Declared) and declared.name else f"{name} lacks `declared = Declared(NAME, ...)`"
