"""Places: where each slice of a kind stands among its parts.

Owns the note of a part: its slices in order, each with its number of rows; and which slices of an unfinished tape are whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from brokers.parquet.joining import readable
from brokers.parquet.parts import damage_guard, part_number, parts_of, read_note
from brokers.tape.header import TapeHeader
from sim.errors import UsageError

# A run that lives may join the parts that were listed before they are opened; then they are listed again.
READ_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of one slice stand."""

    part: Path
    offset: int
    rows: int


def note_of(slices: Sequence[tuple[int, int]]) -> str:
    """Return the note of a part from its slices: index and rows of each, in order."""
    return orjson.dumps(slices).decode()


def slices_of(part: Path) -> list[tuple[int, int]]:
    """Return index and rows of a part's slices, in order. Raises UsageError for a damaged part, also where only its rows are."""
    note = read_note(part)
    with damage_guard(part):
        return [(int(index), int(rows)) for index, rows in orjson.loads(note)]


def find_slices(folder: Path) -> dict[int, Place]:
    """Return where each slice of a kind stands, by slice index. Raises UsageError for missing or damaged parts."""
    for _ in range(READ_ATTEMPTS):
        parts = parts_of(readable(folder))
        try:
            return _places(folder, parts)
        except UsageError:
            if all(part.exists() for part in parts):
                raise
    return _places(folder, parts_of(readable(folder)))


def _places(folder: Path, parts: Sequence[Path]) -> dict[int, Place]:
    places: dict[int, Place] = {}
    for number, path in enumerate(parts, start=part_number(parts[0]) if parts else 0):
        if part_number(path) != number:
            msg = f"the tape is damaged: part {number} of {folder} is missing; record the run again"
            raise UsageError(msg)
        offset = 0
        for index, rows in slices_of(path):
            places[index] = Place(path, offset, rows)
            offset += rows
    return places


def whole_slices(header: TapeHeader, places: Mapping[int, Place]) -> dict[int, Place]:
    """Return the slices that every table has: of a killed run some tables hold later ones that others had still in memory."""
    if header.closed or not header.slices:  # nothing was told yet, or an earlier citybeat told nothing
        return dict(places)
    return {index: place for index, place in places.items() if index < header.slices}


def check_rows(header: TapeHeader, kind: str, places: Mapping[int, Place]) -> None:
    """Raise UsageError when a finished tape has more or fewer rows of a kind than its header says."""
    found, wanted = sum(place.rows for place in places.values()), header.rows.get(kind, 0)
    if header.closed and found != wanted:
        msg = f"the tape is damaged: {kind} has {found} rows, its header says {wanted}; record the run again"
        raise UsageError(msg)
