"""Kinds of event: the schema every part of the house reads.

Owns field types, their column dtypes and the spelling of "absent". The name of a kind is its topic level,
its measurement and the word on the board.
"""

import re
from dataclasses import KW_ONLY, dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Self, overload

import numpy as np
from numpy.typing import DTypeLike

from sim.errors import UsageError
from sim.names import NO_NAME, Names

ABSENT_INT = np.iinfo(np.int64).min  # integers and instants; reals use NaN, texts and choices NO_NAME

# Names of the event itself; a field may not reuse one.
RESERVED = frozenset({"time", "t", "release", "due", "sent", "run", "district", "device", "seq", "fault", "fault_delay_us"})

# Keywords of InfluxQL (InfluxDB 2 reference): a field with such a name breaks hand-written queries.
_KEYWORDS = """
all alter analyze any as asc begin by create continuous database databases default delete desc destinations
diagnostics distinct drop duration end every explain field for from grant grants group groups in inf insert into
key keys kill limit show measurement measurements name offset on order password policies policy privileges queries
query range read replication resample retention revoke select series set shard shards slimit soffset stats
subscription subscriptions tag to user users values where with write true false
"""
INFLUXQL_KEYWORDS = frozenset(_KEYWORDS.split())

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class FieldType(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    REAL = "real"
    FLAG = "flag"  # true or false, never absent
    CHOICE = "choice"  # one of `values`, as its index
    TEXT = "text"  # an id from an open set, as a code of a Names table
    INSTANT = "instant"  # microseconds since 1970, shifted on the wire exactly like the event's own time


DTYPES: dict[FieldType, DTypeLike] = {
    FieldType.INTEGER: np.int64,
    FieldType.REAL: np.float64,
    FieldType.FLAG: np.bool_,
    FieldType.CHOICE: np.int32,
    FieldType.TEXT: np.int32,
    FieldType.INSTANT: np.int64,
}

ABSENT: dict[FieldType, int | float | bool] = {
    FieldType.INTEGER: ABSENT_INT,
    FieldType.REAL: float("nan"),
    FieldType.FLAG: False,
    FieldType.CHOICE: NO_NAME,
    FieldType.TEXT: NO_NAME,
    FieldType.INSTANT: ABSENT_INT,
}


class Choice(IntEnum):
    """The words of a choice as members; a member is the code in the column: its place, from 0.

    A word on the wire is the member's name in lower case (`auto()`), or the text given where that is no name in Python:

        class AlarmEvent(Choice):
            RESTORED = auto()
            FIRE = "110"  # as Contact ID has it
    """

    word: str

    def __new__(cls, word: str | int) -> Self:
        """Give the next member its code; later `AlarmEvent(1)` is the member of a code. Raises TypeError for a code written by hand."""
        if not isinstance(word, str):
            msg = f"{cls.__name__}: a member of a choice is auto() or the word on the wire, not {word!r}; codes are given in order"
            raise TypeError(msg)
        code = len(cls.__members__)
        member = int.__new__(cls, code)
        member._value_ = code
        member.word = word
        return member

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[object]) -> str:  # noqa: ARG004  (the signature of enum)
        return name.lower()

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """Return the words on the wire, by code."""
        return tuple(member.word for member in cls)


