"""Declared: what a system says of itself when it moves into the city. Everybody else reads it here.

Owns the binding of kinds, measures and promises to the system's name, which is said once, and the refusal of words with two
meanings. What is left during a run is held against it by `sim.city.site`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, fields, replace

from sim.city.causes import Cause
from sim.city.links import Link, Links
from sim.errors import UsageError
from sim.events.kinds import Choice, Field, Kind, several
from sim.figures import Figure
from sim.judge.measures import Family, Measure, Objective
from sim.units import nearest

NO_LINK = Link()  # nothing is delayed or lost
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, init=False)
class Count:
    """Things that are counted by state at the end of each slice: `Count("lamp", "on", "off")`, or the words of a choice."""

    thing: str
    states: tuple[str, ...]

    def __init__(self, thing: str, *states: str | type[Choice]) -> None:
        """Name the thing and the states it can be in."""
        object.__setattr__(self, "thing", thing)
        words = tuple(word for each in states for word in ((each,) if isinstance(each, str) else each.words()))
        object.__setattr__(self, "states", words)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a system emits, measures, promises, reads, counts, tells and hears. The parts of a large system are added up with `+`.

    Kinds and measures carry the system's name from here on: a measure declared as `noun` is `system.noun` outside. `hears` are
    causes and words of incidents that `emit` asks for at the end of a slice: whoever tells them works first. `awaits` are those that
    processes wait for while time goes on; `in_buildings` are words of incidents that may happen in one building. `link` is the network
    of every kind that has none of its own (`site.connect`). Raises UsageError for a name said twice and for words that cannot be.
    """

    name: str = ""
    _: KW_ONLY
    kinds: tuple[Kind, ...] = ()
    measures: tuple[Measure, ...] = ()
    objectives: tuple[Objective, ...] = ()
    figures: tuple[Figure, ...] = ()
    census: tuple[Count, ...] = ()
    tells: tuple[Cause, ...] = ()
    hears: tuple[Cause | str, ...] = ()
    awaits: tuple[Cause | str, ...] = ()
    in_buildings: tuple[str, ...] = ()
    link: Link | Links = NO_LINK

    def __post_init__(self) -> None:
        """Bind everything to the name; a part of a larger declaration has none."""
        for each in fields(self):
            if isinstance(each.default, tuple):
                object.__setattr__(self, each.name, several(each.name, getattr(self, each.name)))
        if not self.name:
            return
        if not _NAME.fullmatch(self.name):
            msg = f"system name {self.name!r} is not snake_case: it is a level of topics and begins the names of measures"
            raise UsageError(msg)
        if self.name == Family.PIPELINE:
            msg = f"system name {self.name!r} is taken: measures and a board of our own chain are called so"
            raise UsageError(msg)
        object.__setattr__(self, "kinds", tuple(self._bound(kind) for kind in self.kinds))
        object.__setattr__(self, "measures", tuple(replace(each, name=self.full(each.name)) for each in self.measures))
        object.__setattr__(self, "objectives", tuple(each.of(self.full(each.measure)) for each in self.objectives))
        for what, names in self._said():
            for name in sorted({name for name in names if names.count(name) > 1}):
                msg = f"system {self.name!r} declares the {what} {name!r} twice"
                raise UsageError(msg)

    def __add__(self, other: "Declared") -> "Declared":
        """Return both as one system's; the name and the link of the first count where it has them."""
        joined = {
            each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self) if each.name not in ("name", "link")
        }
        link = self.link if self.link != NO_LINK else other.link
        return Declared(self.name or other.name, **joined, link=link)

    def full(self, measure: str) -> str:
        """Return what a measure is called outside: `system.noun`; another part's, such as `pipeline.lost`, stays as it is."""
        return measure if "." in measure else f"{self.name}.{measure}"

    def kind(self, kind: Kind) -> Kind:
        """Return a kind as the system declares it. Raises UsageError for one that it does not."""
        _check_is(Kind, kind)
        found = next((each for each in self.kinds if each.name == kind.name), None)
        if found is None or replace(kind, system=self.name) != found:
            hint = " as it is left" if found else nearest(kind.name, [each.name for each in self.kinds])
            msg = f"system {self.name!r} does not declare the kind {kind.name!r}{hint}: add it to `kinds`"
            raise UsageError(msg)
        return found

    def measure(self, measure: Measure | str) -> str:
        """Return the full name of a measure. Raises UsageError for one that the system does not declare."""
        name = self.full(measure if isinstance(measure, str) else measure.name)
        known = [each.name for each in self.measures]
        if name not in known:
            msg = f"system {self.name!r} does not declare the measure {name!r}{nearest(name, known)}: add it to `measures`"
            raise UsageError(msg)
        return name

    def counted(self, thing: str, state: str) -> None:
        """Raise UsageError for a word of the census that the system does not declare."""
        states = {each.thing: each.states for each in self.census}
        if thing not in states:
            msg = f"system {self.name!r} does not count {thing!r}{nearest(thing, states)}: add it to `census`"
            raise UsageError(msg)
        if state not in states[thing]:
            msg = f"system {self.name!r}: {thing} has no state {state!r}{nearest(state, states[thing])}: add it to its Count in `census`"
            raise UsageError(msg)

    def word(self, cause: Cause | str, among: Sequence[Cause | str], where: str) -> str:
        """Return the name of a cause or incident that is declared in `where`. Raises UsageError for another one."""
        known = [word_of(each) for each in among]
        if word_of(cause) not in known:
            msg = f"system {self.name!r} does not declare {word_of(cause)!r}{nearest(word_of(cause), known)}: add it to `{where}`"
            raise UsageError(msg)
        return word_of(cause)

    def cause(self, cause: Cause, among: Sequence[Cause | str], where: str) -> str:
        """Return the name of a cause that is declared in `where`. Raises UsageError for another one, and for one that differs from it."""
        _check_is(Cause, cause)
        name = self.word(cause, among, where)
        if not any(each is cause or each in (cause, name) for each in among):
            msg = f"system {self.name!r} declares the cause {name!r} in `{where}` with other fields: use the one that it declares"
            raise UsageError(msg)
        return name

    def _bound(self, kind: Kind) -> Kind:
        if kind.system not in ("", self.name):
            msg = f"system {self.name!r} declares the kind {kind.name!r} of system {kind.system!r}"
            raise UsageError(msg)
        return kind if kind.system else replace(kind, system=self.name)

    def _said(self) -> Iterator[tuple[str, list[str]]]:
        yield "kind", [kind.name for kind in self.kinds]
        yield "measure", [measure.name for measure in self.measures]
        yield "census word", [each.thing for each in self.census]
        yield "cause", [cause.name for cause in self.tells]


