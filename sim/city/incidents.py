"""Incidents: what happens to the city and any system can hear.

Owns the declaration, the one draw from the scenario's own stream, and the question "what is going on here now?".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict, model_validator

from sim.city.residents import district_of_building
from sim.events.batches import Mark
from sim.parameters import DurationUs, PortionText, Share, TimeText
from sim.streams import Streams

OUTAGE = "outage"  # of the mobile network: every system's links hear it


class Incident(BaseModel):
    """A declared incident: `what` is the word systems listen for (outage, storm, breakdown, ...).

    It begins `after` the start of the run, plus a uniform draw below `within`, lasts `lasting`, and holds in `districts`
    (none: everywhere). What happens in one `building` is named after it, such as `Putuo-building-00012`, and holds in its district.
    `severity` 0..1 is read by each system in its own way; `systems` limits who hears it (none: all).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    after: DurationUs
    lasting: DurationUs
    within: DurationUs = 0
    districts: tuple[str, ...] = ()
    building: str = ""
    systems: tuple[str, ...] = ()
    severity: Share = 1.0

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            what: str,
            after: TimeText,
            lasting: TimeText,
            within: TimeText = ...,
            districts: Sequence[str] = ...,
            building: str = ...,
            systems: Sequence[str] = ...,
            severity: PortionText = ...,
        ) -> None:
            """Take what a script may write; the fields say what it becomes."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        """Refuse what is no name of a building, and a building beside districts."""
        if self.building and (not district_of_building(self.building) or self.districts):
            beside = f" beside {', '.join(self.districts)}" if self.districts else ""
            msg = f"name a building as Putuo-building-00012, without districts: not {self.building!r}{beside}"
            raise ValueError(msg)
        return self

    @property
    def ends_before(self) -> int:
        """Return the length a run must have for the incident to begin in it for certain, µs."""
        return self.after + max(self.within, 1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An incident that was drawn: instants in city time, µs, end exclusive."""

    what: str
    start_us: int
    end_us: int
    districts: tuple[str, ...]
    systems: tuple[str, ...]
    severity: float
    building: str = ""

    def hits(self, system: str, district: str | None) -> bool:
        """Return whether the system in the district (None: in any) hears it."""
        return (not self.districts or district is None or district in self.districts) and (not self.systems or system in self.systems)


class Incidents:
    """All occurrences of a run."""

    def __init__(self, declared: Sequence[Incident], start_us: int, streams: Streams) -> None:
        """Draw every declared incident once, each from a stream of its own place in the list."""
        self.occurrences = tuple(_draw(incident, number, start_us, streams) for number, incident in enumerate(declared))

    def of(self, what: str, system: str, district: str | None) -> tuple[Occurrence, ...]:
        """Return the occurrences of a word that a system in a district (None: in any) hears, in order of start."""
        found = [each for each in self.occurrences if each.what == what and each.hits(system, district)]
        return tuple(sorted(found, key=lambda each: each.start_us))

    def severity(self, what: str, system: str, district: str, at_us: int) -> float:
        """Return the highest severity of a word that holds at an instant, 0 when none does."""
        holding = [each.severity for each in self.of(what, system, district) if each.start_us <= at_us < each.end_us]
        return max(holding, default=0.0)

    def marks(self, start_us: int, end_us: int) -> tuple[Mark, ...]:
        """Return the marks of incidents that begin or end in a stretch."""
        marks = []
        for each in self.occurrences:
            where = each.building or ", ".join(each.districts) or "the whole city"
            if start_us <= each.start_us < end_us:
                marks.append(Mark(each.start_us, "incident", f"{each.what} begins in {where}"))
            if start_us <= each.end_us < end_us:
                marks.append(Mark(each.end_us, "incident", f"{each.what} ends in {where}"))
        return tuple(sorted(marks, key=lambda mark: mark.at_us))


def _draw(incident: Incident, number: int, start_us: int, streams: Streams) -> Occurrence:
    rng = streams.child("incidents", number, incident.what)
    begin = start_us + incident.after + int(rng.integers(max(incident.within, 1)))
    return Occurrence(
        what=incident.what,
        start_us=begin,
        end_us=begin + incident.lasting,
        districts=(district_of_building(incident.building),) if incident.building else incident.districts,
        systems=incident.systems,
        severity=incident.severity,
        building=incident.building,
    )
