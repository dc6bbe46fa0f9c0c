"""InfluxQL for boards: query texts whose every name is checked against the schema they read.

Owns spelling and checking. Which questions are asked stands on the boards.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sim.events.kinds import Kind
from sim.judge.ops import Measurement

ENVELOPE, ENVELOPE_TAGS = {"device", "seq"}, {"run", "district"}

_QUOTED = re.compile(r'"(\w+)"')
_NAMED = re.compile(r'AS "(\w+)"')
_TAG = re.compile(r'"(\w+)"::tag')


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT. `by` are of the tags, `every` the width of time buckets (empty: none), `tail` order and limit."""

    source: str
    known: frozenset[str]
    tags: frozenset[str]
    fields: str
    where: str = ""
    by: tuple[str, ...] = ()
    every: str = ""
    fill: str = ""
    tail: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a name that the measurement does not have."""
        written = set(_QUOTED.findall(f"{self.fields} {self.where}")) | set(self.by)
        unknown = written - self.known - set(_NAMED.findall(self.fields))
        if unknown:
            msg = f"{self.source} has no {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        if unfit := set(self.by) - self.tags | set(_TAG.findall(self.fields)) - self.tags:
            msg = f"{self.source}: {', '.join(sorted(unfit))} is no tag, and InfluxQL groups by nothing else"
            raise ValueError(msg)

    def text(self) -> str:
        """Return the query for one run, within the board's time range."""
        conditions = " AND ".join(part for part in ("\"run\" = '$run'", self.where, "$timeFilter") if part)
        return _spelled(self.fields, self.source, conditions, self.by, self.every, self.fill) + self.tail


def _spelled(fields: str, source: str, conditions: str, by: Iterable[str], every: str, fill: str) -> str:
    groups = [f"time({every})"] if every else []
    groups += [f'"{tag}"' for tag in by]
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    filled = f" fill({fill})" if grouped and fill else ""
    return f"SELECT {fields} FROM {source} WHERE {conditions}{grouped}{filled}"  # noqa: S608 - every name was checked against a schema


def events(kind: Kind, fields: str, where: str = "", *, by: Iterable[str] = (), every: str = "", fill: str = "", tail: str = "") -> Select:
    """Return a query on the events of a kind. Raises ValueError for a field it does not have on the wire."""
    tags = frozenset(ENVELOPE_TAGS | {field.name for field in kind.tags} | ({"device"} if kind.device_tag else set()))
    known = tags | ENVELOPE | {field.name for field in kind.wire_fields}
    return Select(f'"raw"."{kind.name}"', known, tags, fields, where, tuple(by), every, fill, tail)


def ops(
    measurement: Measurement, fields: str, where: str = "", *, by: Iterable[str] = (), every: str = "", fill: str = "", tail: str = ""
) -> Select:
    """Return a query on rows about the run. Raises ValueError for a name they do not have."""
    return Select(
        f'"ops"."{measurement.name}"',
        measurement.names,
        measurement.tag_names,
        fields,
        where,
        tuple(by),
        every,
        fill,
        tail,
    )


def over(*inner: Select, fields: str, by: Iterable[str] = (), every: str = "", fill: str = "") -> str:
    """Return a query over the answers of others, taken together. Raises ValueError for a column they do not have."""
    source = ", ".join(f"({each.text()})" for each in inner)
    tags = frozenset(name for each in inner for name in each.by)
    known = tags.union(*(_NAMED.findall(each.fields) for each in inner))
    chosen = Select(source, known, tags, fields, by=tuple(by), every=every, fill=fill)
    return _spelled(chosen.fields, chosen.source, "$timeFilter", chosen.by, chosen.every, chosen.fill)


def equal(name: str, value: str) -> str:
    """Return the condition that a tag or field is a word."""
    return f'"{name}" = {quoted(value)}'


def quoted(text: str) -> str:
    """Return a text as InfluxQL spells it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