def _check_is(wanted: type, given: object) -> None:
    if not isinstance(given, wanted):
        msg = f"{given!r} is no {wanted.__name__}: name what was declared, `{str(given).upper()}` without quotes"
        raise UsageError(msg)


def word_of(cause: Cause | str) -> str:
    """Return the name of a cause or incident."""
    return cause if isinstance(cause, str) else cause.name


def clashes(declared: Sequence[Declared]) -> Iterator[str]:
    """Yield what several systems, or kinds of one, say in two ways: kinds of one name, fields and causes with two meanings."""
    owner: dict[str, str] = {}
    meaning: dict[str, tuple[Field, str]] = {}
    causes: dict[str, Cause] = {}
    for system in declared:
        for kind in system.kinds:
            if kind.name in owner:
                yield f"two systems declare a kind {kind.name!r}: {owner[kind.name]} and {system.name}"
            owner.setdefault(kind.name, system.name)
            for each in kind.fields:
                first, where = meaning.setdefault(each.name, (each, kind.name))
                if unlike := _unlike(first, where, each, kind.name):
                    yield f"the field {each.name!r} {unlike}: one name has one meaning, so rename one of them"
        for cause in (*system.tells, *(each for each in (*system.hears, *system.awaits) if isinstance(each, Cause))):
            if causes.setdefault(cause.name, cause) != cause:
                yield f"the cause {cause.name!r} is declared in two ways (system {system.name!r} and an earlier one)"


def _unlike(one: Field, here: str, other: Field, there: str) -> str:
    if (one.type, one.unit) != (other.type, other.unit):
        return f"is {one.type} {one.unit}".rstrip() + f" in {here} and {other.type} {other.unit}".rstrip() + f" in {there}"
    if one.values != other.values:
        return f"has other words in {here} ({', '.join(one.values)}) than in {there} ({', '.join(other.values)})"
    if one.tag != other.tag:
        return f"is a tag in {here if one.tag else there} and none in {there if one.tag else here}"
    return ""