Members = type[Choice]


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a kind.

    `unit` is the field's unit as in the name's suffix; `decimals` is the resolution of a REAL (10 ** -decimals);
    `values` are a CHOICE's words; `tag` marks a bounded grouping value; `truth` rides in the tape and stays off the wire.
    """

    name: str
    _: KW_ONLY
    type: FieldType
    unit: str = ""
    decimals: int = 0
    values: tuple[str, ...] = ()
    tag: bool = False
    truth: bool = False
    doc: str = ""
    _members: Members | None = field(default=None, init=False, repr=False, compare=False)  # no header of a tape has it

    def __post_init__(self) -> None:
        """Raise ValueError for a schema that could not travel or be queried."""
        if not _NAME.fullmatch(self.name) or self.name in RESERVED or self.name in INFLUXQL_KEYWORDS:
            msg = f"field name {self.name!r} is reserved, an InfluxQL keyword or not snake_case"
            raise ValueError(msg)
        if (self.type is FieldType.CHOICE) != bool(self.values):
            msg = f"field {self.name!r}: a choice has values, nothing else does"
            raise ValueError(msg)
        if len(set(self.values)) != len(self.values):
            msg = f"field {self.name!r}: the values of a choice must differ"
            raise ValueError(msg)
        if self.tag and self.truth:
            msg = f"field {self.name!r}: a truth label stays off the wire, so it cannot be a tag"
            raise ValueError(msg)
        if self.tag and self.type not in (FieldType.CHOICE, FieldType.TEXT, FieldType.INTEGER):
            msg = f"field {self.name!r}: a tag is a choice, a text or an integer"
            raise ValueError(msg)

    @property
    def members(self) -> Members | None:
        """Return the enumeration that a CHOICE's words come from; none for plain words and other types."""
        return self._members

    @property
    def dtype(self) -> DTypeLike:
        """Return the numpy dtype of the column."""
        return DTYPES[self.type]

    @property
    def absent(self) -> int | float | bool:
        """Return the value that stands for "absent" in the column."""
        return ABSENT[self.type]

    @property
    def choices(self) -> Names:
        """Return a CHOICE's words as a table; the code of a word is its index in `values`."""
        return Names(self.values)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event: `name` is topic level and measurement; `plan_ids` are ids of the action outline (B1, ...).

    `device_tag` makes the device a tag in the store (at most 20,000 devices). QoS is 0 or 1. A `label` is truth that becomes known after
    the events it is about: its rows stay on the tape, in a table of their own, and no device sends them.
    """

    name: str
    _: KW_ONLY
    system: str = ""
    plan_ids: tuple[str, ...] = ()
    fields: tuple[Field, ...]
    qos: int
    doc: str
    retain: bool = False
    device_tag: bool = False
    label: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a kind that could not travel or be queried."""
        object.__setattr__(self, "fields", several("fields", self.fields))
        names = [each.name for each in self.fields]
        if not _NAME.fullmatch(self.name) or self.name in INFLUXQL_KEYWORDS:
            msg = f"kind name {self.name!r} is an InfluxQL keyword or not snake_case"
            raise ValueError(msg)
        if len(set(names)) != len(names) or self.qos not in (0, 1):
            msg = f"kind {self.name!r}: fields must differ and QoS is 0 or 1"
            raise ValueError(msg)

    def field(self, name: str) -> Field:
        """Return a field by name. Raises KeyError when there is none."""
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)

    @property
    def title(self) -> str:
        """Return what messages call it."""
        return f"kind {self.name}"

    @property
    def wire_fields(self) -> tuple[Field, ...]:
        """Return the fields that travel: all but truth labels."""
        return tuple(each for each in self.fields if not each.truth)

    @property
    def tags(self) -> tuple[Field, ...]:
        """Return the fields that are tags in the store."""
        return tuple(each for each in self.fields if each.tag)


def several(name: str, given: object) -> tuple[Any, ...]:
    """Return what is written as a tuple or a list. Raises UsageError for one alone, which lacks a comma."""
    if not isinstance(given, tuple | list):
        shown = repr(given) if isinstance(given, str) else f"{type(given).__name__}(...)"
        msg = f"{name} takes several in brackets, not one {type(given).__name__}: write {name}=({shown},) with a comma"
        raise UsageError(msg)
    return tuple(given)


# Constructors that read like the tables they fill.


def integer(name: str, unit: str = "", *, tag: bool = False, truth: bool = False, doc: str = "") -> Field:
    """Declare a whole number."""
    return Field(name, type=FieldType.INTEGER, unit=unit, tag=tag, truth=truth, doc=doc)


def real(name: str, unit: str, decimals: int, *, truth: bool = False, doc: str = "") -> Field:
    """Declare a number rounded to `decimals` places when the batch is closed."""
    return Field(name, type=FieldType.REAL, unit=unit, decimals=decimals, truth=truth, doc=doc)


def flag(name: str, *, truth: bool = False, doc: str = "") -> Field:
    """Declare a true-or-false column."""
    return Field(name, type=FieldType.FLAG, truth=truth, doc=doc)


@overload
def choice(name: str, members: Members, /, *, tag: bool = False, truth: bool = False, doc: str = "") -> Field: ...
@overload
def choice(name: str, /, *words: str, tag: bool = False, truth: bool = False, doc: str = "") -> Field: ...
def choice(name: str, /, *words: str | Members, tag: bool = False, truth: bool = False, doc: str = "") -> Field:
    """Declare a column of words from a fixed list: a `Choice`, or the words themselves."""
    members = words[0] if words and not isinstance(words[0], str) else None
    values = members.words() if members else tuple(map(str, words))
    declared = Field(name, type=FieldType.CHOICE, values=values, tag=tag, truth=truth, doc=doc)
    object.__setattr__(declared, "_members", members)
    return declared


def text(name: str, *, tag: bool = False, truth: bool = False, doc: str = "") -> Field:
    """Declare a column of ids from an open list."""
    return Field(name, type=FieldType.TEXT, tag=tag, truth=truth, doc=doc)


def instant(name: str, *, truth: bool = False, doc: str = "") -> Field:
    """Declare a column of instants: microseconds since 1970, city time, shifted on the wire like the event's time."""
    return Field(name, type=FieldType.INSTANT, unit="us", truth=truth, doc=doc)
