"""Causes: what one system tells and others hear, as columns of a slice or one by one in a process.

Owns the declaration of a cause, what was told, and who waits for it. Systems do not know each other: they share the words in
`devices.causes`, or words of their own. What a word means is the business of those who tell it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TypeVar

import numpy as np
import simpy
from numpy.typing import ArrayLike, NDArray

from sim.errors import UsageError
from sim.events.batches import Column, Span
from sim.events.kinds import Field, FieldType, several
from sim.events.row_checks import as_column
from sim.names import Names
from sim.units import nearest

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Cause:
    """A word by which systems hear each other, with the fields of what is told."""

    name: str
    _: KW_ONLY
    doc: str = ""
    fields: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        """Take a tuple or a list. Raises UsageError for one field alone, which lacks a comma."""
        object.__setattr__(self, "fields", several("fields", self.fields))


def check_fields(cause: Cause, given: Collection[str]) -> None:
    """Raise UsageError for values that are missing or that a cause does not have."""
    known = [each.name for each in cause.fields]
    if len(given) == len(known) and all(name in given for name in known):
        return
    wrong = [f"no field {name!r}{nearest(name, known)}" for name in given if name not in known]
    wrong += [f"the field {name} is missing" for name in known if name not in given]
    msg = f"cause {cause.name}: {'; '.join(wrong)}; its fields are {', '.join(known) or 'none'}"
    raise UsageError(msg)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was told: when (city time, µs), in which district, and its values by field; texts as texts."""

    at_us: int
    district: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, name: str) -> object:
        """Return the value of a field. Raises UsageError for a field that the cause does not have."""
        return _of(self.values, name)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told of one cause in a stretch of time, as columns of equal length n in order of time.

    `at_us` (int64, city time), `district` (int16, codes of the city's districts), and the cause's fields by name.
    """

    at_us: NDArray[np.int64]
    district: NDArray[np.int16]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.at_us)

    def __getitem__(self, name: str) -> Column:
        """Return the column of a field. Raises UsageError for a field that the cause does not have."""
        return _of(self.columns, name)


def _of(values: Mapping[str, Value], name: str) -> Value:
    if name not in values:
        msg = f"what was told has no field {name!r}{nearest(str(name), values)}; its fields are {', '.join(values) or 'none'}"
        raise UsageError(msg)
    return values[name]


@dataclass(slots=True)
class Causes:
    """All that is told in one city. `heard_by` names the systems that hear a cause, `names` gives the table of a TEXT field."""

    env: simpy.Environment
    districts: Names
    names: Callable[[str], Names]
    heard_by: Mapping[str, frozenset[str]]
    opens_us: int
    _told: dict[str, list[Heard]] = field(default_factory=dict)
    _waiting: dict[str, list[simpy.Store]] = field(default_factory=dict)

    def tell(self, cause: Cause, at_us: NDArray[np.int64], district: NDArray[np.int16], columns: Mapping[str, ArrayLike]) -> None:
        """Take what happened, as columns of equal length; for nobody it is forgotten at once. Raises UsageError for what cannot be."""
        if cause.name not in self.heard_by or not len(at_us):
            return
        if int(at_us.min()) < self.opens_us:
            msg = f"cause {cause.name}: {int(at_us.min())} lies in a slice that is closed; the open one begins at {self.opens_us}"
            raise UsageError(msg)
        told = Heard(at_us, district, self._columns(cause, columns, len(at_us)))
        self._told.setdefault(cause.name, []).append(told)
        for store in self._waiting.get(cause.name, ()):
            self._hand_over(cause, told, store)

    def _columns(self, cause: Cause, given: Mapping[str, ArrayLike], rows: int) -> dict[str, Column]:
        check_fields(cause, given)
        return {each.name: as_column(f"cause {cause.name}", each, given[each.name], rows).astype(each.dtype) for each in cause.fields}

    def _hand_over(self, cause: Cause, told: Heard, store: simpy.Store) -> None:
        """Put each row into a store when its time comes, or now where that is past."""
        for row in range(len(told)):
            one = self._one(cause, told, row)
            late = self.env.timeout(max(0, one.at_us - int(self.env.now)), one)
            late.callbacks.append(partial(_deliver, store))

    def _one(self, cause: Cause, told: Heard, row: int) -> Told:
        values = {each.name: self._value(each, told.columns[each.name][row].item()) for each in cause.fields}
        return Told(int(told.at_us[row]), self.districts[int(told.district[row])], MappingProxyType(values))

    def _value(self, declared: Field, value: object) -> object:
        if declared.type is not FieldType.TEXT:
            return value
        return self.names(declared.name)[int(value)] if isinstance(value, int) and value >= 0 else ""

    def heard(self, cause: Cause, span: Span) -> Heard:
        """Return what was told of a cause in a span, in order of time."""
        told = self._told.get(cause.name, ())
        at_us = np.concatenate([each.at_us for each in told]) if told else np.zeros(0, dtype=np.int64)
        chosen = np.flatnonzero((at_us >= span.start_us) & (at_us < span.end_us))
        chosen = chosen[np.argsort(at_us[chosen], kind="stable")]
        columns = {each.name: _joined([one.columns[each.name] for one in told], each.dtype)[chosen] for each in cause.fields}
        district = _joined([one.district for one in told], np.int16)[chosen].astype(np.int16)
        return Heard(at_us[chosen], district, columns)

    def listen(self, cause: Cause) -> simpy.Store:
        """Return a store that receives each `Told` of a cause when its time comes, told from now on."""
        store = simpy.Store(self.env)
        self._waiting.setdefault(cause.name, []).append(store)
        return store

    def close(self, span: Span) -> None:
        """Forget what lies before the end of a span: its slice is closed."""
        self.opens_us = span.end_us
        for name, told in self._told.items():
            self._told[name] = [each for each in told if int(each.at_us.max()) >= span.end_us]


def in_order(tells: Mapping[str, Sequence[str]], hears: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the systems so that whoever tells a cause comes before whoever hears it; where that leaves a choice, by name.

    `tells` and `hears` give each system's causes. Raises UsageError for a circle, which it names.
    """
    after = {name: {other for other in tells if set(tells[other]) & set(hears[name]) and other != name} for name in sorted(tells)}
    done: list[str] = []
    while len(done) < len(after):
        free = next((name for name in after if name not in done and after[name] <= set(done)), None)
        if free is None:
            raise UsageError(_circle({name: others - set(done) for name, others in after.items() if name not in done}, tells, hears))
        done.append(free)
    return tuple(done)


def _circle(after: Mapping[str, set[str]], tells: Mapping[str, Sequence[str]], hears: Mapping[str, Sequence[str]]) -> str:
    way = [next(iter(after))]
    while way.count(way[-1]) == 1:
        way.append(min(after[way[-1]]))
    way = way[way.index(way[-1]) :]
    links = [f"{one} hears {', '.join(sorted(set(hears[one]) & set(tells[two])))} of {two}" for one, two in pairwise(way)]
    return f"systems hear each other in a circle within a slice: {'; '.join(links)}. Let one of them wait in a process (`awaits`)"


def _deliver(store: simpy.Store, event: simpy.Event) -> None:
    store.put(event.value)


def _joined(columns: Sequence[NDArray[np.generic]], dtype: object) -> NDArray[np.generic]:
    return np.concatenate(columns) if columns else np.zeros(0, dtype=dtype)  # type: ignore[call-overload]
