"""The strict reader: one message at a time, exact about what is wrong with it.

Owns the judgement of a single payload. It is slow and right; blocks of good messages never come here.
"""

import re
from collections.abc import Callable, Sequence

import orjson

from brokers.codec.messages import MOST_SEQ, REQUIRED, RUN_ID, Reason
from sim.events.kinds import FieldType, Kind

_RUN = re.compile(RUN_ID)
LEAST, MOST = -(2**63), 2**63 - 1  # what an int64 column holds

Value = int | float | str | bool
Row = dict[str, Value]

_HEADER_TYPES: dict[str, FieldType] = {
    "t": FieldType.INTEGER,
    "seq": FieldType.INTEGER,
    "due": FieldType.INTEGER,
    "sent": FieldType.INTEGER,
    "run": FieldType.TEXT,
}


class Unusable(ValueError):  # noqa: N818 - it describes a message, the program is well
    """A payload that cannot be used, with the reason and the offending place in words."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep both for the dead letters."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class StrictReader:
    """Reads payloads of one kind; with a `run`, those of other runs are unusable here."""

    def __init__(self, kind: Kind, run: str | None, limit_bytes: int) -> None:
        """Prepare what every payload is held against."""
        self._kind = kind
        self._run = run
        self._limit_bytes = limit_bytes
        self._types = _HEADER_TYPES | {field.name: field.type for field in kind.wire_fields}
        self._accepts = {name: _CHECKS[wanted][0] for name, wanted in self._types.items()}
        self._accepts |= {field.name: _one_of(field.values) for field in kind.wire_fields if field.values}

    def read(self, payload: bytes) -> Row:
        """Return the values of a payload by name. Raises Unusable for anything that is not exactly as declared."""
        row = self._object(payload)
        for name in REQUIRED:
            if name not in row:
                raise Unusable(Reason.MISSING_FIELD, f"{name} is missing")
        if self._run is not None and row["run"] != self._run and isinstance(row["run"], str):
            raise Unusable(Reason.FOREIGN_RUN, f"run {_brief(row['run'])}, not {self._run!r}")
        for name, value in row.items():
            accepts = self._accepts.get(name)
            if accepts is None or not accepts(value):
                raise self._refusal(name, value)
        if not 0 <= int(row["seq"]) <= MOST_SEQ:
            raise Unusable(Reason.UNKNOWN_VALUE, f"seq is {row['seq']}, not a count from 0 on")
        if not _RUN.fullmatch(str(row["run"])):
            raise Unusable(Reason.UNKNOWN_VALUE, f"run is {_brief(row['run'])}, not eight letters or digits")
        return row

    def _refusal(self, name: str, value: object) -> Unusable:
        """Return what is wrong with a value that is not accepted."""
        wanted = self._types.get(name)
        if wanted is None:
            return Unusable(Reason.UNKNOWN_FIELD, f"{self._kind.name} has no field {_brief(name)}")
        accepts, words = _CHECKS[wanted]
        if not accepts(value):
            return Unusable(Reason.WRONG_TYPE, f"{name} is {_brief(value)}, not {words}")
        return Unusable(Reason.UNKNOWN_VALUE, f"{name} is {_brief(value)}, not one of {', '.join(self._kind.field(name).values)}")

    def _object(self, payload: bytes) -> Row:
        if len(payload) > self._limit_bytes:
            raise Unusable(Reason.OVERSIZE, f"{len(payload)} bytes, at most {self._limit_bytes}")
        try:
            row = orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            raise Unusable(Reason.MALFORMED, f"not JSON: {error}") from error
        if not isinstance(row, dict):
            raise Unusable(Reason.MALFORMED, f"a JSON {type(row).__name__}, not an object")
        return row


def _integer(value: object) -> bool:
    return type(value) is int and LEAST <= value <= MOST


def _real(value: object) -> bool:
    return type(value) is float or type(value) is int


def _flag(value: object) -> bool:
    return type(value) is bool


def _text(value: object) -> bool:
    return type(value) is str


def _one_of(values: Sequence[str]) -> Callable[[object], bool]:
    words = frozenset(values)
    return lambda value: type(value) is str and value in words


_CHECKS: dict[FieldType, tuple[Callable[[object], bool], str]] = {
    FieldType.INTEGER: (_integer, "a 64-bit integer"),
    FieldType.INSTANT: (_integer, "a 64-bit integer"),
    FieldType.REAL: (_real, "a number"),
    FieldType.FLAG: (_flag, "true or false"),
    FieldType.CHOICE: (_text, "a text"),
    FieldType.TEXT: (_text, "a text"),
}


def _brief(value: object) -> str:
    """Return a value for people, cut to a bounded length: strangers may send anything."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - one line of a terminal
