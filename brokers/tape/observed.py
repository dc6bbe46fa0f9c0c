"""What was observed in slices, as three small tables beside the events: the census, marks, and samples of modelled measures.

Owns their columns, both ways. When rows become parts is `brokers.tape.shelves`' business, as with every table of the tape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

import polars as pl

from brokers.tape.header import INSTANT, OBSERVED, in_dictionaries
from sim.events.batches import CensusRow, Mark, Sample, Slice

SLICE_END = "slice_end"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """One of the tables: where a slice has its rows, and its columns: the fields of a row, in their order."""

    name: str
    row: Callable[..., Row]
    of: Callable[[Slice], tuple[Row, ...]]
    columns: Mapping[str, pl.DataType]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """Return the columns as they are read: the end of the slice in city time comes first."""
        return {SLICE_END: INSTANT, **self.columns}

    @property
    def part_schema(self) -> dict[str, pl.DataType]:
        """Return the columns as parts hold them."""
        return in_dictionaries(self.schema)

    def frame(self, pieces: Sequence["Observed[Row]"]) -> pl.DataFrame:
        """Return what slices left, in the order given."""
        ends = [piece.end_us for piece in pieces for _ in piece.rows]
        rows = [row for piece in pieces for row in piece.rows]
        columns = {name: list(map(attrgetter(name), rows)) for name in self.columns}
        return pl.DataFrame({SLICE_END: ends, **columns}, schema=self.schema).cast(pl.Schema(self.part_schema))

    def rows(self, frame: pl.DataFrame) -> tuple[Row, ...]:
        """Return the rows of a slice; numbers of a list as an array, float64."""
        columns = [frame.get_column(name) for name in self.columns]
        lists = [[each.to_numpy() for each in column] if column.dtype == pl.List else column.to_list() for column in columns]
        return tuple(map(self.row, *lists))


@dataclass(frozen=True, slots=True)
class Observed(Generic[Row]):
    """What one slice leaves in one of the tables."""

    slice_index: int
    end_us: int
    rows: tuple[Row, ...]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)


_WORD, _NUMBER = pl.String(), pl.Int64()
CENSUS = Table(
    OBSERVED[0],
    CensusRow,
    lambda piece: piece.census,
    {"system": _WORD, "thing": _WORD, "state": _WORD, "district": _WORD, "count": _NUMBER},
)
MARKS = Table(OBSERVED[1], Mark, lambda piece: piece.marks, {"at_us": _NUMBER, "what": _WORD, "text": _WORD})
SAMPLES = Table(OBSERVED[2], Sample, lambda piece: piece.samples, {"measure": _WORD, "where": _WORD, "values": pl.List(pl.Float64())})
TABLES: tuple[Table[Any], ...] = (CENSUS, MARKS, SAMPLES)


def observed(piece: Slice) -> dict[str, Observed[Any]]:
    """Return what a slice leaves in the tables, by the name of the table, for those in which it leaves anything."""
    index, end_us = piece.span.index, piece.span.end_us
    return {table.name: Observed(index, end_us, rows) for table in TABLES if (rows := table.of(piece))}
