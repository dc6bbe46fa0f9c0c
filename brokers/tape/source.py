"""The tape as a source: the very slices that were recorded, for replay.

Owns reading them back: same rows, order, numbers and releases, hence the same digests. Frames for the report and
for audit are `brokers.tape.event_log`'s.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from brokers.parquet.parts import read_part
from brokers.tape.header import TapeHeader, in_dictionaries, read_header, tape_schema
from brokers.tape.observed import CENSUS, MARKS, SAMPLES, TABLES, Row, Table
from brokers.tape.places import Place, check_rows, find_slices, whole_slices
from sim.errors import UsageError
from sim.events.batches import WITHHELD, Batch, Column, Roster, Slice, Span
from sim.events.kinds import Field, FieldType, Kind
from sim.events.send_order import in_send_order
from sim.names import Names
from sim.ports import Stop, never


class TapeSource:
    """Replays the tape of a run folder. Raises UsageError when it is missing or damaged.

    Faults are on it, so they are not to be drawn again; samples, census and marks are, but on a tape of an earlier citybeat.
    """

    def __init__(self, run_folder: Path) -> None:
        """Read the header and where each slice stands; rows are read while they are played. `count` is the number of slices."""
        folder = run_folder / "tape"
        self.header: TapeHeader = read_header(folder)
        self._kinds = {kind.name: kind for kind in self.header.all_kinds}
        schemas = {name: tape_schema(kind) for name, kind in self._kinds.items()} | {table.name: table.schema for table in TABLES}
        places = {name: find_slices(folder / name) for name in self.header.names}
        for name, found in places.items():
            check_rows(self.header, name, found)
        self._shelves = {name: _Shelf(schemas[name], whole_slices(self.header, found)) for name, found in places.items()}
        last = max((max(shelf.places) for shelf in self._shelves.values() if shelf.places), default=-1)
        self.count = max(self.header.slices, last + 1)

    def slices(self, stop: Stop = never) -> Iterator[Slice]:
        """Yield the recorded slices, until the last or until `stop` says so. Raises UsageError for a damaged part."""
        tables = _Tables()
        for span in self.header.spans(self.count):
            if stop():
                return
            yield self._slice(span, tables)

    @property
    def kinds(self) -> Sequence[str]:
        """Return the names of the kinds that have events."""
        return [kind.name for kind in self.header.kinds if self._shelves[kind.name].places]

    def frames(self, index: int) -> dict[str, pl.DataFrame]:
        """Return the rows of a slice by kind, for kinds that have any; columns as in `tape_schema`. Raises UsageError when damaged."""
        found = {kind.name: self._shelves[kind.name].rows_of(index) for kind in self.header.kinds}
        return {name: frame for name, frame in found.items() if frame is not None}

    def _slice(self, span: Span, tables: "_Tables") -> Slice:
        batches: list[Batch] = []
        labels: list[Batch] = []
        delays: list[NDArray[np.int64]] = []
        for name, kind in sorted(self._kinds.items()):  # the engine's order, which decides ties between kinds
            frame = self._shelves[name].rows_of(span.index)
            if frame is not None and kind.label:
                labels.append(_batch(kind, frame, tables))
            elif frame is not None:
                batches.append(_batch(kind, frame, tables))
                delays.append(frame.get_column("fault_delay_us").to_numpy())
        faulty = any(delay.any() for delay in delays)
        order = in_send_order(batches, delays if faulty else None)
        samples, census, marks = (self._observed(table, span.index) for table in (SAMPLES, CENSUS, MARKS))
        return Slice(span, tuple(batches), order, samples, census, marks, labels=tuple(labels))

    def _observed(self, table: Table[Row], index: int) -> tuple[Row, ...]:
        frame = self._shelves[table.name].rows_of(index) if table.name in self._shelves else None
        return () if frame is None else table.rows(frame)


@dataclass(slots=True)
class _Shelf:
    """The slices of one table; keeps the part read last, for the next slice mostly stands in it too."""

    schema: dict[str, pl.DataType]
    places: dict[int, Place]
    _path: Path | None = None
    _part: pl.DataFrame = field(default_factory=pl.DataFrame)

    def rows_of(self, index: int) -> pl.DataFrame | None:
        place = self.places.get(index)
        if place is None:
            return None
        if self._path != place.part and not place.part.exists():  # a run that lives has joined its parts
            self.places = find_slices(place.part.parent)
            place = self.places[index]
        if self._path != place.part:
            self._part = read_part(place.part, in_dictionaries(self.schema)).cast(pl.Schema(self.schema))
            self._path = place.part
        frame = self._part.slice(place.offset, place.rows)
        if frame.height != place.rows:
            msg = f"{place.part} is damaged: slice {index} has {frame.height} rows of {place.rows}; record the run again"
            raise UsageError(msg)
        return frame


class _Tables:
    """Rosters and names while a tape is played: ids get numbers in the order they appear."""

    def __init__(self) -> None:
        self._districts = Names()
        self._rosters: dict[str, Roster] = {}
        self._names: dict[str, Names] = {}

    def roster(self, system: str) -> Roster:
        return self._rosters.setdefault(system, Roster(self._districts))

    def names(self, kind: Kind) -> dict[str, Names]:
        texts = [each.name for each in kind.fields if each.type is FieldType.TEXT]
        return {name: self._names.setdefault(name, Names()) for name in texts}


def _batch(kind: Kind, frame: pl.DataFrame, tables: _Tables) -> Batch:
    roster, names = tables.roster(kind.system), tables.names(kind)
    device = _devices(frame, roster)
    return Batch(
        kind=kind,
        roster=roster,
        time_us=frame.get_column("time").to_physical().to_numpy(),
        release_us=frame.get_column("release").to_physical().fill_null(WITHHELD).to_numpy(),
        district=roster.district_codes()[device],
        device=device,
        seq=frame.get_column("seq").to_numpy(),
        fault=(frame.get_column("fault").to_physical().cast(pl.Int16).fill_null(-1).to_numpy() + 1).astype(np.uint8),
        columns={each.name: _column(each, frame.get_column(each.name), names) for each in kind.fields},
        names=names,
    )


def _devices(frame: pl.DataFrame, roster: Roster) -> NDArray[np.int32]:
    """Return the device numbers, registering devices met for the first time in their district."""
    texts, places = _distinct(frame.get_column("device"))
    for text, at in texts.items():
        if roster.names.find(text) < 0:
            roster.add(text, frame.get_column("district")[at])
    return np.array([roster.names.find(text) for text in texts], dtype=np.int32)[places]


def _column(field: Field, column: pl.Series, names: dict[str, Names]) -> Column:
    """Return a field's column as batches have it."""
    if field.type is FieldType.TEXT:
        texts, places = _distinct(column)
        codes = np.append(names[field.name].codes(texts), np.int32(-1)).astype(np.int32)
        return codes[places]
    if field.type is FieldType.CHOICE:
        return column.to_physical().cast(pl.Int32).fill_null(-1).to_numpy()
    if field.type is FieldType.REAL:
        return column.fill_null(float("nan")).to_numpy()
    return column.to_numpy() if field.type is FieldType.FLAG else column.fill_null(field.absent).to_numpy()


def _distinct(column: pl.Series) -> tuple[dict[str, int], NDArray[np.int64]]:
    """Return the distinct texts with the row of their first occurrence, in order, and each row's position (-1: null)."""
    firsts = column.is_first_distinct().arg_true().to_numpy()
    texts = {text: int(at) for text, at in zip(column.gather(firsts).to_list(), firsts, strict=True) if text is not None}
    physical = column.cast(pl.Enum(list(texts))).to_physical().cast(pl.Int64).fill_null(-1)
    return texts, physical.to_numpy()
