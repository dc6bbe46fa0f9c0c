"""What the systems of a scenario declare, held against what they leave, while the line that leaves it is still at work.

Owns the refusals and their words. Rows and samples are kept by `sim.events.collector`.
"""

import math
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.events.batches import Column, Roster
from sim.events.kinds import ABSENT_INT, Choice, Field, FieldType, Kind, Members
from sim.names import NO_NAME, Names, check_text
from sim.units import nearest

SHARE = "share"  # the unit of a measure whose samples are 0 to 1
LARGEST = np.iinfo(np.int64).max
WHOLE = (int, np.integer)
NUMBER = (int, float, np.integer, np.floating)
SINGLE: Mapping[FieldType, tuple[type, ...]] = {
    FieldType.INTEGER: WHOLE,
    FieldType.INSTANT: WHOLE,
    FieldType.CHOICE: WHOLE,
    FieldType.TEXT: WHOLE,
    FieldType.REAL: NUMBER,
    FieldType.FLAG: (bool, np.bool_, int, np.integer),
}
ADVICE = {
    FieldType.INTEGER: "it is a whole number of 64 bits, ABSENT_INT for none",
    FieldType.INSTANT: "it is whole microseconds since 1970, ABSENT_INT for none",
    FieldType.REAL: "it is a number, NaN for none",
    FieldType.FLAG: "it is true or false",
    FieldType.TEXT: "it is a code that `site.names(field).code(text)` gives, -1 for none",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What one row of a kind may hold: the types of its values, and which of them index which words, as members of which choice."""

    kind: Kind
    roster: Sized
    types: tuple[tuple[type, ...], ...]
    words: tuple[tuple[int, Sized, Members | None], ...]
    whole: tuple[int, ...]  # places of whole numbers, which 64 bits hold

    def check(self, device: object, values: tuple[object, ...]) -> None:
        """Raise UsageError for a row whose device or values cannot be."""
        if not isinstance(device, WHOLE) or not 0 <= int(device) < len(self.roster):
            raise UsageError(no_device(self.kind, device))
        if len(values) != len(self.types):
            msg = f"kind {self.kind.name} has {len(self.types)} fields, got {len(values)} values"
            raise UsageError(msg)
        if not all(map(isinstance, values, self.types)):
            place = next(place for place, value in enumerate(values) if not isinstance(value, self.types[place]))
            raise UsageError(misfit(self.kind.title, self.kind.fields[place], repr(values[place])))
        for place, words, members in self.words:
            value: Any = values[place]  # a whole number, as its type has just said
            stray = type(value) not in (int, members) and isinstance(value, Choice)  # the first is quick, and nearly always enough
            if stray or not NO_NAME <= value < len(words):
                raise UsageError(misfit(self.kind.title, self.kind.fields[place], repr(values[place])))
        for place in self.whole:
            if not ABSENT_INT <= values[place] <= LARGEST:  # type: ignore[operator]  # a whole number, as above
                raise UsageError(misfit(self.kind.title, self.kind.fields[place], repr(values[place])))


@dataclass(slots=True)
class RowChecks:
    """The kinds and measures of a scenario's systems, with the devices and texts of the city; `opens_us` is where the open slice begins."""

    kinds: Mapping[str, Kind]
    units: Mapping[str, str]  # of the measures
    rosters: Callable[[str], Roster]
    names: Callable[[str], Names]
    opens_us: int
    _forms: dict[str, Form] = field(default_factory=dict)
    _labels: set[str] = field(default_factory=set)  # of samples, found to be texts

    def form(self, kind: Kind) -> Form:
        """Return the form of a kind's rows. Raises UsageError for a kind that no system declares."""
        form = self._forms.get(kind.name)
        if form is None or form.kind is not kind:
            form = self._forms[kind.name] = self._made(kind)
        return form

    def _made(self, kind: Kind) -> Form:
        if self.kinds.get(kind.name) != kind:
            hint = " as it is left" if kind.name in self.kinds else nearest(kind.name, self.kinds)
            msg = f"no system declares the kind {kind.name!r}{hint}: add it to `kinds`"
            raise UsageError(msg)
        types = tuple(SINGLE[each.type] for each in kind.fields)
        words = tuple(
            (place, self._words(each), each.members)
            for place, each in enumerate(kind.fields)
            if each.type in (FieldType.CHOICE, FieldType.TEXT)
        )
        whole = tuple(place for place, each in enumerate(kind.fields) if each.type in (FieldType.INTEGER, FieldType.INSTANT))
        return Form(kind, self.rosters(kind.system), types, words, whole)

    def _words(self, declared: Field) -> Sized:
        return declared.values if declared.type is FieldType.CHOICE else self.names(declared.name)

    def unit(self, name: str, where: str) -> str:
        """Return the unit of a measure. Raises UsageError for one that no system declares, and for a label that is no text."""
        if where not in self._labels:
            check_text(where)
            self._labels.add(where)
        if name not in self.units:
            msg = f"no system declares the measure {name!r}{nearest(str(name), self.units)}: add it to `measures`"
            raise UsageError(msg)
        return self.units[name]

    def time(self, kind: Kind, first_us: int) -> None:
        """Raise UsageError for a time that lies in a slice that is closed."""
        if first_us < self.opens_us:
            msg = f"kind {kind.name}: a row at {first_us} lies in a slice that is closed; the open one begins at {self.opens_us}"
            raise UsageError(msg)

    def rows(self, kind: Kind, time_us: NDArray[np.int64], device: NDArray[np.int32], columns: Mapping[str, Column]) -> None:
        """Raise UsageError for columns that name an unknown device, word or time."""
        form = self.form(kind)
        self.time(kind, int(time_us.min()))
        for number in (int(device.min()), int(device.max())):
            if not 0 <= number < len(form.roster):
                raise UsageError(no_device(kind, number))
        for place, words, _ in form.words:
            column = columns[kind.fields[place].name]
            for code in (int(column.min()), int(column.max())):
                if not NO_NAME <= code < len(words):
                    raise UsageError(misfit(kind.title, kind.fields[place], str(code)))


def check_value(owner: str, declared: Field, value: object, words: Sized) -> None:
    """Raise UsageError for a single value that a field cannot hold; `words` is the table of a TEXT field."""
    among: Sized = declared.values if declared.type is FieldType.CHOICE else words
    fits = isinstance(value, SINGLE[declared.type])
    if fits and declared.type in (FieldType.CHOICE, FieldType.TEXT):
        stray = isinstance(value, Choice) and type(value) is not declared.members
        fits = not stray and NO_NAME <= cast("int", value) < len(among)
    elif fits and declared.type in (FieldType.INTEGER, FieldType.INSTANT):
        fits = ABSENT_INT <= cast("int", value) <= LARGEST
    if not fits:
        raise UsageError(misfit(owner, declared, repr(value)))


def as_column(owner: str, declared: Field, given: object, rows: int) -> Column:
    """Return what was left for a field as a column in numbers that the field can hold. Raises UsageError when it cannot."""
    column = np.asarray(given)
    if column.shape != (rows,):
        msg = f"{owner}: {declared.name} has {_shape(column)} for {rows} rows"
        raise UsageError(msg)
    fits = "iufb" if declared.type is FieldType.REAL else "iub"
    if column.dtype.kind == "f" and fits == "iub":
        if not bool((column == np.rint(column)).all()):  # false for NaN too
            raise UsageError(misfit(owner, declared, f"{column.dtype} with {column[column != np.rint(column)][0]}"))
        return column.astype(declared.dtype)
    if column.dtype.kind not in fits:
        raise UsageError(misfit(owner, declared, f"{column.dtype} such as {column[0]!r}"))
    return column


def as_whole(owner: str, name: str, given: object) -> NDArray[np.generic]:
    """Return times or device numbers as a column of whole numbers. Raises UsageError when they are none."""
    column = np.asarray(given)
    if column.ndim != 1 or (column.size and column.dtype.kind not in "iu"):
        msg = f"{owner}: {name} takes one column of whole numbers, got {_shape(column)} of {column.dtype}"
        raise UsageError(msg)
    return column


def check_names(kind: Kind, given: object) -> None:
    """Raise UsageError for columns that are missing or that the kind does not have."""
    if not isinstance(given, Mapping):
        msg = f"{kind.title}: the columns are a table by field, such as {{{kind.fields[0].name!r}: numbers}}, not {given!r:.80}"
        raise UsageError(msg)
    fields = [each.name for each in kind.fields]
    missing = [name for name in fields if name not in given]
    wrong = [f"no field {name!r}{nearest(str(name), missing or fields)}" for name in given if name not in fields]
    if missing or wrong:
        texts = [*wrong, *([f"the columns {', '.join(missing)} are missing"] if missing else [])]
        msg = f"kind {kind.name}: {'; '.join(texts)}; its fields are {', '.join(fields)}"
        raise UsageError(msg)


def check_samples(measure: str, values: NDArray[np.float64], unit: str = "") -> None:
    """Raise UsageError for samples that are not finite numbers, and for shares that are none."""
    if not bool(np.isfinite(values).all()):
        msg = f"measure {measure}: a sample is not a finite number; leave none where there is nothing to measure"
        raise UsageError(msg)
    if unit == SHARE and not 0 <= values.min() <= values.max() <= 1:
        wrong = values[(values < 0) | (values > 1)][0]
        msg = f"measure {measure}: the sample {wrong:g} is no share, which is 0 to 1: correct it, or give the measure another unit"
        raise UsageError(msg)


def check_sample(measure: str, value: float, unit: str = "") -> None:
    """Raise UsageError for a sample that is not a finite number, or no share."""
    if not math.isfinite(value) or (unit == SHARE and not 0 <= value <= 1):
        check_samples(measure, np.array([value]), unit)


def misfit(owner: str, declared: Field, given: str) -> str:
    """Return what is wrong with a value that a field cannot hold."""
    advice = ADVICE.get(declared.type) or f"it is {_a_word_of(declared)} ({', '.join(declared.values)}), -1 for none"
    return f"{owner}: {declared.name} cannot hold {given}; {advice}"


def _a_word_of(declared: Field) -> str:
    return "the index of a word" if declared.members is None else f"a member of {declared.members.__name__}"


def no_device(kind: Kind, device: object) -> str:
    """Return what is wrong with a device that the system has not registered."""
    remedy = "`site.roster.add(id, district)` gives the number"
    return f"kind {kind.name}: there is no device {device!r} in system {kind.system!r}; {remedy}"


def _shape(column: NDArray[np.generic]) -> str:
    return f"{column.shape[0]} values" if column.ndim == 1 else f"a table of shape {column.shape}" if column.ndim else "a single value"
