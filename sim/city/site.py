"""A site: the city as one system sees it. What the system leaves here is held against what it declared, at the line that leaves it.

Owns the door between a system and the city: its devices, streams, clock, links, and everything it leaves, tells and hears.
The city itself knows no system.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy
from numpy.typing import ArrayLike, NDArray

from sim.city.calendar import Calendar
from sim.city.causes import Cause, Heard, check_fields
from sim.city.city import City
from sim.city.days import Days
from sim.city.declared import Declared
from sim.city.door import Waits, check_count, check_instant, check_steps, check_told, check_wait, misnamed
from sim.city.incidents import Occurrence
from sim.city.links import Link, Links, Outage
from sim.city.networks import Bearer, Coverage
from sim.city.residents import Residents
from sim.city.uplinks import Uplinks
from sim.errors import UsageError
from sim.events.batches import CensusRow, Roster, Span
from sim.events.kinds import Choice, FieldType, Kind
from sim.judge.measures import Measure
from sim.names import Names, check_text
from sim.streams import Streams

Steps = Generator[simpy.Event, Any, None]  # a process: it yields what it waits for


@dataclass(slots=True)
class Site:
    """One system's place in a city, handed to its `build`. Time is integer µs of city time; `now_us` is the clock's."""

    city: City
    declared: Declared
    _kinds: dict[str, tuple[Kind, Kind]] = field(default_factory=dict)  # as they are left, as they are declared
    _measures: dict[str, str] = field(default_factory=dict)  # full names, as they are left
    _links: dict[str, Link | Links] = field(default_factory=dict)
    _counted: set[tuple[str, str, str]] = field(default_factory=set)  # words and districts of the census found declared
    _waits: Waits = field(default_factory=Waits)
    _counts: list[CensusRow] = field(default_factory=list)
    _cohorts: list[Callable[[Span], None]] = field(default_factory=list)

    # --- What is here -----------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Return the system's name."""
        return self.declared.name

    @property
    def env(self) -> simpy.Environment:
        """Return SimPy's environment; its `now` is city time, µs."""
        return self.city.env

    @property
    def now_us(self) -> int:
        """Return city time, µs."""
        return int(self.city.env.now)

    @property
    def calendar(self) -> Calendar:
        """Return the city's calendar."""
        return self.city.calendar

    @property
    def scale(self) -> float:
        """Return the share of the whole city that is simulated."""
        return self.city.scale

    @property
    def warm_from_us(self) -> int:
        """Return the instant at which processes begin."""
        return self.city.warm_from_us

    @property
    def start_us(self) -> int:
        """Return the instant at which the run begins: what happens before is neither published nor judged."""
        return self.city.start_us

    @property
    def end_us(self) -> int:
        """Return the instant at which the run ends, itself no longer in it."""
        return self.city.end_us

    @property
    def district_names(self) -> tuple[str, ...]:
        """Return the names of the city's districts."""
        return self.city.district_names

    @property
    def districts(self) -> Names:
        """Return the districts' names by their code in columns."""
        return self.city.districts

    @property
    def roster(self) -> Roster:
        """Return the system's devices."""
        return self.city.roster(self.name)

    def names(self, field_name: str) -> Names:
        """Return the table of a TEXT field, which all systems share."""
        return self.city.names(field_name)

    def load(self, at_us: int) -> float:
        """Return the load profile's multiplier of demand at an instant."""
        return self.city.profile.load(at_us)

    def loads(self, at_us: ArrayLike) -> NDArray[np.float64]:
        """Return `load` at many instants: shapes (n,)."""
        return self.city.profile.loads(at_us)

    def demand_us(self, span: Span) -> float:
        """Return the load's integral over a span: how many µs at × 1 want as much. A rate a µs times it is the events expected."""
        return self.city.profile.demand_us(span.start_us, span.end_us)

    def install(self, thing: str, *, each_district: int, on_wire: bool = False, bearer: Bearer | None = None) -> NDArray[np.int32]:
        """Register devices called `thing-District-number` in every district; return their numbers, district by district.

        With a `bearer` each hangs on an access network of its own, in the shares of the year; the system's link is then `access_links()`.
        Raises UsageError for a number that is negative or not whole.
        """
        check_count(f"install of {thing!r}", each_district)
        network_of = self.coverage(bearer).network if bearer else self.roster.network_of
        ids = ((f"{thing}-{district}-{number}", district) for district in self.district_names for number in range(each_district))
        devices = (self.roster.add(device, district, on_wire=on_wire, network=network_of(device)) for device, district in ids)
        return np.fromiter(devices, dtype=np.int32)

    def bring_districts(self, names: Iterable[str]) -> None:
        """Say that the system brings districts of its own beside the city's, as a timetable does; others are refused as misspelt."""
        self.city.brought.update(names)

    def district_of(self, device: int) -> str:
        """Return the district of a device."""
        return self.districts[int(self.roster.district_codes()[device])]

    # --- Who lives here ---------------------------------------------------------------------------------------------------

    def residents(self, district: str) -> Residents:
        """Return the communities, homes and persons of a district, the same for every system. Raises UsageError where nobody lives."""
        return self.city.people.of(district)

    @property
    def days(self) -> Days:
        """Return when people wake, leave, come back, cook and sleep."""
        return self.city.days

    def coverage(self, bearer: Bearer) -> Coverage:
        """Return which access network each device of a sort hangs on in the year of the run."""
        return self.city.coverage(bearer)

    def cover(self, coverage: Coverage) -> None:
        """Put every device that is registered from here on, and for which no network is named, on the one that the coverage gives it."""
        self.roster.network_of = coverage.network

    # --- Randomness and time ----------------------------------------------------------------------------------------------

    def stream(self, *purpose: str | int, district: str = "") -> np.random.Generator:
        """Return the generator of a purpose, the same at every call: no other system, purpose or district changes it."""
        return self.streams(district=district).child(*purpose)

    def streams(self, *purpose: str | int, district: str = "") -> Streams:
        """Return the family of generators below a purpose, to hand to a part that draws several."""
        return self.city.streams.under(*([district] if district else ()), self.name, *purpose)

    def process(self, steps: Steps) -> simpy.Process:
        """Start a SimPy process. Raises UsageError for what is no call of a function that yields."""
        check_steps(steps)
        return self.city.env.process(steps)

    def wait(self, lasting_us: float, *, by_load: bool = False) -> simpy.Timeout:
        """Return what a process yields to wait so long, in whole µs: at least one, for time has to pass.

        `by_load`: as long as it is while the multiplier is 1; half as long at 2, endlessly at 0, and exactly so while it changes.
        Raises UsageError for what is no number or negative, and for a process whose waits let no time pass.
        """
        env, now_us = self.city.env, int(self.city.env.now)
        check_wait(lasting_us)
        self._waits.count(env.active_process, now_us)
        if by_load:
            lasting_us = self.city.profile.after(now_us, lasting_us) - now_us
        whole_us = round(lasting_us)
        if whole_us < 1:
            self._waits.count_short(now_us)
        return env.timeout(max(1, whole_us))

    def each_slice(self, cohort: Callable[[Span], None]) -> None:
        """Call a function at the end of every slice of city time, when everything that processes did in it is known."""
        self._cohorts.append(cohort)

    # --- The network ------------------------------------------------------------------------------------------------------

    def connect(self, link: Link | Links, *kinds: Kind) -> None:
        """Put kinds on a link of their own instead of the declaration's. Raises UsageError for a kind that is not declared."""
        for kind in kinds:
            self._links[self.declared.kind(kind).name] = link

    def link(self, kind: Kind) -> Link | Links:
        """Return the link of a kind, or the links of the networks that its devices hang on."""
        return self._links.get(kind.name, self.declared.link)

    def uplinks(self, link: Link | Links) -> Uplinks:
        """Return when what the devices send has passed a link: what their kinds on it are released by."""
        return self.city.uplinks(self.name, link)

    def outages(self, district: str) -> Sequence[Outage]:
        """Return the network outages in a district, in order, without overlaps."""
        return self.city.outages(self.name, district)

    def reachable_us(self, district: str, at_us: int) -> int:
        """Return an instant itself, or the end of the network outage that it falls into."""
        return self.city.reachable_us(self.name, district, at_us)

    # --- What the system leaves -------------------------------------------------------------------------------------------

    def record(self, kind: Kind, device: int, at_us: int | None = None, **values: object) -> None:
        """Leave one row, now or at an instant of a slice that is not closed; a TEXT value may be the text itself.

        Raises UsageError for what the system does not declare, and for values that are missing or that their fields cannot hold.
        """
        kind = self._kind(kind)
        if len(values) != len(kind.fields) or not all(each.name in values for each in kind.fields):
            raise UsageError(misnamed(kind, values))
        if at_us is None:
            at_us = self.now_us
        else:
            check_instant(at_us)
        row = [
            self.names(each.name).code(given)
            if each.type is FieldType.TEXT and isinstance(given := values[each.name], str)
            else values[each.name]
            for each in kind.fields
        ]
        self.city.out.record(kind, at_us, device, *row)

    def rows(self, kind: Kind, time_us: ArrayLike, device: ArrayLike, columns: Mapping[str, ArrayLike], *, rounded: bool = False) -> None:
        """Leave rows as columns, one for every field of the kind: shape (n,) each. Rows sorted by (time, device) close faster.

        Raises UsageError for what the system does not declare, and for columns that are missing or that their fields cannot hold.
        """
        self.city.out.rows(self._kind(kind), time_us, device, columns, rounded=rounded)

    def _kind(self, kind: Kind) -> Kind:
        """Return a kind as it is declared; looked up once for each object that is used."""
        known = self._kinds.get(getattr(kind, "name", ""))
        if known is None or known[0] is not kind:
            known = self._kinds[kind.name] = kind, self.declared.kind(kind)
        return known[1]

    def sample(self, measure: Measure | str, values: ArrayLike, where: str = "") -> None:
        """Leave samples of a measure, one or many; `where` is a bounded label. Raises UsageError for an undeclared measure."""
        known = self._measures.get(measure if isinstance(measure, str) else measure.name)
        if known is None:
            known = self.declared.measure(measure)
            self._measures[measure if isinstance(measure, str) else measure.name] = known
        self.city.out.sample(known, values, where)

    def mark(self, text: str, at_us: int | None = None) -> None:
        """Leave a mark for boards and report, now or at an instant. Raises UsageError for what is no text."""
        check_text(text)
        self.city.out.mark(self.now_us if at_us is None else at_us, self.name, text)

    def count(self, thing: str, state: str | Choice, district: str, number: int) -> None:
        """Say how many things are in a state in a district at the end of the slice.

        Raises UsageError for what is not declared or not in the city, and for a number that is negative or not whole.
        """
        word = state.word if isinstance(state, Choice) else state
        if (thing, word, district) not in self._counted:
            self.declared.counted(thing, word)
            self.city.check_district(district)
            self._counted.add((thing, word, district))
        check_count(f"the census of {thing!r}", number)
        self._counts.append(CensusRow(self.name, thing, word, district, int(number)))

    def count_states(self, thing: str, device: NDArray[np.int32], state: Sequence[str] | NDArray[np.integer]) -> None:
        """Say which devices are in which state at the end of the slice: `state` of each, words or codes of the Count's own choice."""
        words = next((each.states for each in self.declared.census if each.thing == thing), ())
        codes = self.roster.district_codes()[device]
        found = [each if isinstance(each, str) else words[int(each)] for each in state] if words else list(map(str, state))
        for (district, word), number in Counter(zip(codes.tolist(), found, strict=True)).items():
            self.count(thing, word, self.districts[district], number)

    # --- Causes -----------------------------------------------------------------------------------------------------------

    def is_heard(self, cause: Cause) -> bool:
        """Return whether any system hears a cause: what nobody hears need not be worked out."""
        return self.declared.cause(cause, self.declared.tells, "tells") in self.city.causes.heard_by

    def tell(self, cause: Cause, district: str, at_us: int | None = None, **values: object) -> None:
        """Tell one thing, now or at an instant of a slice that is not closed.

        Raises UsageError, whether or not anybody hears it, for an undeclared cause, a district that is not in the city, and values that
        are missing or that their fields cannot hold.
        """
        heard = self.is_heard(cause)
        self.city.check_district(district)
        check_told(cause, values, self.names)
        if not heard:
            return
        if at_us is not None:
            check_instant(at_us)
        coded = {name: self.names(name).code(value) if isinstance(value, str) else value for name, value in values.items()}
        columns = {name: np.array([value]) for name, value in coded.items()}
        at = np.array([self.now_us if at_us is None else at_us], dtype=np.int64)
        self.city.causes.tell(cause, at, np.array([self.districts.code(district)], dtype=np.int16), columns)

    def tell_rows(self, cause: Cause, at_us: NDArray[np.int64], district: NDArray[np.int16], columns: Mapping[str, ArrayLike]) -> None:
        """Tell many things as columns of equal length: `district` as codes, and one column for every field of the cause."""
        check_fields(cause, columns)
        if self.is_heard(cause):
            self.city.causes.tell(cause, at_us, district, columns)

    def heard(self, cause: Cause, span: Span) -> Heard:
        """Return what was told of a cause in a span, as columns in order of time. Raises UsageError for an undeclared cause."""
        self.declared.cause(cause, self.declared.hears, "hears")
        return self.city.causes.heard(cause, span)

    def listen(self, cause: Cause) -> simpy.Store:
        """Return where a process waits for a cause: `told = yield heard.get()` gives each `Told` when its time comes.

        Raises UsageError for a cause that is not in `awaits`.
        """
        self.declared.cause(cause, self.declared.awaits, "awaits")
        return self.city.causes.listen(cause)

    def incidents(self, word: str, district: str | None = None) -> tuple[Occurrence, ...]:
        """Return the incidents of a word in a district (None: anywhere), in order of start. Raises UsageError for an undeclared word."""
        self.declared.word(word, (*self.declared.hears, *self.declared.awaits), "hears")
        return self.city.incidents.of(word, self.name, district)

    # --- For the engine ---------------------------------------------------------------------------------------------------

    def work(self, span: Span) -> None:
        """Call every cohort of `each_slice`, in the order in which they were given."""
        for cohort in self._cohorts:
            cohort(span)

    def take_counts(self) -> tuple[CensusRow, ...]:
        """Return and forget what was counted."""
        taken = tuple(self._counts)
        self._counts.clear()
        return taken
