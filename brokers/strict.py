"""The strict reader: one message at a time, exact about what is wrong with it.

Owns the judgement of a single payload. It is slow and right; blocks of good messages never come here.
"""

from collections.abc import Callable

import orjson

from brokers.messages import LIMIT_BYTES, REQUIRED, Reason
from sim.kinds import FieldType, Kind

INT64 = range(-(2**63), 2**63)

Value = int | float | str | bool
Row = dict[str, Value]


class Unusable(ValueError):  # noqa: N818 - it describes a message, the program is well
    """A payload that cannot be used, with the reason and the offending place in words."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep both for the dead letters."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def read_payload(kind: Kind, payload: bytes, run: str | None, limit_bytes: int = LIMIT_BYTES) -> Row:
    """Return the values of a payload by name. Raises Unusable for anything that is not exactly as declared."""
    row = _object(payload, limit_bytes)
    for name in REQUIRED:
        if name not in row:
            raise Unusable(Reason.MISSING_FIELD, f"{name} is missing")
    _check("run", row["run"], FieldType.TEXT)
    if run is not None and row["run"] != run:
        raise Unusable(Reason.FOREIGN_RUN, f"run {row['run']!r}, not {run!r}")
    declared = {field.name: field for field in kind.wire_fields}
    for name, value in row.items():
        field = declared.get(name)
        if field is None and name not in HEADER_TYPES:
            raise Unusable(Reason.UNKNOWN_FIELD, f"{kind.name} has no field {_brief(name)}")
        _check(name, value, field.type if field else HEADER_TYPES[name])
        if field and field.values and value not in field.values:
            raise Unusable(Reason.UNKNOWN_VALUE, f"{name} is {_brief(value)}, not one of {', '.join(field.values)}")
    return {name: float(value) if name in declared and declared[name].type is FieldType.REAL else value for name, value in row.items()}


HEADER_TYPES: dict[str, FieldType] = {
    "t": FieldType.INTEGER,
    "seq": FieldType.INTEGER,
    "due": FieldType.INTEGER,
    "sent": FieldType.INTEGER,
    "run": FieldType.TEXT,
}


def _object(payload: bytes, limit_bytes: int) -> Row:
    if len(payload) > limit_bytes:
        raise Unusable(Reason.OVERSIZE, f"{len(payload)} bytes, at most {limit_bytes}")
    try:
        row = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Unusable(Reason.MALFORMED, f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise Unusable(Reason.MALFORMED, f"a JSON {type(row).__name__}, not an object")
    return row


def _integer(value: object) -> bool:
    return type(value) is int and value in INT64


def _real(value: object) -> bool:
    return type(value) in (int, float)


def _flag(value: object) -> bool:
    return type(value) is bool


def _text(value: object) -> bool:
    return type(value) is str


_CHECKS: dict[FieldType, tuple[Callable[[object], bool], str]] = {
    FieldType.INTEGER: (_integer, "a 64-bit integer"),
    FieldType.INSTANT: (_integer, "a 64-bit integer"),
    FieldType.REAL: (_real, "a number"),
    FieldType.FLAG: (_flag, "true or false"),
    FieldType.CHOICE: (_text, "a text"),
    FieldType.TEXT: (_text, "a text"),
}


def _check(name: str, value: object, wanted: FieldType) -> None:
    accepts, words = _CHECKS[wanted]
    if not accepts(value):
        raise Unusable(Reason.WRONG_TYPE, f"{name} is {_brief(value)}, not {words}")


def _brief(value: object) -> str:
    """Return a value for people, cut to a bounded length: strangers may send anything."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - one line of a terminal
