"""Line protocol: columns of decoded events, and rows about the run, as the bytes InfluxDB reads.

Owns escaping and the spelling of types. Sending the bytes, and what to do when a line is refused, is `brokers.influx`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl
from polars import selectors

from sim.kinds import FieldType, Kind
from sim.ports import OpsRow

# Tag values that line protocol cannot spell (checked against InfluxDB 2.9.1): a line break ends the line, a last
# backslash escapes the separator that follows. Field strings can hold both.
_UNSPEAKABLE_TAG = r"\n|\\$"
_SPECIAL_IN_TAG = r"[ ,=]"
_SPECIAL_IN_TEXT = r'["\\]'
_INTEGERS = (FieldType.INTEGER, FieldType.INSTANT)
_WORDS = (FieldType.CHOICE, FieldType.TEXT)


def tag_names(kind: Kind) -> list[str]:
    """Return the names of a kind's tags in the store, sorted: the order in which the server keys its series."""
    device = ["device"] if kind.device_tag else []
    return sorted(["run", "district", *device, *(field.name for field in kind.tags if not field.truth)])


def unspeakable(kind: Kind, frame: pl.DataFrame) -> list[tuple[int, str]]:
    """Return (row, reason) for rows with a tag value that line protocol cannot carry."""
    tags = [name for name in tag_names(kind) if frame.schema[name] == pl.String]
    found = frame.select(pl.col(tags).str.contains(_UNSPEAKABLE_TAG).fill_null(value=False).arg_true().implode())
    reasons = {row: name for name in tags for row in found[name][0]}
    return [(row, f"{name} cannot be a tag: it holds a line break or ends in a backslash") for row, name in sorted(reasons.items())]


def lines(kind: Kind, frame: pl.DataFrame) -> bytes:
    """Return one line for each row, timestamps in µs; absent values are left out.

    `frame` has the columns of a decoded block: t, seq, run, district, device and the kind's wire fields. Rows that
    `unspeakable` names must have been taken out.
    """
    plain = frame.with_columns(selectors.by_dtype(pl.Categorical, pl.Enum).cast(pl.String))
    column = plain.select(_joined(kind.name, _pieces(kind, plain)))
    out = BytesIO()
    column.write_csv(out, include_header=False, quote_style="never")
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A value with the text before and after it; an `optional` piece is left out where its value is absent."""

    before: str
    value: pl.Expr
    after: str
    optional: bool


def _pieces(kind: Kind, frame: pl.DataFrame) -> list[_Piece]:
    """Return the pieces of a line in order: tags, fields, timestamp. Values are escaped only where a block needs it."""
    tags = tag_names(kind)
    fields = [field for field in kind.wire_fields if not field.tag]
    words = [*([] if kind.device_tag else ["device"]), *(field.name for field in fields if field.type in _WORDS)]
    look = _looked_at(frame, tags, words)

    def piece(before: str, name: str, after: str) -> _Piece:
        value = pl.col(name)
        if look.get(f"{name} special"):
            value = value.str.replace_all(f"({_SPECIAL_IN_TAG if name in tags else _SPECIAL_IN_TEXT})", r"\$1")
        if empty := bool(look.get(f"{name} empty")):
            value = pl.when(pl.col(name) != "").then(value)
        return _Piece(before, value, after, empty or frame[name].null_count() > 0)

    pieces = [piece(f",{name}=", name, "") for name in tags]
    pieces.append(piece(" seq=", "seq", "i"))
    pieces += [piece(f',{name}="', name, '"') for name in words]
    pieces += [piece(f",{field.name}=", field.name, "i" if field.type in _INTEGERS else "") for field in fields if field.type not in _WORDS]
    return [*pieces, piece(" ", "t", "")]


def _looked_at(frame: pl.DataFrame, tags: Sequence[str], words: Sequence[str]) -> dict[str, bool | None]:
    """Say of each text column, in one pass, whether it needs escaping and whether a tag is empty (which means absent)."""
    texts = [name for name in (*tags, *words) if frame.schema[name] == pl.String]
    special = [
        pl.col(name).str.contains(_SPECIAL_IN_TAG if name in tags else _SPECIAL_IN_TEXT).any().alias(f"{name} special") for name in texts
    ]
    empty = [(pl.col(name) == "").any().alias(f"{name} empty") for name in texts if name in tags]
    return frame.select(*special, *empty).row(0, named=True)


def _joined(measurement: str, pieces: Sequence[_Piece]) -> pl.Expr:
    """Join the pieces of a line. Plain columns go through one pass together, each optional one takes a pass of its own."""
    parts: list[pl.Expr] = []
    text = measurement
    for piece in pieces:
        if piece.optional:
            parts += [pl.lit(text), pl.concat_str(pl.lit(piece.before), piece.value, pl.lit(piece.after))]
            text = ""
        else:
            parts += [pl.lit(text + piece.before), piece.value]
            text = piece.after
    return pl.concat_str(*parts, pl.lit(text), ignore_nulls=True)


def ops_lines(rows: Sequence[OpsRow]) -> bytes:
    """Return one line for each row about the run; rows come by the handful, so they are rendered one by one."""
    return "\n".join(_ops_line(row) for row in rows).encode()


def _ops_line(row: OpsRow) -> str:
    tags = "".join(f",{_escaped(name)}={_escaped(value)}" for name, value in sorted(row.tags.items()) if value)
    fields = ",".join(f"{_escaped(name)}={_field(value)}" for name, value in row.fields.items())
    return f"{_escaped(row.measurement)}{tags} {fields} {row.t_us}"


def _escaped(text: str) -> str:
    """Escape a name or a tag value; what cannot be spelled becomes a space, for these texts are ours or people's titles."""
    clean = text.replace("\n", " ").rstrip("\\")
    return clean.replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


def _field(value: float | str | bool) -> str:  # noqa: FBT001 - one of four types of field
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value}i"
    if isinstance(value, float):
        return repr(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
