"""What an engineer brings: a system with its parameters, what it declares, and how it moves into a city.

Owns the contract that `devices/` and a user's script meet. Adding a system is one file (or folder) and one line in
`devices.SYSTEMS`. The city as a system sees it is `sim.city.site`'s.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from sim.city.declared import Declared
from sim.city.site import Site
from sim.errors import UsageError
from sim.events.batches import LiveStatus, Span
from sim.events.row_checks import WHOLE
from sim.notes import Note
from sim.parameters import Parameters, TimeText
from sim.units import duration_us


@dataclass(frozen=True, slots=True)
class Timing:
    """What a system wishes of the run's hours: a time zone and a day where it brings them, and so much warm-up, µs or text (`10m`)."""

    zone: str | None = None
    day: date | None = None
    warm_up_us: int = 0

    if TYPE_CHECKING:

        def __init__(self, zone: str | None = ..., day: date | None = ..., warm_up_us: TimeText = ...) -> None:
            """Take what a system may write; the fields say what it becomes."""

    def __post_init__(self) -> None:
        """Read a warm-up that is given as text. Raises UsageError for what is no length of time."""
        given: object = self.warm_up_us
        read = duration_us(given) if isinstance(given, str) else given
        if not isinstance(read, WHOLE) or read < 0:
            msg = f"timing: warm_up_us is whole µs, at least 0, or a text such as '10m', not {given!r}"
            raise UsageError(msg)
        object.__setattr__(self, "warm_up_us", int(read))


class Installation(Protocol):
    """A system standing in one city. Derive from it and write what there is to say; the rest is nothing."""

    def emit(self, span: Span) -> None:  # noqa: ARG002 - the contract's
        """Fill in the slice's columns: everything that processes did in it is known. Called in the warm-up too (`span.warm`)."""
        return

    def live_status(self, span: Span) -> LiveStatus | None:  # noqa: ARG002 - the contract's
        """Return what a person should see of the system now; None: its census."""
        return None

    def notes(self) -> Sequence[Note]:
        """Return what was repaired or left out in the input."""
        return ()


class Standing(Installation):
    """The installation of a system that has none of its own: its processes and cohorts say everything at the site."""


class System(Parameters):
    """A system of the plan: its parameters as fields, what it declares, and its `build`."""

    declared: ClassVar[Declared]

    def __init_subclass__(cls, **more: Any) -> None:  # noqa: ANN401 - pydantic's own
        """Refuse a parameter that would hide what every system has. Raises UsageError."""
        super().__init_subclass__(**more)
        for name, annotation in get_annotations(cls).items():
            if hasattr(System, name) and "ClassVar" not in str(annotation):
                msg = f"{cls.__name__}: no parameter can be called {name!r}, which every system has already: take another word"
                raise UsageError(msg)

    @property
    def name(self) -> str:
        """Return the system's name: the level of its topics and the beginning of its measures."""
        return self.declared.name

    @abstractmethod
    def build(self, site: Site) -> Installation | None:
        """Register devices, start processes and cohorts; return what stands there, or nothing when the site says it all.

        Raises UsageError for bad input.
        """

    def expected_events(self, site: Site, start_us: int, end_us: int) -> float | None:  # noqa: ARG002 - for those that can say it
        """Return how many events that follow the load are expected in a stretch while the multiplier is 1; None: it offers no rate.

        Asked before `build`, of a city without a load profile: a stage that asks for so many events a second gets its multiplier so.
        """
        return None

    def timing(self, day: date | None) -> Timing:  # noqa: ARG002 - for those that read a calendar
        """Return what the system wishes of the run's hours, given the scenario's own day. Raises UsageError for bad input."""
        return Timing()
