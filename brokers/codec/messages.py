"""What a message is: one JSON object per event, its columns, and the reasons for which one cannot be used.

Owns the words shared by both directions. Writing is `brokers.codec.encoder`'s, reading `brokers.codec.decoder`'s.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.events.kinds import Field, FieldType, Kind

RUN_ID = r"[0-9a-z]{8}"
MOST_SEQ = 2**53  # exact in every JSON reader, and no device counts so far

LIMIT_BYTES = 64 * 1024  # a payload of ours has a few hundred bytes; beyond this nothing of ours can be meant

# Columns every payload may carry beside its kind's fields; `due` is absent at speed max, `sent` before the put.
HEADER = {"t": pl.Int64(), "seq": pl.Int64(), "due": pl.Int64(), "sent": pl.Int64(), "run": pl.String()}
REQUIRED = ("t", "seq", "run")

_COLUMN_TYPES: dict[FieldType, pl.DataType] = {
    FieldType.INTEGER: pl.Int64(),
    FieldType.REAL: pl.Float64(),
    FieldType.FLAG: pl.Boolean(),
    FieldType.TEXT: pl.String(),
    FieldType.INSTANT: pl.Int64(),
}


class Reason(StrEnum):
    """Why a message cannot be used. `foreign_run` is no error: another run shares the broker."""

    MALFORMED = "malformed"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_VALUE = "unknown_value"
    UNKNOWN_FIELD = "unknown_field"
    OVERSIZE = "oversize"
    FOREIGN_TOPIC = "foreign_topic"
    FOREIGN_RUN = "foreign_run"


@dataclass(frozen=True, slots=True)
class Bad:
    """A message that cannot be used: its position in the block, the reason, and the offending place in words."""

    index: int
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Decoded:
    """A block of one kind as columns.

    `frame` has `frame_schema(kind)`, wire time, null for absent; row i came from message `rows[i]` of the block (ascending);
    every message is either in `rows` or in `bad`, which is in order of position.
    """

    frame: pl.DataFrame
    rows: NDArray[np.int64]
    bad: tuple[Bad, ...]


def column_type(field: Field) -> pl.DataType:
    """Return a field's type in a decoded frame: a CHOICE is an Enum of its words (physically their index)."""
    return pl.Enum(field.values) if field.type is FieldType.CHOICE else _COLUMN_TYPES[field.type]


def payload_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the columns a payload of the kind may carry; truth labels never travel."""
    return HEADER | {field.name: column_type(field) for field in kind.wire_fields}


def frame_schema(kind: Kind) -> dict[str, pl.DataType]:
    """Return the columns of a decoded frame: the header, district and device (plain ids), then the wire fields."""
    fields = {field.name: column_type(field) for field in kind.wire_fields}
    return HEADER | {"district": pl.String(), "device": pl.String()} | fields
